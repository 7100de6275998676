/**
 * A program in a process of its own that is asked a line at a time and answers each with a line of JSON, whatever it is
 * written in. Its standard error is this process's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../../infra/config.ts';

export interface LineProcess {
  /** Answers come in the order of the questions. Rejects once the process has ended. */
  ask<T>(question: string): Promise<T>;
  /** Asks it to end, and waits; kills it after `CLOSE_TIMEOUT_MS`. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 30_000;

/** Resolves once the program has written its first line. */
export async function startLineProcess(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<LineProcess> {
  const child = spawn(program, args, {
    env: childEnvironment(environment),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: PromiseWithResolvers<string>[] = [];
  const hear = (): Promise<string> => {
    const next: PromiseWithResolvers<string> = Promise.withResolvers();
    waiting.push(next);
    return next.promise;
  };
  const ended = Promise.withResolvers<void>();
  const end = (reason: string): void => {
    isOver = true;
    ended.resolve();
    for (const { reject } of waiting.splice(0)) reject(new Error(`${program} ${reason}`));
  };
  let isOver = false;
  child.once('error', (error) => {
    end(error.message);
  });
  child.once('close', (code) => {
    end(`ended with ${String(code)}`);
  });
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  await hear();
  return {
    async ask<T>(question: string) {
      if (isOver) throw new Error(`${program} has ended`);
      child.stdin.write(`${question}\n`);
      return JSON.parse(await hear()) as T;
    },
    async close() {
      const tooLate = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      child.stdin.end('close\n');
      await ended.promise;
      clearTimeout(tooLate);
    },
  };
}

/** The other end, for programs of ours: says that it is up and answers until it is told to close. */
export function answerLines(
  answers: Readonly<Record<string, () => unknown>>,
  close: () => Promise<void>,
): void {
  const lines = createInterface({ input: process.stdin });
  const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  lines.on('line', (line) => {
    const answer = answers[line];
    if (answer !== undefined) say(answer());
    else lines.close();
  });
  void once(lines, 'close')
    .then(close)
    .then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  say({ isUp: true });
}
