/** What the extract stage counts. Outcomes are summed up a batch at a time: a labelled increment costs more than a look-up. */
import type { ExtractOutcome } from '../../domain/extract.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { CallOutcome } from '../../infra/profiles/client.ts';

export interface ExtractInstruments {
  count(outcomes: readonly ExtractOutcome[]): void;
  called(outcome: CallOutcome, profiles: number): void;
  completed(count: number): void;
  forgone(count: number): void;
  lost(count: number): void;
  lag(partition: number, records: number): void;
}

/** How often something was counted, by its labels. */
type Tally = Map<string, number>;

export function createInstruments(metrics: Metrics): ExtractInstruments {
  const records = metrics.counter('marquee_extract_records_total', 'Raw records by what became of them', [
    'outcome',
  ]);
  const lagging = metrics.gauge('marquee_extract_lag_records', 'Raw records not yet extracted', {
    labels: ['partition'],
  });
  const lost = metrics.counter('marquee_extract_lost_records_total', 'Raw records that the log lost unread');
  const enriched = metrics.counter(
    'marquee_extract_enriched_total',
    'Clean records by what was known beside them',
    ['input', 'outcome'],
  );
  const corrections = metrics.counter('marquee_extract_corrections_total', 'Columns corrected in place', [
    'field',
  ]);
  const calls = metrics.counter('marquee_extract_profile_calls_total', 'Calls of the profile service', [
    'outcome',
  ]);
  const asked = metrics.counter('marquee_extract_profiles_asked_total', 'Profiles that were called for', [
    'outcome',
  ]);
  const completions = metrics.counter(
    'marquee_extract_completions_total',
    'Records completed after an outage',
  );
  const forgone = metrics.counter(
    'marquee_extract_completions_forgone_total',
    'Records without an answer that are never completed, for want of room',
  );
  return {
    count(outcomes) {
      const became: Tally = new Map();
      const known: Record<Input, Tally> = { catalogue: new Map(), pages: new Map(), profile: new Map() };
      for (const outcome of outcomes) {
        add(became, labelOf(outcome));
        if (outcome.type !== 'clean') continue;
        tallyKnown(outcome.record, known);
        const sent = outcome.record.enriched?.corrections;
        if (sent !== undefined)
          for (const field of Object.keys(JSON.parse(sent) as object)) corrections.inc({ field });
      }
      for (const [outcome, count] of became) records.inc({ outcome }, count);
      for (const [input, tally] of Object.entries(known)) {
        for (const [outcome, count] of tally) enriched.inc({ input, outcome }, count);
      }
    },
    called(outcome, profiles) {
      calls.inc({ outcome });
      asked.inc({ outcome }, profiles);
    },
    completed: (count) => completions.inc(count),
    forgone: (count) => forgone.inc(count),
    lost: (count) => lost.inc(count),
    lag: (partition, count) => lagging.set({ partition: String(partition) }, count),
  };
}

type Input = 'catalogue' | 'pages' | 'profile';

/** `missing`: there is no version to look in; `unknown`: it does not hold what was looked for. */
function tallyKnown({ event, enriched = {} }: CleanRecord, known: Record<Input, Tally>): void {
  if ('titleId' in event) add(known.catalogue, foundIn(enriched.catalogueVersion, enriched.knownKind));
  if (event.pageId !== undefined) add(known.pages, foundIn(enriched.pagesVersion, enriched.pageKind));
  if (enriched.profileAnswer !== undefined) add(known.profile, enriched.profileAnswer);
}

function foundIn(version: number | undefined, found: string | undefined): string {
  if (version === undefined) return 'missing';
  return found === undefined ? 'unknown' : 'found';
}

function add(tally: Tally, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1);
}

function labelOf(outcome: ExtractOutcome): string {
  if (outcome.type !== 'clean') return outcome.type;
  return outcome.late ? 'late_duplicate' : 'clean';
}
