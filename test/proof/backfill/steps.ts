/** What a backfill of events goes through, each of which a worker is killed in. */

/** Rows that are wrong are replaced. */
export const CORRECTING = [
  ...['planEvents', 'foldShard', 'auditShadow', 'diffShadow', 'excludeBlocks', 'swapShadow'],
  'correctDerived',
] as const;
/** Events that were refused are sent again; what comes before is the same. */
export const FILLING = ['redriveEvents', 'awaitLanding'] as const;
/** What follows from an earlier run's events is said anew alone. */
export const DERIVING = ['diffShadow', 'correctDerived', 'clearWork'] as const;
export const STEPS: readonly string[] = [...CORRECTING, ...FILLING];
