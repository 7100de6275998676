import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureRecord } from '../../../domain/audit/figure.ts';
import { summariseAudit } from '../../../domain/audit/summary.ts';
import { auditLines } from '../../../infra/cli/audit-text.ts';

const window = { start: Date.UTC(2026, 0, 1, 12), end: Date.UTC(2026, 0, 1, 12, 0, 10), version: 1 };
const plain = (_style: string, text: string): string => text;

test('what is wrong stands first, with who causes it and since when', () => {
  const lines = auditLines(
    summariseAudit([
      figureRecord(
        {
          metric: 'finding',
          scope: { producer: 'web', what: 'missing:titleId' },
          value: 0.25,
          weight: 40,
          verdict: 'missing:titleId',
        },
        window,
      ),
      figureRecord(
        {
          metric: 'finding',
          scope: { producer: 'tv', what: 'silent' },
          value: 42,
          weight: 0,
          verdict: 'silent',
        },
        window,
      ),
      figureRecord(
        { metric: 'records', scope: { topic: 'plays', producer: 'web' }, value: 30, weight: 30 },
        window,
      ),
    ]),
    plain,
  );
  assert.equal(lines[0], '2 wrong');
  assert.match(lines[1]!, /^web +missing:titleId +25.0 % of 40 +12:00:00 to 12:00:10$/);
  assert.match(lines[2]!, /^tv +silent +42 s/);
  assert.ok(lines.some((line) => /^web +30 +3\.0/.test(line)));
});

test('nothing told is no line at all, and no finding says so', () => {
  assert.deepEqual(auditLines(summariseAudit([]), plain), []);
  const quiet = figureRecord(
    { metric: 'records', scope: { topic: 'plays', producer: 'web' }, value: 1, weight: 1 },
    window,
  );
  assert.equal(auditLines(summariseAudit([quiet]), plain)[0], 'nothing is wrong');
});
