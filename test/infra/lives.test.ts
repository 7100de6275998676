import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MarqueeError } from '../../domain/errors.ts';
import type { GenerationHistory, GenerationRecord } from '../../domain/generations.ts';
import { generation } from '../../domain/ids.ts';
import { loadConfig } from '../../infra/config.ts';
import { followGenerations } from '../../infra/generations/follow.ts';
import { runLives, type LifeEnd, type ServiceContext } from '../../infra/lives.ts';
import { silentLog } from '../../infra/log.ts';
import { until } from '../support/until.ts';

const CONFIG = loadConfig({
  ...{ KAFKA_BROKERS: 'unused:1', TEMPORAL_ADDRESS: 'unused:1', S3_ENDPOINT: 'http://unused' },
  ...{ AWS_ACCESS_KEY_ID: 'unused', AWS_SECRET_ACCESS_KEY: 'unused', ICEBERG_CATALOG_URI: 'http://unused' },
  ...{ MARQUEE_DATA_DIR: '/nonexistent', MARQUEE_PARTITIONS: '2', MARQUEE_SHUTDOWN_TIMEOUT_MS: '100' },
});
const record = (name: string, partitions: number, state: GenerationRecord['state']): GenerationRecord => ({
  ...{ generation: generation(name), partitions, blockSize: 1024, state, ends: {}, sealedAt: null },
});
const UNDER_WAY = [record('g1', 2, 'closing'), record('g2', 4, 'open')];
const SEALED = [record('g1', 2, 'sealed'), record('g2', 4, 'open')];
const gone = (): never => {
  throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: 'generations', reason: 'gone' });
};

/** A process whose doings are written down. */
function bench(
  t: TestContext,
  build: (context: ServiceContext, life: number) => Promise<void> | void = () => undefined,
  first: GenerationHistory = [],
) {
  const said: string[] = [];
  const stuck: LifeEnd[] = [];
  const stopping = Promise.withResolvers<void>();
  let read: () => GenerationHistory = () => first;
  let lives = 0;
  const ended = runLives({
    ...{ name: 'it', config: CONFIG, log: silentLog(), stopped: stopping.promise },
    onStuck: (end) => stuck.push(end),
    openGenerations: (onChange) =>
      followGenerations({
        read: () => Promise.resolve().then(() => read()),
        ...{ pollIntervalMs: 5, onChange, log: silentLog() },
      }),
    async build(context) {
      const at = `${context.config.generation} of ${context.config.partitions}`;
      said.push(`begin ${at}`);
      context.onClose(() => {
        said.push(`end ${at}`);
      });
      await build(context, ++lives);
    },
  });
  const stop = async (): Promise<LifeEnd> => {
    stopping.resolve();
    return ended;
  };
  t.after(stop);
  return { said, stuck, stop, ended, become: (next: () => GenerationHistory) => (read = next) };
}

test('a process goes over to the next generation once the one before is sealed, closing in order', async (t) => {
  const one = bench(t);
  await until(() => one.said.length === 1);
  one.become(() => UNDER_WAY);
  one.become(() => SEALED);
  await until(() => one.said.length === 3);
  assert.equal(await one.stop(), 'stopped');
  assert.deepEqual(one.said, ['begin g1 of 2', 'end g1 of 2', 'begin g2 of 4', 'end g2 of 4']);
});

test('a change that is under way, or a store that is gone, ends nothing', async (t) => {
  const one = bench(t);
  await until(() => one.said.length === 1);
  let asked = 0;
  one.become(() => (asked++, UNDER_WAY));
  await until(() => asked > 3);
  one.become(() => (asked++, gone()));
  await until(() => asked > 6);
  assert.deepEqual(one.said, ['begin g1 of 2']);
});

test('a process that is started during or after a change begins where events are read', async (t) => {
  for (const [history, begin] of [
    [UNDER_WAY, 'begin g1 of 2'],
    [SEALED, 'begin g2 of 4'],
  ] as const) {
    const one = bench(t, undefined, history);
    await until(() => one.said.length === 1);
    assert.deepEqual(one.said, [begin]);
    await one.stop();
  }
});

test('what fails for good ends the process, what can be tried again does not', async (t) => {
  const hopeless = bench(t, ({ fail }) => fail(new Error('no more')));
  assert.equal(await hopeless.ended, 'failed');
  const patient = bench(t, (_context, life) => {
    if (life === 1) gone();
  });
  await until(() => patient.said.length === 3);
  assert.deepEqual(patient.said, ['begin g1 of 2', 'end g1 of 2', 'begin g1 of 2']);
});

test('where the generation before still owes a checkpoint, the process goes back to write it', async (t) => {
  const owing = new MarqueeError('GENERATION_NOT_SEALED', { generation: 'g1', what: 'a checkpoint' });
  const owes = ({ fail }: ServiceContext, life: number): void => {
    if (life === 1) fail(owing);
  };
  const one = bench(t, owes, SEALED);
  await until(() => one.said.length === 3);
  await one.stop();
  assert.deepEqual(one.said, ['begin g2 of 4', 'end g2 of 4', 'begin g1 of 2', 'end g1 of 2']);
});

test('who cannot close in time is told why: a restart is wanted after a change', async (t) => {
  const gate = Promise.withResolvers<void>();
  const one = bench(t, ({ onClose }, life) => {
    if (life === 1) onClose(() => gate.promise);
  });
  await until(() => one.said.length === 1);
  one.become(() => SEALED);
  await until(() => one.stuck.length > 0);
  gate.resolve();
  assert.deepEqual(one.stuck, ['changed']);
});
