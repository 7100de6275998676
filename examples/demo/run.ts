/** The whole demo: claims the data folder, performs the plan with the live view, says the result, stops or stays. */
import { once } from 'node:events';
import { join } from 'node:path';
import { loadConfig, loadLocalConfig, type LocalConfig } from '../../infra/config.ts';
import { commandLineOf } from '../../infra/local/process.ts';
import type { Report } from '../../infra/local/server.ts';
import { readStackFile } from '../../infra/local/stack-file.ts';
import { createStack } from '../../infra/local/stack.ts';
import { chooseAddresses, type Addresses } from './addresses.ts';
import { claimFolder, readRun, stopProcessesOf, writeRun, type DemoRun } from './data-folder.ts';
import { followBoards, stateOf, type Boards } from './follow-boards.ts';
import { invitationLines } from './invitation.ts';
import { createLiveStage, type LiveStage } from './live-stage.ts';
import { startMonitor, type Monitor } from './monitor.ts';
import { perform } from './perform.ts';
import { startProbe, type Probe } from './probe.ts';
import { createProcesses, type Processes } from './processes.ts';
import {
  comparisonLines,
  followedLines,
  isProof,
  summarise,
  summaryLines,
  verdictLines,
  type DemoOutcome,
  type Summary,
} from './summary.ts';
import { createView, type View, type ViewOutput } from './view.ts';

export interface DemoOptions {
  /** Ends after the last comparison; without it the demo stays until it is interrupted. */
  readonly once: boolean;
  /** Ends, and leaves servers and processes running. */
  readonly keep: boolean;
  /** Ratings that are replayed, from the oldest. */
  readonly limit: number;
  readonly linesPerSecond: number;
  readonly seeded: boolean;
  readonly mergedAtLeast: number;
}

export interface DemoIo {
  /** Where the view and all talk go. */
  readonly out: ViewOutput;
  readonly color: boolean;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly summary: Summary;
  readonly isProof: boolean;
}

const STOP_TIMEOUT_MS = 15_000;
const START_TIMEOUT_MS = 90_000;
const LONG_MS = 60_000;

/** What runs beside the steps: the monitor from the moment the processes are up, the probe while events are sent. */
interface Companions {
  monitor?: Monitor;
  probe?: Probe;
  boards?: Promise<Boards>;
}

interface Cast {
  readonly local: LocalConfig;
  readonly addresses: Addresses;
  readonly processes: Processes;
  readonly stage: LiveStage;
  readonly view: View;
  readonly report: Report;
  readonly runId: string;
}

async function assemble(options: DemoOptions, io: DemoIo): Promise<Cast> {
  const local = loadLocalConfig();
  const view = createView(io);
  const say = view.say;
  const report: Report = ({ component, phase, detail }) => {
    say(`${component}: ${phase}${detail === undefined ? '' : ` (${detail})`}`);
  };
  const demo = { pid: process.pid, command: (commandLineOf(process.pid) ?? '').split(' ') };
  const stopServers = (): Promise<unknown> => createStack({ config: local }).down();
  let run: DemoRun = await claimFolder(local.dataDir, { demo, stopServers, say });
  const addresses = await chooseAddresses(local.dataDir);
  const processes = createProcesses({
    env: addresses.env,
    args: addresses.args,
    logDir: join(local.dataDir, 'demo', 'logs'),
    readyUrls: addresses.readyUrls,
    startTimeoutMs: START_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onChange: (records) => {
      run = { ...run, processes: records };
      writeRun(local.dataDir, run);
    },
  });
  const runId = Date.parse(run.startedAt).toString(36);
  const stage = createLiveStage({ ...options, runId, addresses, processes, report, say });
  return { local, addresses, processes, stage, view, report, runId };
}

function startMonitoring({ addresses, stage, view, processes }: Cast, followed: Promise<Boards>): Monitor {
  const names = new Map(stage.titles().map(({ titleId, name }) => [titleId, name]));
  let boards: Boards | undefined;
  void followed.then(
    (found) => (boards = found),
    (error: unknown) => view.say(`signals and audit cannot be followed: ${String(error)}`),
  );
  view.update({ totalLines: stage.input()?.events.lines ?? 0, source: stage.input()?.source ?? 'seeded' });
  return startMonitor({
    servingUrl: addresses.serving,
    metricsUrls: addresses.metrics,
    names,
    progress: () => stage.sender()?.progress(),
    boards: () => (boards === undefined ? {} : stateOf(boards, names)),
    update: view.update,
    draw: view.draw,
    check: processes.assertAlive,
  });
}

/** Performs all steps. Rejects when a step fails, a process ends by itself, or the demo is interrupted. */
async function performLive(
  cast: Cast,
  companions: Companions,
  options: DemoOptions,
  io: DemoIo,
): Promise<DemoOutcome> {
  const { stage, view, addresses, runId } = cast;
  const ended = Promise.withResolvers<never>();
  const interrupted = (): void => ended.reject(new Error('interrupted'));
  io.signal.addEventListener('abort', interrupted);
  ended.promise.catch(() => undefined);
  let freshnessMs: readonly number[] = [];
  const performance = perform(stage, {
    mergedAtLeast: options.mergedAtLeast,
    onStep(description, step) {
      view.update({ phase: description });
      view.draw();
      if (step.kind === 'send' && companions.monitor === undefined) {
        companions.boards = followBoards(loadConfig());
        companions.monitor = startMonitoring(cast, companions.boards);
        companions.monitor.failed.catch(ended.reject);
        const onFreshness = (latest: number): void => view.update({ freshnessMs: latest });
        companions.probe = startProbe({
          ingestUrl: addresses.ingest,
          servingUrl: addresses.serving,
          runId,
          isStreaming: stage.isSending,
          onFreshness,
        });
      }
      if (step.kind === 'refresh' && step.meanwhileUntilLine === undefined) {
        void companions.probe?.stop().then((measured) => (freshnessMs = measured));
      }
      // A restart of serving is no accident: nobody watches while it is away.
      if (step.kind === 'restart') void companions.monitor?.stop();
    },
    onComparison: (at, result) => comparisonLines(at, result).forEach(view.say),
    onFollowed: (followed) => followedLines(followed).forEach(view.say),
  });
  performance.catch(() => undefined);
  const { refreshes, comparisons, followed } = await Promise.race([performance, ended.promise]);
  const { accepted } = stage.sender()?.progress() ?? { accepted: 0 };
  const source = stage.input()?.source ?? 'seeded';
  const boards = await companions.boards;
  return {
    source,
    events: accepted,
    refreshes,
    freshnessMs,
    comparisons,
    followed,
    mergedAtLeast: options.mergedAtLeast,
    signals: boards?.signals.raised() ?? {},
    sources: boards?.plays.sources() ?? {},
    findings: boards?.audit.findings() ?? [],
  };
}

function invite({ local, addresses, view, stage }: Cast): void {
  const temporalUi = readStackFile(local.dataDir).environment['TEMPORAL_UI_URL'];
  const titleId = stage.titles()[49]?.titleId ?? '1';
  const lines = invitationLines({
    ...addresses,
    titleId,
    ...(temporalUi === undefined ? {} : { temporalUi }),
  });
  lines.forEach(view.say);
}

/** A signal alone does not keep a process alive; the timer does. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => undefined, LONG_MS);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
}

/** Stops what a demo left running with `keep`; its data stays. Says whether there was anything. */
export async function stopDemo(): Promise<boolean> {
  const local = loadLocalConfig();
  const run = readRun(local.dataDir);
  if (run === undefined) return false;
  await stopProcessesOf(run);
  await createStack({ config: local }).down();
  return true;
}

/** Runs the demo to its end. Rejects when it could not be carried out; differences are a result, not an error. */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<DemoResult> {
  const cast = await assemble(options, io);
  const companions: Companions = {};
  try {
    const outcome = await performLive(cast, companions, options, io);
    await companions.monitor?.stop();
    const summary = summarise(outcome);
    [...summaryLines(summary), ...verdictLines(summary, outcome)].forEach(cast.view.say);
    if (options.keep || !options.once) invite(cast);
    if (options.keep) cast.view.say('  npm run demo -- --stop');
    if (!options.keep && !options.once) {
      cast.view.say('Ctrl-C stops everything.');
      await untilAborted(io.signal);
    }
    return { summary, isProof: isProof(summary, outcome) };
  } finally {
    await companions.probe?.stop();
    await companions.monitor?.stop();
    await companions.boards?.then((boards) => boards.close()).catch(() => undefined);
    cast.view.close();
    if (!options.keep) await cast.processes.stop();
    await cast.stage.close();
    if (!options.keep) await createStack({ config: cast.local, report: cast.report }).down();
  }
}
