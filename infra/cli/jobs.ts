/** Long-running work at the command line: how far it is, and letting it rest, go on or end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobClient, JobReport } from '../temporal/jobs.ts';
import type { Output } from './output.ts';

interface JobFlags {
  readonly json?: true;
}

export const JOB_VERBS = ['show', 'pause', 'resume', 'cancel'] as const;
export type JobVerb = (typeof JOB_VERBS)[number];

const POLL_MS = 500;

/** Does what is asked for, and tells how the job is then. */
export async function aboutJob(
  output: Output,
  jobs: JobClient,
  { verb, id }: { readonly verb: JobVerb; readonly id: string },
  flags: JobFlags,
): Promise<void> {
  if (verb !== 'show') await jobs[verb](id);
  showReport(output, await jobs.get(id), flags);
}

/** Tells how far a job has come until the work has ended. */
export async function followed<T>(
  output: Output,
  jobs: JobClient,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const following = new AbortController();
  const telling = follow(output, jobs, id, following.signal);
  try {
    return await work();
  } finally {
    following.abort();
    await telling;
  }
}

/** Tells on stderr how far a job has come, until told to stop. */
async function follow(output: Output, jobs: JobClient, id: string, signal: AbortSignal): Promise<void> {
  let said = '';
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    const line = signal.aborted ? said : await jobs.get(id).then(describeJob, () => said);
    if (line !== said) output.say(line);
    said = line;
  }
}

/** One line: `training als: 40 %, about 12 s to go (trainModel 63 %)`. */
function describeJob({ state, progress, underWay }: JobReport): string {
  if (progress === null) return state === 'RUNNING' ? 'no worker answers yet' : state.toLowerCase();
  const { phase, subject, share, estimatedEnd, paused } = progress;
  const left =
    estimatedEnd === null ? null : Math.max(0, Math.ceil((Date.parse(estimatedEnd) - Date.now()) / 1000));
  const pieces = underWay.map(({ activity, told }) => {
    const done = (told as { share?: number } | null)?.share;
    return done === undefined ? activity : `${activity} ${Math.round(done * 100)} %`;
  });
  return [
    `${paused ? 'paused, ' : ''}${phase}${subject === null ? '' : ` ${subject}`}: ${Math.round(share * 100)} %`,
    left === null ? '' : `, about ${left} s to go`,
    pieces.length === 0 ? '' : ` (${pieces.join(', ')})`,
  ].join('');
}

export function showReport(output: Output, report: JobReport, { json }: JobFlags): void {
  if (json === true) output.json(report);
  else output.data(`${report.id}: ${describeJob(report)}`);
}
