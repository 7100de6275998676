/** Clean records of a producer, made from what is said of their attributes, for tests of drift. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContractBook, type ContractBook } from '../../domain/contracts/contract-book.ts';
import {
  createDriftProfile,
  DRIFT_LIMITS,
  judgeDrift,
  type DriftLimits,
} from '../../domain/contracts/drift.ts';
import { isFault, type DriftFinding } from '../../domain/contracts/drift-report.ts';
import type { DriftSnapshot } from '../../domain/contracts/drift-snapshot.ts';
import { parseContract } from '../../domain/contracts/read-contract.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { validateEvent } from '../../domain/events/validate.ts';

export interface Sent {
  readonly producer?: string;
  readonly appVersion?: string;
  readonly kind?: 'impression' | 'rate';
  /** How many events. */
  readonly events: number;
  /** Value of each further attribute by the number of the event; undefined leaves it out. */
  readonly attributes?: Readonly<Record<string, (i: number) => unknown>>;
}

const NEEDED = {
  impression: { titleId: 'title-1', row: 'trending', rank: 0 },
  rate: { titleId: 'title-1', rating: 4 },
} as const;

/** In `share` of all events, spread evenly. */
export const inShareOf =
  (share: number, value: unknown) =>
  (i: number): unknown =>
    Math.floor((i + 1) * share + 1e-9) > Math.floor(i * share + 1e-9) ? value : undefined;
export const always = (value: unknown) => (): unknown => value;

/** The records of what was sent, as the extractor would have them after JSON. */
export function recordsOf(sent: readonly Sent[]): CleanRecord[] {
  return sent.flatMap((each) => Array.from({ length: each.events }, (_, i) => recordOf(each, i)));
}

function recordOf(
  { producer, appVersion, kind = 'impression', attributes = {} }: Sent,
  i: number,
): CleanRecord {
  const own = Object.entries(attributes).map(([name, value]) => [name, value(i)] as const);
  const event = Object.fromEntries([
    ...Object.entries({
      kind,
      eventId: `e-${i}`,
      eventTime: i,
      profileId: 'p',
      country: 'DE',
      producer,
      appVersion,
    }),
    ...Object.entries(NEEDED[kind]),
    ...own,
  ]);
  const validation = validateEvent(JSON.parse(JSON.stringify(event)));
  if (!validation.ok) throw new Error(validation.fault.message);
  return { rawOffset: i, appendTime: 1000 + i, timeStatus: 'ok', event: validation.event };
}

export function profileOf(sent: readonly Sent[], limits: DriftLimits = DRIFT_LIMITS): DriftSnapshot {
  const profile = createDriftProfile(limits);
  for (const record of recordsOf(sent)) profile.add(record);
  return profile.snapshot();
}

/** Contracts of one producer, as people write them, registered in this order. */
export function bookOf(...contracts: readonly object[]): ContractBook {
  return createContractBook(
    contracts.map((contract, i) => ({
      version: i + 1,
      contract: parseContract(
        JSON.stringify({ producer: 'tv', appVersions: '*', ...contract }),
        `contract ${i + 1}`,
      ),
    })),
  );
}

/** A finding in short: `undeclared 9.4 impression.abCell 3/10`. */
export function inShort({ verdict, appVersion, kind, attribute, present, events }: DriftFinding): string {
  const about = attribute === null ? kind : `${kind}.${attribute}`;
  return `${verdict} ${appVersion ?? '-'} ${about} ${present}/${events}`;
}

/** A contract in which every event names its producer and app version, and impressions promise this besides. */
export const impressions = (promise: object, rest: object = {}): object => ({
  everyKind: { required: ['producer', 'appVersion'] },
  kinds: { impression: promise },
  ...rest,
});

export const tv = (appVersion: string, events: number, attributes: Sent['attributes'] = {}): Sent => ({
  producer: 'tv',
  appVersion,
  events,
  attributes,
});

/** What was sent, under which contracts, and what is said of it. */
export type DriftCase = readonly [
  name: string,
  contracts: readonly object[],
  sent: readonly Sent[],
  findings: readonly string[],
];

/** One test a case. */
export function judgedCases(cases: readonly DriftCase[]): void {
  for (const [name, contracts, sent, expected] of cases) {
    test(`drift: ${name}`, () => {
      const report = judgeDrift(profileOf(sent), bookOf(...contracts));
      assert.deepEqual(report.findings.map(inShort), expected);
      for (const finding of report.findings) {
        assert.ok(finding.interval.low <= finding.share && finding.share <= finding.interval.high);
        assert.equal(isFault(finding), finding.verdict !== 'missing-on-purpose');
      }
    });
  }
}
