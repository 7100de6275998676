import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driftFigures } from '../../../domain/audit/drift-figures.ts';
import { createContractBook } from '../../../domain/contracts/contract-book.ts';
import { createDriftProfile } from '../../../domain/contracts/drift.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';

function profileOf(
  count: number,
  versionOf: (i: number) => string,
  deviceOf: (i: number) => string | undefined,
) {
  const profile = createDriftProfile();
  for (let i = 0; i < count; i++) {
    const device = deviceOf(i);
    profile.add({
      rawOffset: i,
      appendTime: 1_790_000_000_000 + i,
      timeStatus: 'ok',
      event: {
        kind: 'play_start',
        eventId: eventId(`e${i}`),
        eventTime: 1_790_000_000_000 + i,
        profileId: profileId('p'),
        country: country('SE'),
        titleId: titleId('t'),
        producer: 'web',
        appVersion: versionOf(i),
        ...(device === undefined ? {} : { device }),
      },
    });
  }
  return profile.snapshot();
}

test('an attribute that a new app version no longer sends is told by producer, version, kind and attribute', () => {
  const snapshot = profileOf(
    2000,
    (i) => (i < 1000 ? '1.0' : '1.1'),
    (i) => (i < 1000 ? 'tv' : undefined),
  );
  const told = driftFigures(snapshot, createContractBook([]));
  assert.deepEqual(
    told.map(({ scope, value, verdict }) => [scope, value, verdict]),
    [
      [
        {
          producer: 'web',
          appVersion: '1.1',
          kind: 'play_start',
          attribute: 'device',
          what: 'missing-by-mistake',
        },
        0,
        'missing-by-mistake:device',
      ],
    ],
  );
});

test('a producer that sends as before has no figure', () => {
  const snapshot = profileOf(
    2000,
    (i) => (i < 1000 ? '1.0' : '1.1'),
    () => 'tv',
  );
  assert.deepEqual(driftFigures(snapshot, createContractBook([])), []);
});
