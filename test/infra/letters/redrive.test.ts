/** Redriving with the lookup in a lake of real SQL; only producer and log ends are doubles. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { generation, region } from '../../../domain/ids.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import type { OutgoingTopic } from '../../../infra/kafka/producer-port.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createCleanLookup } from '../../../infra/letters/clean-lookup.ts';
import type { OpenLetter } from '../../../infra/letters/letter-box.ts';
import { createRedriver } from '../../../infra/letters/redrive.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { createTableLake } from '../../support/table-lake.ts';

const G1 = generation('g1');
const PARTITIONS = 2;
const NOW = 1_790_000_000_000;
const profileOf = (partition: number): string =>
  Array.from({ length: 100 }, (_, i) => `p${i}`).find((id) => partitionOfKey(id, PARTITIONS) === partition)!;

let duckdb: DuckDb;
let lake: DuckDbLake;
let sent: OutgoingTopic[];
/** Ends of the impressions' partitions; the other topics are empty. */
let ends: number[];
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
});
after(() => duckdb.close());
beforeEach(async () => {
  await duckdb.use((connection) => connection.run('DETACH DATABASE IF EXISTS lake'));
  lake = await createTableLake(duckdb);
  sent = [];
  ends = [0, 0];
});

function redriver() {
  return createRedriver({
    producer: {
      send(batch) {
        sent.push(...batch);
        return Promise.resolve([{ topic: batch[0]!.topic, partition: 0, baseOffset: 100, count: 1 }]);
      },
      close: () => Promise.resolve(),
    },
    readRawValue: () => Promise.resolve(undefined),
    findClean: createCleanLookup({
      ...{ lake, generation: G1, partitions: PARTITIONS },
      boundsOf: (topic) =>
        Promise.resolve(
          ends.map((end, partition) => ({ partition, start: 0, end: topic === 'impressions' ? end : 0 })),
        ),
    }),
    ...{ region: region('eu'), generation: G1, partitions: PARTITIONS, maxEventBytes: 2000 },
  });
}

const eventOf = (profileId: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...{ eventId: 'a', kind: 'impression', eventTime: NOW, profileId, country: 'SE', titleId: 't' },
      ...{ row: 'r', rank: 0 },
    }),
  );

function letterAt(partition: number, offset: number, extra: Partial<OpenLetter> = {}): OpenLetter {
  const value = extra.value ?? eventOf(profileOf(partition));
  return {
    ...{ key: `eu/g1/${partition}/${offset}`, code: 'EVENT_CONTRADICTS', message: '', appendTime: NOW },
    ...{ bytes: value.byteLength, sighted: true, fixed: false, ...extra, value },
  };
}

/** Clean impressions of a partition, by raw offset, each at its own place in the log. */
async function sink(partition: number, ...records: { raw: number; redrivenFrom?: number }[]): Promise<void> {
  const buffer = createRowBuffer('impressions');
  records.forEach(({ raw, redrivenFrom }, offset) => {
    const event = { kind: 'impression', eventId: `${raw}` };
    const enriched = redrivenFrom === undefined ? {} : { enriched: { redrivenFrom } };
    const record = { rawOffset: raw, appendTime: NOW, timeStatus: 'ok', event, ...enriched };
    buffer.push({ offset, record: record as never, schemaFingerprint: 'f', bytes: 0 });
  });
  const rows = { generation: 'g1', partition, follows: -1, rowCount: records.length };
  await lake.appendExactlyOnce('impressions', [{ ...rows, columns: buffer.columns() }]);
  ends[partition] = records.length;
}

const refusedAs = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  isMarqueeError(error, code) && text.test(error.message);

const tombstones = (): unknown[] =>
  sent.flatMap(({ messages }) => messages.filter(({ value }) => value === null).map(({ key }) => key));
const redriven = (): unknown[] =>
  sent.flatMap(({ messages }) =>
    messages.flatMap(({ value, headers }) => (value === null ? [] : [headers?.['redriven-from']])),
  );

test('an event of a profile of another partition is neither kept nor sent', async () => {
  const foreign = letterAt(0, 7, { value: eventOf(profileOf(1)), code: 'EVENT_FIELD_INVALID' });
  const reason = refusedAs('LETTER_REFUSED', /belongs to partition 1, the letter is of partition 0/);
  await assert.rejects(redriver().fix(foreign, foreign.value), reason);
  const own = letterAt(0, 8, { code: 'EVENT_FIELD_INVALID' });
  await assert.rejects(redriver().redrive([own, foreign]), reason);
  assert.deepEqual(sent, []);
  await redriver().fix(foreign, own.value);
  assert.equal((await redriver().redrive([own])).sent.length, 1);
});

test('an event that is clean already is taken back and not sent, whichever redrive made it so', async () => {
  await sink(0, { raw: 5 }, { raw: 9, redrivenFrom: 3 }, { raw: 12 });
  await sink(1, { raw: 6 }, { raw: 12 });
  const letters = [letterAt(0, 5), letterAt(0, 3, { redrivenAt: 9 }), letterAt(0, 6), letterAt(1, 5)];
  const outcome = await redriver().redrive(letters);
  assert.deepEqual(outcome.alreadyClean, ['eu/g1/0/5', 'eu/g1/0/3']);
  assert.deepEqual(tombstones(), ['eu/g1/0/5', 'eu/g1/0/3']);
  assert.deepEqual(redriven(), ['eu/g1/0/6', 'eu/g1/1/5']);
});

test('an event that may be clean is not sent before the lake has read so far', async () => {
  await sink(0, { raw: 5 });
  ends[0] = 2;
  const tooNew = refusedAs('LETTER_TOO_NEW', /impressions\/0 to 1 of 2/);
  await assert.rejects(redriver().redrive([letterAt(0, 4), letterAt(0, 8)]), tooNew);
  await assert.rejects(redriver().redrive([letterAt(0, 4, { redrivenAt: 8 })]), tooNew);
  assert.deepEqual(sent, []);
  assert.equal((await redriver().redrive([letterAt(0, 4)])).sent.length, 1);
  ends[0] = 1;
  assert.equal((await redriver().redrive([letterAt(0, 8)])).sent.length, 1);
});

test('a letter that no side input decided about is sent without the lake', async () => {
  ends[0] = 10;
  const letter = letterAt(0, 8, { code: 'EVENT_FIELD_INVALID' });
  assert.equal((await redriver().redrive([letter])).sent.length, 1);
});
