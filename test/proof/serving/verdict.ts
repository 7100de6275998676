/** What the proof of serving demands. A time is a figure beside its aim: a machine of unknown speed proves nothing by it. */
import type { Config } from '../../../infra/config.ts';
import type { PhaseResult } from './matrix.ts';
import type { OverloadResult } from './overload.ts';

/** The aim for the slowest hundredth, milliseconds. */
export const AIM_P99_MS = 50;
/** Of home pages under overload. */
export const LEAST_KEPT = 0.999;
/** As many requests as can be answered, so many times. */
export const LEAST_OFFERED = 10;

/** How long each step of an answer may take, as configured, milliseconds. */
export interface Deadlines {
  /** Of one answer, which the steps of its ladder share. */
  readonly answer: number;
  /** Of the profile store, where it is asked for itself. */
  readonly profiles: number;
  /** Of the profile store, for a page. */
  readonly homeProfile: number;
}

export interface Verdict {
  readonly isProven: boolean;
  /** What was demanded and not so. */
  readonly failures: readonly string[];
  /** Times past their aim; they fail nothing. */
  readonly misses: readonly string[];
}

export interface Measured {
  readonly phases: readonly PhaseResult[];
  readonly overload: OverloadResult;
  readonly deadlines: Deadlines;
}

export const deadlinesOf = ({ serving }: Pick<Config, 'serving'>): Deadlines => ({
  answer: serving.deadlineMs,
  profiles: serving.profilesDeadlineMs,
  homeProfile: serving.homeProfileDeadlineMs,
});

export function verdictOf({ phases, overload, deadlines }: Measured): Verdict {
  const failures = [
    ...(phases.length === 0 ? ['nothing was harmed'] : phases.flatMap(faultsOf)),
    ...phases.flatMap(unpersonal),
    ...faultsUnderLoad(overload),
    ...faultsOfDeadlines(deadlines),
  ];
  const misses = [
    ...phases.flatMap((phase) => missesOf(phase, deadlines.answer)),
    ...missedAim('overload', overload.home.p99Ms),
  ];
  return { isProven: failures.length === 0, failures, misses };
}

function faultsOf({ name, requests, good }: PhaseResult): string[] {
  if (requests === 0) return [`${name}: nobody asked`];
  return good === requests ? [] : [`${name}: ${requests - good} of ${requests} were not answered in full`];
}

/** Profiles that are known are ranked for now, and by rows made ahead while their store is harmed. */
function unpersonal({ name, harmed, modes }: PhaseResult): string[] {
  const wanted = harmed.includes('profiles') ? 'offline' : 'online';
  return (modes[wanted] ?? 0) > 0 ? [] : [`${name}: no answer was made ${wanted} for its profile`];
}

/** A share or a ratio of nothing is no number, and not enough either. */
function faultsUnderLoad({ offeredTimes, homeKeptShare, prefetchShedShare }: OverloadResult): string[] {
  const faults: string[] = [];
  if (!(offeredTimes >= LEAST_OFFERED))
    faults.push(`overload: ${offeredTimes.toFixed(1)} times what can be answered, not ${LEAST_OFFERED}`);
  if (!(homeKeptShare >= LEAST_KEPT))
    faults.push(`overload: ${percent(homeKeptShare)} of home pages kept, not ${percent(LEAST_KEPT)}`);
  if (!(prefetchShedShare > 0)) faults.push('overload: no prefetch was turned away');
  return faults;
}

/** Whoever waits for the profile store for as long as the aim has nothing left for the page. */
function faultsOfDeadlines(deadlines: Deadlines): string[] {
  const missing = Object.entries(deadlines)
    .filter(([, ms]) => !(ms > 0 && ms < Infinity))
    .map(([step]) => `the step ${step} has no deadline`);
  const { homeProfile } = deadlines;
  if (homeProfile < AIM_P99_MS) return missing;
  return [...missing, `a page waits ${homeProfile} ms for its profile, and its aim is ${AIM_P99_MS} ms`];
}

const missesOf = ({ name, p99Ms, lateAnswers, requests }: PhaseResult, deadlineMs: number): string[] => [
  ...missedAim(name, p99Ms),
  ...(lateAnswers === 0
    ? []
    : [`${name}: ${lateAnswers} of ${requests} took longer than the deadline of ${deadlineMs} ms`]),
];

const missedAim = (name: string, p99Ms: number): string[] =>
  p99Ms > AIM_P99_MS ? [`${name}: p99 ${p99Ms.toFixed(1)} ms, aim ${AIM_P99_MS} ms`] : [];

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
