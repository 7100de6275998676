import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnnouncer } from '../../../infra/hermes/announcer.ts';
import { MarqueeError } from '../../../domain/errors.ts';
import { generation, region } from '../../../domain/ids.ts';
import { parsePointer, viewName, viewVersion } from '../../../domain/views.ts';
import type { LogProducer, OutgoingTopic } from '../../../infra/kafka/producer-port.ts';

const POINTER = {
  view: viewName('popularity'),
  version: viewVersion(3),
  previous: viewVersion(2),
  announcedAt: '2026-10-01T00:00:00.000Z',
  manifestSha256: 'a'.repeat(64),
  pin: null,
};

test('an announcement is the pointer under the view’s name, and a broken producer is replaced', async () => {
  const sent: OutgoingTopic[] = [];
  let connections = 0;
  let closed = 0;
  const connect = async (): Promise<LogProducer> => {
    connections += 1;
    const works = connections > 1;
    return {
      async send(batch) {
        if (!works) throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'away' });
        sent.push(...batch);
        return [];
      },
      close: async () => void (closed += 1),
    };
  };
  const announcer = createAnnouncer({ region: region('eu'), generation: generation('g1'), connect });
  assert.equal(connections, 0);
  await assert.rejects(announcer.announce(POINTER), { code: 'LOG_UNAVAILABLE' });
  await announcer.announce(POINTER);
  await announcer.close();
  assert.deepEqual([connections, closed, sent.length], [2, 2, 1]);
  assert.equal(sent[0]?.topic, 'eu.announcements');
  const message = sent[0].messages[0];
  assert.equal(String(message?.key), 'popularity');
  assert.deepEqual(parsePointer(String(message?.value), POINTER.view), POINTER);
});
