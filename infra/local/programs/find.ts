/** Finding and running the programs that a machine already has. */
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The first executable of this name in the folders. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export interface Outcome {
  readonly ok: boolean;
  /** It had not ended within its time, and was stopped. */
  readonly isLate: boolean;
  /** Standard output and error, in that order. */
  readonly output: string;
}

type ExecFailure = Error & Partial<Record<'stdout' | 'stderr', string>> & { readonly killed?: boolean };

/** Runs a program to its end; never throws. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly cwd?: string },
): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(program, args, {
      timeout: options.timeoutMs,
      maxBuffer: 16 << 20,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    return { ok: true, isLate: false, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '', message, killed } = error as ExecFailure;
    return { ok: false, isLate: killed === true, output: stdout + stderr === '' ? message : stdout + stderr };
  }
}

/** The line that most likely says what went wrong: the last one with ERROR in it, else the last one. */
export function faultLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/\u001b\[[\d;]*m/g, '').trim())
    .filter((line) => line !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(0, 300);
}
