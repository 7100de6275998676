/** Data on stdout, talk on stderr. */
import { styleText } from 'node:util';

/** Where text goes: a stream, or a list in a test. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export interface Output {
  /** Whether a person watches stderr, so that lines may be drawn over. */
  readonly interactive: boolean;
  /** One line of data. */
  data(line: string): void;
  /** One JSON value, alone on its line. */
  json(value: unknown): void;
  /** One line of talk. */
  say(line: string): void;
  /** Colours text for stdout; plain where NO_COLOR is set or nobody watches. */
  style(style: Style, text: string): string;
}

export interface OutputOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly noColor: boolean;
}

export function createOutput({ stdout, stderr, noColor }: OutputOptions): Output {
  const coloured = stdout.isTTY === true && !noColor;
  return {
    interactive: stderr.isTTY === true,
    data: (line) => void stdout.write(`${line}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Columns padded to the width of their longest cell, two spaces apart. */
export function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
