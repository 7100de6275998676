import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { silentLog } from '../../../infra/log.ts';
import { followTopic, type OpenReader } from '../../../infra/kafka/follow-topic.ts';
import { until } from '../../support/until.ts';

interface Opened {
  readonly options: Parameters<OpenReader>[0];
  readonly fail: (error: Error) => void;
}

/** Every reader that was opened; each has read partition 0 up to 40 when it ends. */
function createDouble(): { open: OpenReader; opened: Opened[] } {
  const opened: Opened[] = [];
  return {
    opened,
    open(options) {
      const closing: PromiseWithResolvers<void> = Promise.withResolvers();
      opened.push({ options, fail: closing.reject });
      return Promise.resolve({
        caughtUp: Promise.resolve(),
        closed: closing.promise,
        positions: () => new Map([[0, 40]]),
        stop() {
          closing.resolve();
          return Promise.resolve();
        },
      });
    },
  };
}

test('a reader that ends is followed by another one that goes on where it was', async () => {
  const { open, opened } = createDouble();
  const follower = followTopic({ open, log: silentLog(), onRecords: () => undefined });
  await until(() => opened.length === 1);
  opened[0]?.options.onCaughtUp?.();
  opened[0]?.fail(new MarqueeError('LOG_UNAVAILABLE', { reason: 'gone' }));
  await until(() => opened.length === 2);
  assert.deepEqual([...(opened[1]?.options.fromOffsets ?? [])], [[0, 40]]);
  assert.equal(follower.status().isCaughtUp, true);
  await follower.close();
});

test('a log that ends before where we had read to is another one: all is forgotten and read anew', async () => {
  const { open, opened } = createDouble();
  let resets = 0;
  const onReset = (): void => {
    resets += 1;
  };
  const follower = followTopic({ open, log: silentLog(), onRecords: () => undefined, onReset });
  await until(() => opened.length === 1);
  opened[0]?.options.onCaughtUp?.();
  opened[0]?.fail(new MarqueeError('LOG_TRUNCATED', { topic: 't', partition: 0, end: 3, position: 40 }));
  await until(() => opened.length === 2);
  assert.deepEqual([...(opened[1]?.options.fromOffsets ?? [])], []);
  assert.equal(resets, 1);
  assert.equal(follower.status().isCaughtUp, false);
  await follower.close();
});

test('a Kafka that never answers holds nothing up, neither the start nor the end', async () => {
  const open: OpenReader = () => new Promise(() => undefined);
  const follower = followTopic({ open, log: silentLog(), onRecords: () => undefined });
  assert.deepEqual(follower.status(), { isCaughtUp: false, silentMs: Infinity });
  const begun = performance.now();
  await follower.close();
  await follower.caughtUp;
  assert.ok(performance.now() - begun < 5000);
});
