import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import {
  describeNotice,
  draftNotice,
  NOTICE_ID,
  NOTICE_KINDS,
  noticeOfOutcome,
  parseNotice,
  serialiseNotice,
  stoppedNotice,
  type Notice,
} from '../../../domain/notices/notice.ts';
import { PARENT_MOVED } from '../../../domain/publishing.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';

const EU = region('eu');
const view = viewName('item-factors');
const v = viewVersion;
const at = '2026-02-03T04:05:06.000Z';
const fail = (reason: string): never => {
  throw new Error(reason);
};

test('an announced version is told as published, a stopped one as refused with rule and reason', () => {
  const published = noticeOfOutcome(EU, {
    ...{ outcome: 'announced', view, version: v(7), parent: v(6), rowCounts: {}, notified: true },
  });
  assert.deepEqual(
    [published?.kind, published?.version, published?.id],
    ['published', 7, 'eu-item-factors-published-7'],
  );
  const refusal = { rule: 'minimum-rows', reason: 'too few' };
  const refused = noticeOfOutcome(EU, { outcome: 'rejected', view, version: v(8), ...refusal });
  assert.deepEqual([refused?.kind, refused?.rule, refused?.reason], ['refused', 'minimum-rows', 'too few']);
});

test('nothing is told where nothing changed, nor where another run was faster', () => {
  assert.equal(noticeOfOutcome(EU, { outcome: 'unchanged', view, version: v(7) }), undefined);
  const lost = { outcome: 'rejected', view, version: v(8), rule: PARENT_MOVED, reason: 'x' } as const;
  assert.equal(noticeOfOutcome(EU, lost), undefined);
});

test('a run that came to no end has failed, also before it had a number, under an id that can be a key', () => {
  const failure = { rule: 'failed', reason: 'the lake is away' };
  const before = stoppedNotice({ region: EU, view, version: null }, failure, '0193-AB/Ü:run');
  assert.deepEqual([before.kind, before.version], ['failed', null]);
  assert.match(before.id, NOTICE_ID);
  const other = stoppedNotice({ region: EU, view, version: null }, failure, '0194-AB');
  assert.notEqual(before.id, other.id);
});

test('a notice of any kind is read again as it was written, and has its sentence', () => {
  for (const kind of NOTICE_KINDS) {
    const draft = draftNotice({
      ...{ kind, region: EU, view, version: v(3), served: v(2), rule: 'r', reason: 'why' },
      ...{ subscribers: ['a:1', 'b:2'], due: at, unique: 3 },
    });
    const notice: Notice = { ...draft, at };
    assert.deepEqual(parseNotice(serialiseNotice(notice), fail), notice);
    assert.match(describeNotice(notice), /item-factors/);
  }
});

test('what is no notice is refused', () => {
  const good: Notice = { ...draftNotice({ kind: 'pinned', region: EU, view, unique: 1 }), at };
  assert.deepEqual(parseNotice(JSON.stringify(good), fail), good);
  for (const change of [
    { id: '../x' },
    { kind: 'other' },
    { version: 0 },
    { at: 'soon' },
    { subscribers: [1] },
  ])
    assert.throws(() => parseNotice(JSON.stringify({ ...good, ...change }), fail), JSON.stringify(change));
  assert.throws(() => parseNotice('{', fail));
});
