import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuditState } from '../../../domain/audit/state.ts';
import { positionOf, takeClean } from '../../../domain/audit/take.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { AUDIT_STATE_VERSION, createAuditStore } from '../../../streaming/audit/audit-store.ts';
import { BEGIN, entriesOf, LIMITS } from '../../domain/audit/audited-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-audit-store-'));
const states = createLmdbKeyedStates<Uint8Array>(folder, AUDIT_STATE_VERSION);
after(async () => {
  await states.close();
  rmSync(folder, { recursive: true });
});

const entries = entriesOf({ producers: { web: { perSecond: 5 } }, faultAt: BEGIN, end: BEGIN + 60_000 });

function takeAll(state: ReturnType<typeof createAuditState>, from: number, to: number): void {
  entries.slice(from, to).forEach((entry, i) => {
    if (entry.type !== 'clean') return;
    const place = { partition: 0, offset: from + i };
    takeClean(state, 'plays', place, { ...entry.record, rawOffset: from + i }, LIMITS);
  });
}

test('windows, positions and what outlives a window come back as they were stored, in one piece', async () => {
  const store = createAuditStore(states.partition(0));
  assert.equal(await store.load(LIMITS.windowMs), undefined);
  const state = createAuditState(BEGIN, LIMITS.windowMs);
  takeAll(state, 0, 150);
  const saving = store.save(state, LIMITS.windowMs);
  // What is folded while the transaction waits is not in it.
  takeAll(state, 150, 200);
  await saving;
  const found = await createAuditStore(states.partition(0)).load(LIMITS.windowMs);
  assert.ok(found !== undefined);
  assert.equal(positionOf(found, 'plays', 0).next, 150);
  const records = [...found.windows.values()].reduce((sum, { total }) => sum + total, 0);
  assert.equal(records, 150);
  assert.equal(found.sequences.get('web')?.top, 149);
});

test('who lost the state to another cannot store any more', async () => {
  const first = createAuditStore(states.partition(1));
  await first.load(LIMITS.windowMs);
  await createAuditStore(states.partition(1)).load(LIMITS.windowMs);
  const state = createAuditState(BEGIN, LIMITS.windowMs);
  await assert.rejects(first.save(state, LIMITS.windowMs), (error) => isMarqueeError(error, 'STATE_MOVED'));
});

test('state of windows of another length is begun anew', async () => {
  const store = createAuditStore(states.partition(2));
  await store.load(LIMITS.windowMs);
  await store.save(createAuditState(BEGIN, LIMITS.windowMs), LIMITS.windowMs);
  assert.equal(await store.load(LIMITS.windowMs * 2), undefined);
  assert.notEqual(await store.load(LIMITS.windowMs), undefined);
});
