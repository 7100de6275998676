/** Judges at ticks what was taken into the state: figures of closed windows, and findings as soon as they hold. */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { ContractBook } from '../../domain/contracts/contract-book.ts';
import { driftFigures } from '../../domain/audit/drift-figures.ts';
import { figureRecord, type Figure, type FigureWindow } from '../../domain/audit/figure.ts';
import { figuresOf } from '../../domain/audit/figures.ts';
import { closeWindows, horizonOf } from '../../domain/audit/horizon.ts';
import { findingsAt, type Finding } from '../../domain/audit/judge.ts';
import type { AuditLimits } from '../../domain/audit/limits.ts';
import type { AuditState } from '../../domain/audit/state.ts';
import type { EpochMs } from '../../domain/time.ts';

export type QualityRecord = DerivedRecord<'quality-metrics'>;

/** What is not in the log and is asked of others at a tick. */
export interface Surroundings {
  readonly catalogueSize?: number;
  /** Records not yet read, by `topic/partition`. */
  readonly lag: ReadonlyMap<string, number>;
  /** Figures about the window that the tick falls in. */
  readonly figures: readonly Figure[];
  /** What producers have promised; without it they are judged by what they sent before. */
  readonly contracts: ContractBook;
}

export interface Tick {
  /** Up to when the log is known. */
  readonly horizon: EpochMs;
  readonly findings: readonly Finding[];
  readonly records: readonly QualityRecord[];
}

export interface AuditorDeps {
  readonly state: AuditState;
  readonly limits: AuditLimits;
  /** Every `topic/partition` that must be read for a silence to be one. */
  readonly expected: readonly string[];
  readonly lagRecords: number;
  readonly priorStrength: number;
}

export interface Auditor {
  /** `now` only grows; wall clock, milliseconds. */
  tick(now: EpochMs, surroundings: Surroundings): Tick;
}

export function createAuditor(deps: AuditorDeps): Auditor {
  const { state, limits, expected } = deps;
  const { windowMs } = limits;
  /** Findings told, and the window in which each was told last. */
  const told = new Map<string, { readonly finding: Finding; readonly window: EpochMs }>();
  let lastWindow = 0;

  function windowFigures(catalogueSize: number | undefined): QualityRecord[] {
    const records: QualityRecord[] = [];
    for (const start of state.untold) {
      const window = state.windows.get(start);
      if (window !== undefined && start + windowMs > state.closedTo) continue;
      state.untold.delete(start);
      if (window === undefined) continue;
      const options = {
        priorStrength: deps.priorStrength,
        ...(catalogueSize === undefined ? {} : { catalogueSize }),
      };
      const at: FigureWindow = { start, end: start + windowMs, version: window.total };
      for (const figure of figuresOf(window, options)) records.push(figureRecord(figure, at));
    }
    return records;
  }

  function findingRecords(findings: readonly Finding[], at: FigureWindow): QualityRecord[] {
    const records: QualityRecord[] = [];
    const holding = new Set<string>();
    for (const finding of findings) {
      const key = `${finding.producer}/${finding.what}`;
      holding.add(key);
      if (told.get(key)?.window === at.start) continue;
      told.set(key, { finding, window: at.start });
      records.push(figureRecord(findingFigure(finding, finding.what), at));
    }
    for (const [key, { finding }] of told) {
      if (holding.has(key)) continue;
      told.delete(key);
      records.push(figureRecord(findingFigure({ ...finding, value: 0 }, 'ok'), at));
    }
    return records;
  }

  function lagFigures(lag: ReadonlyMap<string, number>): Figure[] {
    return Array.from(lag, ([at, value]) => {
      const slash = at.lastIndexOf('/');
      return {
        metric: 'lag_records',
        scope: { topic: at.slice(0, slash), partition: at.slice(slash + 1) },
        value,
        weight: value,
        verdict: value >= deps.lagRecords ? 'behind' : 'ok',
      };
    });
  }

  return {
    tick(now, surroundings) {
      const horizon = horizonOf(state, expected, limits);
      closeWindows(state, horizon, limits);
      const findings = findingsAt(state, horizon, limits);
      const start = Math.floor(now / windowMs) * windowMs;
      const at: FigureWindow = { start, end: start + windowMs, version: now };
      const records = windowFigures(surroundings.catalogueSize);
      records.push(...findingRecords(findings, at));
      if (start !== lastWindow) {
        lastWindow = start;
        const drift = driftFigures(state.drift.snapshot(), surroundings.contracts);
        for (const figure of [...lagFigures(surroundings.lag), ...surroundings.figures, ...drift]) {
          records.push(figureRecord(figure, at));
        }
      }
      return { horizon, findings, records };
    },
  };
}

const findingFigure = (finding: Finding, verdict: string): Figure => ({
  metric: 'finding',
  scope: { producer: finding.producer, what: finding.what },
  value: finding.value,
  weight: finding.weight,
  verdict,
});
