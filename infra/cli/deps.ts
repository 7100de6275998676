/** What every command gets. A command is one file that exports `register(program, deps)`. */
import type { Command } from 'commander';
import type { Config, LocalConfig } from '../config.ts';
import type { Output } from './output.ts';

export interface CliDeps {
  readonly output: Output;
  /** Throws CONFIG_INVALID; call it in the action, not at registration. */
  loadConfig(): Config;
  loadLocalConfig(): LocalConfig;
  /** Ends the command with this code once its action is done. */
  exitWith(code: ExitCode): void;
}

export type Register = (program: Command, deps: CliDeps) => void;

/** The exit codes of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  missing: 3,
  notRunning: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODE_HELP = `
Exit codes:
  0    done
  1    failed; the sentence on stderr says why
  2    a wrong argument or setting
  3    the machine lacks something (\`marquee doctor\` says what)
  4    a server does not run or does not answer
  130  interrupted`;

/** Help text with examples first, as commander shows it before the usage line. */
export function examples(lines: readonly string[]): string {
  return `Examples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
