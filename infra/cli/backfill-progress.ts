import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillProgress, BackfillReport } from '../../domain/backfill.ts';
import type { BackfillClient } from '../temporal/backfills.ts';
import type { Output } from './output.ts';

const POLL_MS = 400;

/** Polls until the backfill waits for approval or has ended, telling on stderr how far it has come. */
export async function followBackfill(
  output: Output,
  client: Pick<BackfillClient, 'get'>,
  id: string,
): Promise<BackfillReport> {
  const startedMs = performance.now();
  let said = '';
  for (;;) {
    const report = await client.get(id);
    const waits = report.progress?.phase === 'waiting';
    if (report.state !== 'running' || waits) return report;
    const line = describeProgress(report.progress, performance.now() - startedMs);
    if (line !== said) output.say(line);
    said = line;
    await sleep(POLL_MS);
  }
}

/** Polls until the backfill has ended, at most this long, and resolves with how it stands then. */
export async function awaitEnd(
  client: Pick<BackfillClient, 'get'>,
  id: string,
  timeoutMs: number,
): Promise<BackfillReport> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const report = await client.get(id);
    if (report.state !== 'running' || performance.now() > deadlineMs) return report;
    await sleep(POLL_MS);
  }
}

/** One line, with an estimate once a second has passed and there is something to go by. */
export function describeProgress(progress: BackfillProgress | null, elapsedMs: number): string {
  if (progress === null) return 'no worker answers yet';
  const { phase, hoursDone, hoursTotal } = progress;
  if (phase !== 'recomputing') return phase;
  const hours = `recomputing: ${hoursDone} of ${hoursTotal} hours`;
  if (elapsedMs < 1000 || hoursDone === 0 || hoursDone === hoursTotal) return hours;
  const leftS = Math.ceil((elapsedMs * (hoursTotal - hoursDone)) / hoursDone / 1000);
  return `${hours}, about ${leftS} s to go`;
}
