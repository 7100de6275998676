import { wantsNoColor } from '../config.ts';
import { EXIT, examples, type Register } from './deps.ts';

interface Flags {
  readonly once?: true;
  readonly json?: true;
  readonly keep?: true;
  readonly seeded?: true;
  readonly stop?: true;
  readonly limit: string;
  readonly rate: string;
}

/** Of 100,000: what two cores can take with all servers and processes on them, and rows still fresh. */
const DEFAULT_RATINGS = 50_000;
const DEFAULT_RATE = 4_000;
/** Titles to which both lanes must contribute in mid-stream. */
const MERGED_AT_LEAST = 100;

/** `marquee demo`: exits 1 when any title differs from the event file. */
export const register: Register = (program, deps) => {
  program
    .command('demo')
    .description('start everything, replay MovieLens 100k, and compare every title with the truth')
    .option('--once', 'end after the last comparison instead of waiting for Ctrl-C')
    .option('--json', 'print the result as one JSON object on the last line')
    .option('--keep', 'end, and leave servers and processes running')
    .option('--stop', 'stop what `--keep` left running')
    .option('--seeded', 'replay made-up data instead of MovieLens')
    .option('--limit <ratings>', 'how many ratings to replay, from the oldest', String(DEFAULT_RATINGS))
    .option('--rate <events>', 'the most events sent a second', String(DEFAULT_RATE))
    .addHelpText(
      'before',
      examples([
        'npm run demo',
        'npm run demo -- --once --json',
        'npm run demo -- --once --keep --limit 20000',
        'npm run demo -- --limit 100000 --rate 8000',
      ]),
    )
    .action(async (flags: Flags) => {
      const limit = positive('--limit', flags.limit);
      const linesPerSecond = positive('--rate', flags.rate);
      const { runDemo, stopDemo } = await import('../../examples/demo/run.ts');
      if (flags.stop === true) {
        return deps.output.say((await stopDemo()) ? 'Stopped.' : 'There is no demo in the data folder.');
      }
      const interruption = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
      const { once, keep, seeded } = flags;
      const options = { once: once === true, keep: keep === true, seeded: seeded === true };
      const color = process.stderr.isTTY && !wantsNoColor();
      const result = await runDemo(
        { ...options, limit, linesPerSecond, mergedAtLeast: MERGED_AT_LEAST },
        { out: process.stderr, color, signal: interruption.signal },
      ).catch((error: unknown) => {
        if (!interruption.signal.aborted) throw error;
      });
      if (result === undefined) {
        deps.output.say('Interrupted; everything was stopped.');
        return deps.exitWith(EXIT.interrupted);
      }
      const { summary, isProof } = result;
      if (flags.json === true) deps.output.json(summary);
      if (!isProof) deps.exitWith(EXIT.failed);
    });

  function positive(flag: string, value: string): number {
    const number = Number(value);
    if (Number.isInteger(number) && number > 0) return number;
    return program.error(`error: ${flag} is ${value}, expected a positive integer`, { exitCode: EXIT.usage });
  }
};
