import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuditState } from '../../../domain/audit/state.ts';
import { positionOf, takeClean } from '../../../domain/audit/take.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createAuditStore, openAuditStates } from '../../../streaming/audit/audit-store.ts';
import { BEGIN, entriesOf, LIMITS } from '../../domain/audit/audited-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-audit-store-'));
const states = openAuditStates(folder, () => assert.fail('nothing is torn'));
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

test('a state that was torn is discarded and begun anew', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-audit-torn-'));
  const whole = openAuditStates(dir, () => assert.fail('nothing is torn'));
  const store = createAuditStore(whole.partition(0));
  await store.load(LIMITS.windowMs);
  const state = createAuditState(BEGIN, LIMITS.windowMs);
  takeAll(state, 0, 300);
  await store.save(state, LIMITS.windowMs);
  await whole.close();
  const path = join(dir, '0', 'data.mdb');
  truncateSync(path, statSync(path).size - 8192);

  const discarded: number[] = [];
  const torn = openAuditStates(dir, (partition) => discarded.push(partition));
  assert.equal(await createAuditStore(torn.partition(0)).load(LIMITS.windowMs), undefined);
  assert.deepEqual(discarded, [0]);
  await torn.close();
  rmSync(dir, { recursive: true });
});
