import type { TrainResult } from '../../domain/training.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { aboutJob, followed, JOB_VERBS, showReport } from './jobs.ts';
import { describeOutcome } from './refresh.ts';

interface Flags {
  readonly show?: string;
  readonly pause?: string;
  readonly resume?: string;
  readonly cancel?: string;
  readonly detach?: true;
  readonly json?: true;
}

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
    for (const verb of JOB_VERBS) {
      const id = flags[verb];
      if (id !== undefined) return aboutJob(output, jobs, { verb, id }, flags);
    }
    const trainings = createTrainings({ temporal, region: config.region });
    const id = await trainings.start(models.length === 0 ? undefined : models);
    output.say(`Training ${uiAddress(command, id) ?? id} is under way.`);
    await warnWithoutWorker(deps, command);
    if (flags.detach === true) return showReport(output, await jobs.get(id), flags);
    showResult(deps, await followed(output, jobs, id, () => trainings.result(id)), flags);
  });
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
