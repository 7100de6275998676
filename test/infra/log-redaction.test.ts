import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogOptions } from '../../infra/log.ts';
import { makeKey } from '../../infra/keys/api-key.ts';

function logged(options: Partial<LogOptions>, say: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  say(createLog({ name: 'test', level: 'info', destination, ...options }));
  return lines.join('');
}
const parsed = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

test('credentials are taken out wherever they stand: fields, texts, errors, headers', () => {
  const { key } = makeKey();
  const line = logged({}, (log) =>
    log.info(
      {
        password: 'pass-1',
        a: { authorization: 'Basic secret-2' },
        b: { headers: { authorization: 'Bearer secret-3' } },
        err: new Error(`refused ${key} and Bearer opaque-token-4`),
      },
      `asked with ${JWT}`,
    ),
  );
  for (const secret of ['pass-1', 'secret-2', 'secret-3', 'opaque-token-4', key, JWT])
    assert.ok(!line.includes(secret), secret);
  assert.equal(parsed(line)['password'], '[redacted]');
  assert.match(String(parsed(line)['msg']), /asked with \[redacted\]/);
});

test('profile ids are told apart by a keyed hash, left out or named, as configured', () => {
  const say = (log: ReturnType<typeof createLog>): void =>
    log.info({ profileId: 'ada', at: { profileId: 'ada' }, path: '/v1/profiles/ada/home' }, 'x');
  const hashed = parsed(logged({ profileSecret: 's' }, say));
  const pseudonym = String(hashed['profileId']);
  assert.match(pseudonym, /^profile-[0-9a-f]{16}$/);
  assert.deepEqual(hashed['at'], { profileId: pseudonym });
  assert.equal(hashed['path'], `/v1/profiles/${pseudonym}/home`);
  assert.equal(
    parsed(logged({ profileSecret: 's' }, say))['profileId'],
    pseudonym,
    'the same in all processes',
  );
  assert.notEqual(parsed(logged({ profileSecret: 't' }, say))['profileId'], pseudonym);
  assert.notEqual(parsed(logged({}, say))['profileId'], parsed(logged({}, say))['profileId']);

  assert.ok(!logged({ profileIds: 'omit' }, say).includes('ada'));
  assert.equal(parsed(logged({ profileIds: 'plain' }, say))['path'], '/v1/profiles/ada/home');
});
