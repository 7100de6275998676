import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { auditObjects, type ObjectAudit } from '../../../batch/erasure/audit-objects.ts';
import { profileId, region } from '../../../domain/ids.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { encodePart } from '../../../infra/state/checkpoint-part.ts';

const HOME = region('home');
const [PROFILE, OTHER] = [profileId('u-4711-of-home'), profileId('u-4711-of-home-2')];
const PART = 'checkpoints/keyed/attribution/g1/0/v1/parts/one';

/** What is found where these objects lie, beside the erasures' own. */
async function audit(
  objects: Readonly<Record<string, Uint8Array | string>>,
  hasReturned = false,
): Promise<ObjectAudit> {
  const store = createMemoryObjectStore();
  for (const [key, body] of Object.entries({ ...objects, 'erasures/requests/x': PROFILE }))
    await store.put(`${HOME}/${key}`, Buffer.from(body));
  await store.put(`elsewhere/views/x`, Buffer.from(PROFILE));
  const lake = { read: () => assert.fail('no Parquet is here') };
  return auditObjects({ store, bucket: 'b', region: HOME, lake }, PROFILE, hasReturned);
}
const partOf = async (...keys: readonly string[]): Promise<Uint8Array> =>
  (await encodePart(keys.map((key) => ({ key, value: Buffer.from('state') })))).body;

test('a profile is found in checkpoints by its key, and in anything else by its id, packed or not', async () => {
  const note = JSON.stringify({ of: PROFILE });
  const { findings, objects, keys } = await audit({
    [PART]: await partOf(OTHER, PROFILE),
    'work/run/plain.json': note,
    'views/popularity/packed': zstdCompressSync(Buffer.from(note)),
  });
  assert.deepEqual(
    findings.toSorted((a, b) => (a.place < b.place ? -1 : 1)),
    [
      { place: `object/${PART}`, found: 1, as: 'key' },
      { place: 'object/views/popularity/packed', found: 1, as: 'id' },
      { place: 'object/work/run/plain.json', found: 1, as: 'id' },
    ],
  );
  assert.deepEqual([objects, keys], [3, 2]);
});

test('others are not it, and what was read is told although nothing was found', async () => {
  const { findings, objects, keys } = await audit({ [PART]: await partOf(OTHER), 'views/x': `of ${OTHER}` });
  assert.deepEqual([findings, objects, keys], [[], 2, 1]);
});

test('of a returning member the state is theirs, and no finding', async () => {
  const { findings, keys } = await audit({ [PART]: await partOf(PROFILE), 'views/x': PROFILE }, true);
  assert.deepEqual([findings, keys], [[], 1]);
});
