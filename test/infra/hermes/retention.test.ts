import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { createRetention } from '../../../infra/hermes/retention.ts';
import { code, setUp, stage, v, view } from '../../support/view-repository.ts';

async function published(count: number, keep: number) {
  const { store, repository } = setUp();
  const announce = async (number: number): Promise<void> => {
    const parent = (await repository.readPointer(view))?.version ?? null;
    const runId = `run-${number}`;
    const version = await stage(repository, runId, parent);
    await repository.announce(view, version, { parent, runId });
  };
  for (let number = 1; number <= count; number += 1) await announce(number);
  const home = region('local');
  const retention = createRetention({ store, region: home, views: repository, rules: { keep } });
  const kept = async (): Promise<number[]> => {
    const keys = (await store.list('local/views/')).map(({ key }) => key);
    return keys.flatMap((key) => {
      const found = /\/versions\/(\d{8})\/parts\//.exec(key)?.[1];
      return found === undefined ? [] : [Number(found)];
    });
  };
  return { store, repository, retention, kept, announce };
}

test('parts of old versions go, the newest good ones stay, and history stays whole', async () => {
  const { retention, kept, repository } = await published(6, 2);
  const expired = await retention.expire(view);
  assert.deepEqual([expired.versions, expired.objects], [[2, 1], 2]);
  assert.ok(expired.bytes > 0);
  assert.deepEqual(await kept(), [3, 4, 5, 6]);
  const history = await repository.listVersions(view);
  assert.deepEqual(
    history.map(({ version, state }) => [version, state]),
    [
      [6, 'announced'],
      [5, 'backup'],
      [4, 'backup'],
      [3, 'backup'],
      [2, 'expired'],
      [1, 'expired'],
    ],
  );
  assert.equal((await repository.readManifest(view, v(1))).version, 1);
  assert.deepEqual((await retention.expire(view)).versions, []);
});

test('an expired version is neither pinned nor gone back to, and its number is not given again', async () => {
  const { retention, repository } = await published(3, 0);
  await retention.expire(view);
  await assert.rejects(repository.pin(view, v(1)), code('VIEW_REJECTED'));
  await repository.rollBack(view, v(3), { rule: 'operator', reason: 'bad' });
  assert.equal((await repository.readPointer(view))?.version, 2);
  await assert.rejects(
    repository.rollBack(view, v(2), { rule: 'operator', reason: 'bad' }),
    code('VIEW_NOT_FOUND'),
  );
  assert.equal(await repository.claimVersion(view, 'run-next'), 4);
});

test('after a crash between state and parts the next run removes them', async () => {
  const { repository, retention, kept } = await published(4, 0);
  await repository.expire(view, v(1));
  assert.deepEqual(await kept(), [1, 2, 3, 4]);
  assert.deepEqual((await retention.expire(view)).versions, [2, 1]);
  assert.deepEqual(await kept(), [3, 4]);
});

test('a version that somebody goes back to meanwhile is not removed', async () => {
  const { store, repository, kept } = await published(4, 0);
  const views = {
    ...repository,
    async expire(name: typeof view, version: ReturnType<typeof v>) {
      if (version === 1) await repository.pin(view, v(1));
      await repository.expire(name, version);
    },
  };
  const retention = createRetention({ store, region: region('local'), views, rules: { keep: 0 } });
  assert.deepEqual((await retention.expire(view)).versions, [2]);
  assert.deepEqual(await kept(), [1, 3, 4]);
});

test('what a run is at work on, and what is current, is left alone', async () => {
  const { repository, retention, kept } = await published(2, 0);
  await stage(repository, 'run-at-work', v(2));
  assert.deepEqual((await retention.expire(view)).versions, []);
  assert.deepEqual(await kept(), [1, 2, 3]);
  await assert.rejects(repository.expire(view, v(2)), code('REQUEST_INVALID'));
});

test('rows that are kept elsewhere go first, so that a removal that died is taken up again', async () => {
  const { store, repository, kept } = await published(4, 1);
  const removed: number[] = [];
  let isAway = true;
  const retention = createRetention({
    ...{ store, region: region('local'), views: repository, rules: { keep: 1 } },
    elsewhere: {
      [view]: {
        async remove(_view, version) {
          if (isAway) throw new MarqueeError('CASSANDRA_UNAVAILABLE', { reason: 'it is gone' });
          removed.push(version);
        },
      },
    },
  });
  await assert.rejects(retention.expire(view), code('CASSANDRA_UNAVAILABLE'));
  assert.deepEqual(await kept(), [1, 2, 3, 4]);
  isAway = false;
  assert.deepEqual((await retention.expire(view)).versions, [1]);
  assert.deepEqual([removed, await kept()], [[1], [2, 3, 4]]);
});
