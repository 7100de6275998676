import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReach, noteReach } from '../../../domain/audit/reach.ts';
import { MINUTE_MS, type EpochMs } from '../../../domain/time.ts';
import {
  BEGIN,
  clean,
  createAudited,
  entriesOf,
  PARTITIONS,
  type Entry,
  type Scenario,
} from './audited-log.ts';

const SECOND_MS = 1000;
const PAUSED_AT = BEGIN + 2 * MINUTE_MS;
const END = BEGIN + 6 * MINUTE_MS;
const producers = { tv: { perSecond: 6 }, web: { perSecond: 5 } };

const timeOf = (entry: Entry): EpochMs =>
  entry.type === 'clean' ? entry.record.appendTime : entry.letter.appendTime;
const partitionOf = (entry: Entry): number =>
  entry.type === 'clean' ? (entry.record.event.producerSeq ?? 0) % PARTITIONS : 0;

/** What is said second by second while extract decides what was appended at a time not before `decidedAt` answers. */
function saidOf(
  scenario: Scenario,
  decidedAt: (time: EpochMs, partition: number) => EpochMs,
): Map<string, EpochMs> {
  const raw = Array.from({ length: PARTITIONS }, () => [] as Entry[]);
  for (const entry of entriesOf(scenario)) raw[partitionOf(entry)]!.push(entry);
  const decided = raw.map(() => 0);
  const reaches = raw.map(createReach);
  const audited = createAudited();
  const said = new Map<string, EpochMs>();
  for (let now = BEGIN; now < scenario.end; now += SECOND_MS) {
    raw.forEach((entries, partition) => {
      const from = decided[partition]!;
      let next = from;
      while (next < entries.length && decidedAt(timeOf(entries[next]!), partition) < now) next++;
      audited.take(entries.slice(from, next));
      decided[partition] = next;
      const end = entries.findIndex((entry) => timeOf(entry) >= now);
      noteReach(reaches[partition]!, now, end < 0 ? entries.length : end, next);
    });
    const reached = reaches.map((reach) => reach.reached);
    for (const finding of audited.judge(now, undefined, reached)) {
      if (!said.has(finding)) said.set(finding, now);
    }
  }
  return said;
}

/** One of two extractors is so far behind for a while. */
const behind =
  (ms: number) =>
  (time: EpochMs, partition: number): EpochMs =>
    partition === 1 && time >= PAUSED_AT && time < PAUSED_AT + 100 * SECOND_MS ? time + ms : time;

test('nothing is missed and no one is silent while the extractor of one partition is behind', () => {
  for (const ms of [SECOND_MS, 15_000, 30_000, 45_000]) {
    const said = saidOf({ producers, faultAt: END, end: END }, behind(ms));
    assert.deepEqual([...said], [], `${ms} ms behind`);
  }
});

test('nothing is missed and no one is silent when extract stood still, and one partition catches up after the other', () => {
  for (const ms of [15_000, 45_000, 2 * MINUTE_MS]) {
    const resumed = PAUSED_AT + ms;
    const said = saidOf({ producers, faultAt: END, end: END }, (time, partition) =>
      time >= PAUSED_AT && time < resumed ? resumed + partition * 2 * SECOND_MS : time,
    );
    assert.deepEqual([...said], [], `stood still for ${ms} ms`);
  }
});

test('a number that is really lost is named though an extractor is behind', () => {
  const faultAt = PAUSED_AT + 20_000;
  const fault = (record: Parameters<typeof clean>[0], seq: number) =>
    seq % 50 === 0 ? undefined : clean(record);
  const said = saidOf(
    { producers: { ...producers, web: { perSecond: 5, fault } }, faultAt, end: END },
    behind(45_000),
  );
  assert.deepEqual([...said.keys()], ['web sequence-gap']);
});

test('who is really silent is named within a minute though extract never comes to the end of the log', () => {
  const faultAt = PAUSED_AT;
  const said = saidOf(
    { producers: { ...producers, web: { perSecond: 5, fault: () => undefined } }, faultAt, end: END },
    (time) => time + 2 * SECOND_MS,
  );
  assert.deepEqual([...said.keys()], ['web silent']);
  assert.ok(said.get('web silent')! <= faultAt + MINUTE_MS);
});

test('everyone is silent once extract has decided all there was', () => {
  const said = saidOf({ producers, faultAt: END, end: PAUSED_AT }, (time) => time);
  assert.deepEqual([...said], []);
  const silence = { perSecond: 5, fault: () => undefined };
  const scenario = { producers: { tv: silence, web: silence }, faultAt: PAUSED_AT, end: END };
  const named = saidOf(scenario, (time) => time);
  assert.equal([...named.keys()][0], '(all) silent');
  assert.ok(named.get('(all) silent')! <= PAUSED_AT + MINUTE_MS);
});
