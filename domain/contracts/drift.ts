/** Drift: what producers really send, counted by `createDriftProfile` and held against their contracts by `judgeDrift`. */
export { createDriftProfile, DRIFT_LIMITS, type DriftLimits, type DriftProfile } from './drift-profile.ts';
export { judgeDrift, JUDGE_OPTIONS, type JudgeOptions } from './judge-drift.ts';
export type { DriftSnapshot } from './drift-snapshot.ts';
export type { DriftFinding, DriftReport } from './drift-report.ts';
