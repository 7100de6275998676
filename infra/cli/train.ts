import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainResult } from '../../domain/training.ts';
import type { JobClient, JobReport } from '../temporal/jobs.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import type { Output } from './output.ts';
import { describeOutcome } from './refresh.ts';

interface Flags {
  readonly show?: string;
  readonly pause?: string;
  readonly resume?: string;
  readonly cancel?: string;
  readonly detach?: true;
  readonly json?: true;
}

const VERBS = ['pause', 'resume', 'cancel'] as const;
const POLL_MS = 500;

/** `marquee train [models...]`: exits 1 when a model was rejected, failed, or the training was cancelled. */
export const register: Register = (program, deps) => {
  program
    .command('train')
    .description('train models on what the lake says now, and publish those that are no worse')
    .argument('[models...]', 'which; all of them unless named')
    .option('--detach', 'begin it and do not wait')
    .option('--show <id>', 'say how far a training has come')
    .option('--pause <id>', 'let a training rest after the steps that are under way')
    .option('--resume <id>', 'let a paused training go on')
    .option('--cancel <id>', 'end a training; what it had begun to publish is rejected')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee train', 'marquee train als', 'marquee train als ease --json']))
    .action((models: string[], flags: Flags) => trainCommand(deps, models, flags));
};

async function trainCommand(deps: CliDeps, models: readonly string[], flags: Flags): Promise<void> {
  const { createJobs } = await import('../temporal/jobs.ts');
  const { createTrainings } = await import('../temporal/trainings.ts');
  const { uiAddress, warnWithoutWorker, withTemporal } = await import('./temporal.ts');
  const { output } = deps;
  await withTemporal(deps, async (command) => {
    const { config, temporal } = command;
    const jobs = createJobs(temporal);
    for (const verb of VERBS) {
      const id = flags[verb];
      if (id === undefined) continue;
      await jobs[verb](id);
      return showReport(output, await jobs.get(id), flags);
    }
    if (flags.show !== undefined) return showReport(output, await jobs.get(flags.show), flags);
    const trainings = createTrainings({ temporal, region: config.region });
    const id = await trainings.start(models.length === 0 ? undefined : models);
    output.say(`Training ${uiAddress(command, id) ?? id} is under way.`);
    await warnWithoutWorker(deps, command);
    if (flags.detach === true) return showReport(output, await jobs.get(id), flags);
    const following = new AbortController();
    const followed = follow(output, jobs, id, following.signal);
    try {
      showResult(deps, await trainings.result(id), flags);
    } finally {
      following.abort();
      await followed;
    }
  });
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

function showReport(output: Output, report: JobReport, { json }: Flags): void {
  if (json === true) output.json(report);
  else output.data(`${report.id}: ${describeJob(report)}`);
}

function showResult(deps: CliDeps, result: TrainResult, { json }: Flags): void {
  if (json === true) deps.output.json(result);
  else {
    for (const model of result.models) {
      const text = model.outcome === 'failed' ? `Training failed: ${model.reason}` : describeOutcome(model);
      deps.output.data(`${model.model}: ${text}`);
    }
    if (result.cancelled) deps.output.data('The training was cancelled.');
  }
  const isBad = result.models.some(({ outcome }) => outcome === 'failed' || outcome === 'rejected');
  if (isBad || result.cancelled) deps.exitWith(EXIT.failed);
}
