import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRandom } from '../../../domain/random.ts';
import { guardKeyedStates } from '../../../infra/state/guarded-keyed-state.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { discardTorn } from '../../../infra/state/sound-folder.ts';
import { until } from '../../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-torn-keyed-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function open(folder = dir) {
  const discarded: number[] = [];
  const states = guardKeyedStates(createLmdbKeyedStates<string>(folder, 1), folder, (partition) => {
    discarded.push(partition);
  });
  return { states, discarded };
}

test('a torn partition begins anew and the others go on', async () => {
  const first = open();
  for (const number of [0, 1]) {
    const partition = first.states.partition(number);
    const { epoch } = await partition.open();
    const entries = new Map(Array.from({ length: 500 }, (_, i) => [`p${i}`, { state: `state ${i}` }]));
    await partition.commit({ epoch, positions: { plays: { next: 9, rawHigh: 8, logTime: 7 } }, entries });
  }
  await first.states.close();
  const path = join(dir, '1', 'data.mdb');
  truncateSync(path, Math.floor(statSync(path).size / 2));

  const second = open();
  const { positions } = await second.states.partition(0).open();
  assert.equal(positions['plays']?.next, 9);
  assert.equal(second.states.partition(0).get('p7')?.state, 'state 7');
  const torn = await second.states.partition(1).open();
  assert.deepEqual(torn.positions, {});
  assert.equal(second.states.partition(1).get('p7'), undefined);
  assert.deepEqual(second.discarded, [1]);
  await second.states.close();
});

const positionsAt = (n: number) => ({ plays: { next: n, rawHigh: n, logTime: n } });

/** Bytes that the file has and that its newest meta page speaks of. */
function sizes(path: string): { readonly size: number; readonly told: number } {
  const bytes = readFileSync(path);
  const pageSize = bytes.readUInt32LE(48);
  const [first, second] = [0, pageSize].map((at) => ({
    lastPage: Number(bytes.readBigUInt64LE(at + 144)),
    transaction: bytes.readBigUInt64LE(at + 152),
  }));
  const { lastPage } = second!.transaction > first!.transaction ? second! : first!;
  return { size: bytes.length, told: (lastPage + 1) * pageSize };
}

/** Small commits and now and then one that forgets most profiles, until the file is shorter than its last page says. */
async function shortened(folder: string): Promise<{ readonly next: number; readonly keys: Set<string> }> {
  const { states } = open(folder);
  const partition = states.partition(0);
  const { epoch } = await partition.open();
  const random = createRandom(7);
  const keys = new Set<string>();
  for (let next = 1; next <= 2000; next += 1) {
    const entries = new Map<string, { readonly state: string } | undefined>();
    if (next % 20 === 0) {
      for (let i = 0; i < 3000; i += 1) if (random.chance(0.9)) entries.set(`p${i}`, undefined);
    } else {
      for (let i = random.below(60); i >= 0; i -= 1) {
        const length = random.chance(0.2) ? random.below(30_000) : random.below(900);
        entries.set(`p${random.below(3000)}`, { state: 'x'.repeat(length) });
      }
    }
    await partition.commit({ epoch, positions: positionsAt(next), entries });
    for (const [key, entry] of entries)
      if (entry === undefined) keys.delete(key);
      else keys.add(key);
    const { size, told } = sizes(join(folder, '0', 'data.mdb'));
    if (size < told) {
      await states.close();
      return { next, keys };
    }
  }
  throw new Error('the file never became short');
}

test('a file that is short since many profiles were forgotten is whole', async () => {
  const folder = join(dir, 'short');
  const { next, keys } = await shortened(folder);
  const { size, told } = sizes(join(folder, '0', 'data.mdb'));
  assert.ok(size < told, `${size} of ${told}`);
  const { states, discarded } = open(folder);
  const partition = states.partition(0);
  const { positions, epoch } = await partition.open();
  assert.deepEqual([positions, discarded], [positionsAt(next), []]);
  for (let i = 0; i < 3000; i += 1) assert.equal(partition.get(`p${i}`) !== undefined, keys.has(`p${i}`));
  await partition.commit({ epoch, positions, entries: new Map([['more', { state: 'x'.repeat(100_000) }]]) });
  await states.close();
});

test('a short file that lost values or whole pages is torn, wherever it was cut', async () => {
  const folder = join(dir, 'cut');
  await shortened(folder);
  const path = join(folder, '0', 'data.mdb');
  const whole = readFileSync(path);
  for (const share of [0.2, 0.5, 0.8]) {
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
    assert.match(String(discardTorn(join(folder, '0'))), /pages are missing/);
    mkdirSync(join(folder, '0'), { recursive: true });
  }
  // Pages that are there and hold nothing are missing as well.
  const emptied = Buffer.alloc(whole.length);
  whole.copy(emptied, 0, 0, 8192);
  writeFileSync(path, emptied);
  assert.match(String(discardTorn(join(folder, '0'))), /pages are missing/);
});

test('who had a folder open that another process discarded goes on in the new one, and stores nothing as its owner', async () => {
  const folder = join(dir, 'discarded');
  const clock = (seconds: number) => () => 1_790_000_000_000 + seconds * 1000;
  const mine = createLmdbKeyedStates<string>(folder, 1, clock(0));
  const old = await mine.partition(0).open();
  const entries = new Map([['p', { state: 'old' }]]);
  await mine.partition(0).commit({ epoch: old.epoch, positions: positionsAt(5), entries });
  const reader = openKeyedReader<string>(folder, 1);
  assert.equal(reader.get('p'), 'old');
  rmSync(join(folder, '0'), { recursive: true });
  const theirs = createLmdbKeyedStates<string>(folder, 1, clock(10));
  const { epoch } = await theirs.partition(0).open();
  await assert.rejects(
    mine.partition(0).commit({ epoch: old.epoch, positions: positionsAt(6), entries: new Map() }),
    { code: 'STATE_MOVED' },
  );
  await theirs.partition(0).commit({ epoch, positions: positionsAt(2), entries: new Map() });
  assert.deepEqual((await mine.partition(0).open()).positions, positionsAt(2));
  assert.equal(mine.partition(0).get('p'), undefined);
  await until(() => reader.get('p') === undefined);
  assert.deepEqual(reader.find('p'), { state: undefined });
  await reader.close();
  await mine.close();
  await theirs.close();
});
