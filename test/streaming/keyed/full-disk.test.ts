import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { record, world, type Count } from '../../support/counting-lane.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-full-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const CHILD = fileURLToPath(new URL('../../support/full-disk.ts', import.meta.url));
const RECORDS = 6000;
const BATCH = 200;

interface Outcome {
  readonly next: number;
  readonly failures: readonly string[];
  readonly words: number;
  readonly wrong: number;
}

/** Runs the lane with files of at most `kilobytes`. */
function fill(folder: string, kilobytes: number, roomComes: 'later' | 'never'): Outcome {
  const command = `ulimit -S -f ${kilobytes}; exec "$0" "$@"`;
  const args = [process.execPath, CHILD, folder, String(RECORDS), String(BATCH), roomComes];
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Outcome;
}

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

test(
  'a lane on a full disk says so, and goes on once there is room, with every record counted once',
  { skip: hasPrlimit ? false : 'prlimit is needed to make room again' },
  async () => {
    const folder = join(dir, 'a');
    const { failures, ...rest } = fill(folder, 700, 'later');
    assert.deepEqual([...new Set(failures)], ['STATE_UNWRITABLE']);
    assert.ok(failures.length >= 4);
    assert.deepEqual(rest, { next: RECORDS, words: RECORDS, wrong: 0 });
    const reader = openKeyedReader<Count>(folder, 1);
    for (let i = 0; i < RECORDS; i += 1) assert.equal(reader.get(`profile-${i}`)?.seen, 1, `profile-${i}`);
    await reader.close();
  },
);

test('a process that ended with its disk full left what another one goes on from', async () => {
  const folder = join(dir, 'b');
  const { next, failures } = fill(folder, 700, 'never');
  assert.ok(next > 0 && next < RECORDS);
  assert.deepEqual([...new Set(failures)], ['STATE_UNWRITABLE']);
  const { lane, sent } = world(folder, ['impressions'], { cachedKeys: 10_000 });
  const from = await lane.open('impressions');
  assert.equal(from, next);
  const more = Array.from({ length: BATCH }, (_, i) => ({
    offset: next + i,
    record: record(next + i, `profile-${i}`, 1000),
  }));
  await lane.process('impressions', more);
  await lane.store();
  assert.deepEqual([...new Set(sent.map(({ record: { value } }) => value))], [2]);
});
