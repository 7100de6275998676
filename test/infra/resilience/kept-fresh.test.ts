import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepFresh, type KeptFresh } from '../../../infra/resilience/kept-fresh.ts';
import { silentLog } from '../../../infra/log.ts';

interface World {
  answer: () => Promise<string>;
  now: number;
  asked: number;
}

async function keep(world: World): Promise<KeptFresh<string>> {
  return keepFresh({
    async read() {
      world.asked += 1;
      return world.answer();
    },
    ...{ everyMs: 60_000, maxAgeMs: 1000, about: {}, warning: 'not read', now: () => world.now },
    log: silentLog(),
  });
}

const failing = (): Promise<string> => Promise.reject(new Error('gone'));

test('what was last read holds while reading fails, until it is too old', async (t) => {
  const world: World = { answer: () => Promise.resolve('first'), now: 5000, asked: 0 };
  const kept = await keep(world);
  t.after(() => kept.close());
  world.answer = failing;
  world.now += 1000;
  await kept.reload();
  assert.equal(kept.current(), 'first');
  assert.equal(kept.askedAt(), 6000);
  world.now += 1;
  assert.equal(kept.current(), undefined);
  world.answer = () => Promise.resolve('second');
  await kept.reload();
  assert.equal(kept.current(), 'second');
});

test('before the first reading that succeeds there is nothing, and nothing is thrown', async (t) => {
  const kept = await keep({ answer: failing, now: 0, asked: 0 });
  t.after(() => kept.close());
  assert.equal(kept.current(), undefined);
});

test('those who ask while a reading is under way wait for it', async (t) => {
  const answer = Promise.withResolvers<string>();
  const world: World = { answer: () => Promise.resolve('first'), now: 0, asked: 0 };
  const kept = await keep(world);
  t.after(() => kept.close());
  world.answer = () => answer.promise;
  const both = [kept.reload(), kept.reload()];
  answer.resolve('second');
  await Promise.all(both);
  assert.equal(world.asked, 2);
  assert.equal(kept.current(), 'second');
});
