import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderFrame, renderLine, type ViewState } from '../../../examples/demo/frame.ts';
import { createView } from '../../../examples/demo/view.ts';

const STATE: ViewState = {
  source: 'movielens-100k',
  phase: 'sending the first half',
  elapsedMs: 72_400,
  sentLines: 312_400,
  totalLines: 602_577,
  eventsPerSecond: 8_210.4,
  lagEvents: 1_204,
  freshnessMs: 412,
  viewVersion: 2,
  cutRecords: 178_176,
  top: [{ name: 'Star Wars', plays: { batch: 312, speed: 41, total: 353 } }],
};

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { written, out: { isTTY, columns: 100, write: (text: string) => written.push(text) } };
}

test('a frame shows rate, lag, freshness, cut and batch + speed = total', () => {
  const text = renderFrame(STATE, { width: 100, color: false }).join('\n');
  for (const part of ['MovieLens 100k', '01:12', '51 %', '8,210 events/s', '1,204 records', '412 ms']) {
    assert.ok(text.includes(part), `${part} is missing in\n${text}`);
  }
  assert.match(text, /version 2, its cut covers 178,176 records/);
  assert.match(text, /1 Star Wars +312 \+ +41 = +353/);
});

test('signals, what led to plays and what the audit found are shown as they come', () => {
  const state = {
    ...STATE,
    signals: { raised: { binge: 1_200 }, latest: ['profile-7: binge Drama'] },
    sources: { row: 310, none: 43 },
    audit: { figures: 96, findings: ['silent (producer=gateway-2)', 'late (producer=gateway-1)'] },
  };
  const text = renderFrame(state, { width: 100, color: false }).join('\n');
  assert.match(text, /binge 1,200/);
  assert.match(text, /profile-7: binge Drama/);
  assert.match(text, /row 310 · none 43/);
  assert.match(text, /96 figures, 2 found wrong, last: silent \(producer=gateway-2\)/);
  assert.match(renderLine(state), /signals binge 1,200 \| audit 96 figures/);
});

test('seeded data is called seeded, in the frame', () => {
  assert.match(renderFrame({ ...STATE, source: 'seeded' }, { width: 100, color: false })[0] ?? '', /SEEDED/);
});

test('no line is wider than a narrow terminal, and without colour there is no escape', () => {
  const long = {
    ...STATE,
    phase: 'x'.repeat(300),
    top: [{ ...STATE.top[0], name: 'y'.repeat(300) }],
  } as ViewState;
  for (const width of [48, 80, 160]) {
    for (const line of renderFrame(long, { width, color: true })) {
      assert.ok(stripVTControlCharacters(line).length <= width, `${width}: ${line}`);
    }
  }
  for (const line of renderFrame(STATE, { width: 80, color: false })) {
    assert.equal(stripVTControlCharacters(line), line);
  }
});

test('without a terminal it writes plain lines: on a new phase, and then only now and then', () => {
  const { written, out } = screen(false);
  let now = 0;
  const view = createView({ out, color: false, lineEveryMs: 1_000, now: () => now });
  view.update(STATE);
  view.draw();
  view.draw();
  assert.equal(written.length, 1);
  view.update({ phase: 'comparing' });
  view.draw();
  assert.equal(written.length, 2);
  now = 1_500;
  view.draw();
  assert.equal(written.length, 3);
  for (const line of written) assert.equal(stripVTControlCharacters(line), line);
  assert.match(renderLine(STATE), /Star Wars: 312 \+ 41 = 353/);
});

test('in a terminal each frame replaces the one before, and said lines stay above it', () => {
  const { written, out } = screen(true);
  const view = createView({ out, color: false });
  view.update(STATE);
  view.draw();
  view.draw();
  const frame = renderFrame(STATE, { width: 100, color: false }).length;
  assert.ok(written[1]?.startsWith(`\u001b[${frame}A\r\u001b[0J`));
  view.say('refresh 1 published');
  assert.ok(written[2]?.startsWith(`\u001b[${frame}A\r\u001b[0J`) && written[2].includes('refresh 1'));
  view.draw();
  assert.ok(!written[3]?.startsWith('\u001b['), 'the said line is not erased');
});
