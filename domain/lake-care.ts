/** The nightly care of the lake's tables: what is asked for, and what came of it. */

/** In the order in which they are done: what is tagged is not expired, and what expired becomes an orphan. */
export const LAKE_STEPS = ['tags', 'compact', 'expire', 'orphans'] as const;
export type LakeStep = (typeof LAKE_STEPS)[number];

/** A run of a night takes no longer: the next one goes on with what is left. */
export const LAKE_CARE_TIMEOUT_MS = 6 * 3_600_000;

export interface LakeCareRequest {
  /** All where nothing else is said. */
  readonly steps?: readonly LakeStep[] | undefined;
  /** Tables by name; all where nothing else is said. */
  readonly tables?: readonly string[] | undefined;
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What came of one step on one table; what was not done is 0. */
export interface LakeCareLine {
  readonly table: string;
  readonly tagsSet: number;
  readonly tagsRemoved: number;
  readonly hoursCompacted: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly snapshotsExpired: number;
  /** Files that no snapshot names. */
  readonly orphansFound: number;
  readonly orphansRemoved: number;
}

export interface LakeCareResult {
  readonly dryRun: boolean;
  /** Tables of which something was done, or would be. */
  readonly tables: readonly LakeCareLine[];
  /** What failed, step by step; everything else was done all the same. */
  readonly failures: readonly string[];
}

const NOTHING: Omit<LakeCareLine, 'table'> = {
  ...{ tagsSet: 0, tagsRemoved: 0, hoursCompacted: 0, filesBefore: 0, filesAfter: 0 },
  ...{ snapshotsExpired: 0, orphansFound: 0, orphansRemoved: 0 },
};

/** Adds what steps came to, table by table, in the order in which tables were first named. */
export function sumCare(
  lines: readonly (Partial<LakeCareLine> & Pick<LakeCareLine, 'table'>)[],
): LakeCareLine[] {
  const sums = new Map<string, LakeCareLine>();
  for (const { table, ...figures } of lines) {
    const sum: Record<string, number> = { ...NOTHING, ...withoutTable(sums.get(table)) };
    for (const [name, figure] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + figure;
    sums.set(table, { table, ...(sum as unknown as Omit<LakeCareLine, 'table'>) });
  }
  return [...sums.values()].filter((line) =>
    Object.values(line).some((figure) => typeof figure === 'number' && figure > 0),
  );
}

function withoutTable(line: LakeCareLine | undefined): Partial<Omit<LakeCareLine, 'table'>> {
  if (line === undefined) return {};
  const { table: _, ...figures } = line;
  return figures;
}

export const LAKE_CARE_STATES = ['running', 'done', 'failed'] as const;

/** A run that somebody asked for. */
export interface LakeCareRun {
  readonly id: string;
  readonly state: (typeof LAKE_CARE_STATES)[number];
  /** Null until it is done. */
  readonly result: LakeCareResult | null;
}
