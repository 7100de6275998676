/** What the comparison of the lanes remembers from run to run. */
import { MarqueeError } from '../errors.ts';
import type { Generation } from '../ids.ts';
import { parseJson, readFields, type Refuse } from '../json-fields.ts';
import { COUNTED_TOPICS } from '../topics.ts';
import type { Compared } from './choose.ts';
import { withExclusion, type Exclusion } from './exclusions.ts';
import type { OpenDifference, ParityReport } from './report.ts';

export interface ParityState {
  readonly generation: Generation;
  readonly blockSize: number;
  readonly compared: Compared;
  /** At most MOST_OPEN, the oldest first. */
  readonly open: readonly OpenDifference[];
  readonly exclusions: readonly Exclusion[];
  /** Newest first. */
  readonly reports: readonly ParityReport[];
}

/** Open differences kept; those beyond are in the reports and in the lake. */
export const MOST_OPEN = 100;

export const emptyParity = (log: {
  readonly generation: Generation;
  readonly blockSize: number;
}): ParityState => ({
  ...{ generation: log.generation, blockSize: log.blockSize },
  compared: { plays: [], impressions: [] },
  ...{ open: [], exclusions: [], reports: [] },
});

/** The state over the log as it is configured: blocks of another generation or size are begun anew. */
export function parityOver(
  known: ParityState | undefined,
  log: { readonly generation: Generation; readonly blockSize: number },
): ParityState {
  if (known === undefined) return emptyParity(log);
  if (known.generation === log.generation && known.blockSize === log.blockSize) return known;
  return { ...emptyParity(log), exclusions: known.exclusions, reports: known.reports };
}

/** The state after a run. */
export const afterRun = (
  state: ParityState,
  run: {
    readonly compared: Compared;
    readonly open: readonly OpenDifference[];
    readonly report: ParityReport;
  },
  keptReports: number,
): ParityState => ({
  ...state,
  compared: run.compared,
  open: run.open.slice(0, MOST_OPEN),
  reports: [run.report, ...state.reports].slice(0, keptReports),
});

export const excluding = (state: ParityState, exclusion: Exclusion): ParityState => ({
  ...state,
  exclusions: withExclusion(state.exclusions, exclusion),
});

const LARGEST = Number.MAX_SAFE_INTEGER;
const MOST_ENTRIES = 10_000;

export const serialiseParity = (state: ParityState): string => `${JSON.stringify(state)}\n`;

/**
 * Reads a state that may be damaged: what decides which blocks are compared is checked, what is only shown is taken as it
 * is. Throws CHECKPOINT_CORRUPT naming `key`.
 */
export function parseParity(text: string, key: string): ParityState {
  const refuse: Refuse = (reason) => {
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason });
  };
  const fields = readFields(parseJson(text, refuse), refuse);
  const compared = fields.record('compared', (blocks, refuseIn) =>
    readFields({ blocks }, refuseIn).list('blocks', MOST_ENTRIES, (block, refuseAt) =>
      readFields({ block }, refuseAt).integer('block', 0, LARGEST),
    ),
  );
  const [plays = [], impressions = []] = COUNTED_TOPICS.map((topic) => compared[topic] ?? []);
  return {
    generation: fields.text('generation', /^g[1-9]\d{0,5}$/) as Generation,
    blockSize: fields.integer('blockSize', 1, 2 ** 40),
    compared: { plays, impressions },
    open: fields.list('open', MOST_ENTRIES, (item) => item as OpenDifference),
    exclusions: fields.list('exclusions', MOST_ENTRIES, (item) => item as Exclusion),
    reports: fields.list('reports', MOST_ENTRIES, (item) => item as ParityReport),
  };
}
