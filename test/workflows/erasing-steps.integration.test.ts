/** The workflow of an erasure with activities that are made up: what it waits for, how it ends, and what a killed try leaves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Activities } from '../../activities/activities.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ErasureFinding, ErasureReport } from '../../domain/erasure/report.ts';
import { WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import { guarded } from '../../activities/guard.ts';
import { startSkippingTemporal, type SkippingTemporal } from '../support/workflows.ts';

let server: SkippingTemporal;
before(async () => {
  server = await startSkippingTemporal();
});
after(() => server.close());

const DAY_MS = 86_400_000;
const FOUND: ErasureFinding = { place: 'lake/plays', found: 3, as: 'id' };

/** Each name's first call fails as if its worker had been killed, where `isKilled`. */
function world(isKilled = false) {
  const calls: string[] = [];
  const failed = new Set<string>();
  let [behind, findings, trims] = [0, 0, 0];
  const step = <T>(name: string, answer: () => T) => [
    name,
    () => {
      if (isKilled && !failed.has(name)) {
        failed.add(name);
        return Promise.reject(new MarqueeError('LAKE_UNAVAILABLE', { reason: 'the worker is gone' }));
      }
      calls.push(name);
      return Promise.resolve(answer());
    },
  ];
  const ends = { plays: [4] };
  const activities = Object.fromEntries([
    step('markErasure', () => ({
      requestedAt: '',
      tables: ['plays'],
      drain: { of: 'extract', ends: { 'raw-events': [4] } },
    })),
    step('behindErasure', () => (behind-- > 0 ? ['sink stands at 1 of 4 in plays/0'] : [])),
    step('logEnds', () => ends),
    step('excludeErased', () => 1),
    step('rewriteErased', () => ({ table: 'plays', rows: 3, files: 1 })),
    step('expireErased', () => ({ snapshots: 1, files: 2 })),
    step('versionsWithErased', () => []),
    step('eraseLetters', () => 1),
    step('trimLogs', () => ({ records: 5, waitsFor: trims-- > 0 ? ['plays/0'] : [] })),
    step('auditErasure', () => ({ read: { rows: 9 }, findings: findings-- > 0 ? [FOUND] : [] })),
    step('surveyErasure', () => ({ read: { rows: 9 }, findings: [FOUND] })),
    ['endErasure', (told: object) => Promise.resolve({ ...told, endedAt: '2026-01-01T00:00:00Z' })],
  ]) as unknown as Partial<Activities>;
  return {
    calls,
    activities: guarded(activities as never),
    set: (of: { behind?: number; findings?: number; trims?: number }) => {
      behind = of.behind ?? 0;
      findings = of.findings ?? 0;
      trims = of.trims ?? 0;
    },
  };
}

async function run(made: ReturnType<typeof world>, dryRun = false): Promise<ErasureReport> {
  const { temporal, worker } = server.session();
  const running = await worker(made.activities);
  try {
    const request = { id: 'e.0', dryRun, deadlineMs: DAY_MS, graceMs: 3_600_000, pollMs: 5000 };
    const { taskQueue, client } = temporal;
    const workflowId = `eu:erase:${taskQueue}`;
    const options = { workflowId, taskQueue, args: [request] };
    return (await client.workflow.execute(WORKFLOW_TYPES.erase, options)) as ErasureReport;
  } finally {
    await running.stop();
  }
}

test('every step is done, those that are waited for again and again', async () => {
  const made = world();
  made.set({ behind: 3, trims: 2 });
  const report = await run(made);
  assert.equal(report.outcome, 'done');
  assert.deepEqual(report.tables, [{ table: 'plays', rows: 3, files: 1 }]);
  assert.deepEqual([report.snapshotsExpired, report.filesRemoved, report.recordsTrimmed], [1, 2, 15]);
  assert.equal(made.calls.filter((name) => name === 'behindErasure').length, 6);
});

test('a worker that is lost in each of the steps changes nothing', async () => {
  const [whole, killed] = [world(), world(true)];
  const told = ({ tables, audit, outcome }: ErasureReport): unknown => ({ tables, audit, outcome });
  assert.deepEqual(told(await run(killed)), told(await run(whole)));
  assert.deepEqual(killed.calls, whole.calls);
});

test('what the audit finds is taken out again before it is looked once more', async () => {
  const made = world();
  made.set({ findings: 1 });
  const report = await run(made);
  assert.deepEqual([report.outcome, report.audit.findings], ['done', []]);
  const last = ['auditErasure', 'rewriteErased', 'expireErased', 'versionsWithErased', 'auditErasure'];
  assert.deepEqual(made.calls.slice(-last.length), last);
});

test('past the deadline it ends overdue, with what is still found', async () => {
  const made = world();
  made.set({ findings: Infinity });
  const report = await run(made);
  assert.deepEqual([report.outcome, report.audit.findings], ['overdue', [FOUND]]);
});

test('a dry run counts, and changes nothing', async () => {
  const made = world();
  const report = await run(made, true);
  assert.deepEqual([report.outcome, report.audit.findings], ['dry-run', [FOUND]]);
  assert.deepEqual(made.calls, ['surveyErasure']);
});
