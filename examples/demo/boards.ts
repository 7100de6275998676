/** What the demo shows of behaviour and of the audit: the newest word about each thing, counted. Pure. */
import type { DerivedRecord } from '../../domain/events/derived.ts';

type SignalRecord = DerivedRecord<'user-behavior-features'>;
type AttributedPlay = DerivedRecord<'attributed-plays'>;
type QualityMetric = DerivedRecord<'quality-metrics'>;

/** Takes upserts in any order; of equal keys the highest version holds. */
interface Newest<R> {
  /** What was known before; undefined when this record changes nothing, null when the key is new. */
  take(record: R): R | null | undefined;
}

function newest<R extends { readonly upsertKey: string; readonly version: number }>(): Newest<R> {
  const known = new Map<string, R>();
  return {
    take(record) {
      const before = known.get(record.upsertKey);
      if (before !== undefined && before.version >= record.version) return undefined;
      known.set(record.upsertKey, record);
      return before ?? null;
    },
  };
}

function counter(): { add(name: string, by: number): void; all(): Readonly<Record<string, number>> } {
  const counts = new Map<string, number>();
  return {
    add: (name, by) => void counts.set(name, (counts.get(name) ?? 0) + by),
    all: () => Object.fromEntries([...counts].filter(([, count]) => count > 0).sort()),
  };
}

export interface SignalBoard {
  take(record: SignalRecord): void;
  /** Signals that hold, by name. */
  raised(): Readonly<Record<string, number>>;
  /** The last ones that came to hold, newest first. */
  latest(): readonly SignalRecord[];
}

const LATEST = 3;

export function createSignalBoard(): SignalBoard {
  const words = newest<SignalRecord>();
  const counts = counter();
  const latest: SignalRecord[] = [];
  return {
    take(record) {
      const before = words.take(record);
      if (before === undefined) return;
      const [was, is] = [before?.state === 'raised', record.state === 'raised'];
      counts.add(record.signal, Number(is) - Number(was));
      if (!is || was) return;
      latest.unshift(record);
      latest.length = Math.min(latest.length, LATEST);
    },
    raised: counts.all,
    latest: () => latest,
  };
}

export interface PlayBoard {
  take(record: AttributedPlay): void;
  /** Plays by source: `row`, `stated` or `none`. */
  sources(): Readonly<Record<string, number>>;
}

export function createPlayBoard(): PlayBoard {
  const words = newest<AttributedPlay>();
  const counts = counter();
  return {
    take(record) {
      const before = words.take(record);
      if (before === undefined) return;
      if (before !== null) counts.add(before.source, -1);
      counts.add(record.source, 1);
    },
    sources: counts.all,
  };
}

export interface AuditBoard {
  take(record: QualityMetric): void;
  /** End of the newest window, ms; 0 before the first. */
  newestWindow(): number;
  /** How many figures the windows held. */
  figures(): number;
  /** What was found wrong so far, each thing once, newest first: the verdict and what it is about. */
  findings(): readonly string[];
}

export function createAuditBoard(): AuditBoard {
  const words = newest<QualityMetric>();
  const findings = new Map<string, string>();
  let windowEnd = 0;
  let figures = 0;
  return {
    take(record) {
      const before = words.take(record);
      if (before === undefined) return;
      if (before === null) figures += 1;
      windowEnd = Math.max(windowEnd, record.windowEnd);
      if (record.verdict === undefined || record.verdict === 'ok') return;
      const key = `${record.metric}/${record.scope}`;
      findings.delete(key);
      findings.set(key, `${record.verdict} (${record.metric}: ${record.scope})`);
    },
    newestWindow: () => windowEnd,
    figures: () => figures,
    findings: () => [...findings.values()].reverse(),
  };
}
