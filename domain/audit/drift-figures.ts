/** What drift says, as figures: one for each finding, named by its verdict where it is a fault. */
import type { ContractBook } from '../contracts/contract-book.ts';
import { judgeDrift, type DriftFinding, type DriftSnapshot } from '../contracts/drift.ts';
import { isFault } from '../contracts/drift-report.ts';
import { NO_PRODUCER } from './limits.ts';
import type { Figure } from './figure.ts';

/** Most findings told for one window. */
const MOST_FINDINGS = 256;

/** Faults come first. */
export function driftFigures(snapshot: DriftSnapshot, contracts: ContractBook): Figure[] {
  const { findings } = judgeDrift(snapshot, contracts);
  return findings
    .toSorted((a, b) => Number(isFault(b)) - Number(isFault(a)))
    .slice(0, MOST_FINDINGS)
    .map(figureOf);
}

function figureOf(finding: DriftFinding): Figure {
  const { verdict, producer, appVersion, kind, attribute, share, events } = finding;
  const scope = {
    producer: producer ?? NO_PRODUCER,
    ...(appVersion === null ? {} : { appVersion }),
    kind,
    ...(attribute === null ? {} : { attribute }),
    what: verdict,
  };
  const name = attribute === null ? verdict : `${verdict}:${attribute}`;
  return { metric: 'drift', scope, value: share, weight: events, verdict: isFault(finding) ? name : 'ok' };
}
