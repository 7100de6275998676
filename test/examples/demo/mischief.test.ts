import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEvent } from '../../../domain/events/validate.ts';
import { generateEvents } from '../../../examples/demo/generator.ts';
import { eventLines, MALFORMED, MISCHIEF_DEFAULTS } from '../../../examples/demo/mischief.ts';
import { OPTIONS, SMALL_DATA } from './small-data.ts';

const EVENTS = [...generateEvents(SMALL_DATA, OPTIONS)];
const SETTINGS = { ...MISCHIEF_DEFAULTS, seed: 5, malformedEvery: 500 };
const LINES = [...eventLines(EVENTS, SETTINGS)];

test('every event is there, and about half a per cent of them once more, later', () => {
  const seen = new Map<string, number>();
  for (const line of LINES) seen.set(line, (seen.get(line) ?? 0) + 1);
  let repeated = 0;
  for (const event of EVENTS) {
    const times = seen.get(`${JSON.stringify(event)}\n`);
    assert.ok(times === 1 || times === 2);
    if (times === 2) repeated += 1;
  }
  assert.ok(repeated > 0.003 * EVENTS.length && repeated < 0.008 * EVENTS.length, `${repeated} repeated`);
});

test('each malformed line is one that the contract refuses, and none hides a newline', () => {
  const events = new Set(EVENTS.map((event) => `${JSON.stringify(event)}\n`));
  const others = LINES.filter((line) => !events.has(line));
  assert.equal(others.length, Math.min(SETTINGS.malformedLimit, Math.floor(EVENTS.length / 500)));
  assert.ok(others.length >= MALFORMED.length, 'each sort of malformed line is tried');
  for (const line of others) {
    assert.equal(parseEvent(line).ok, false, line);
    assert.equal(line.indexOf('\n'), line.length - 1);
  }
});
