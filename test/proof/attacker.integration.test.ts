/** One profile that sends a title a thousand times, through the API to the trending row, on real servers. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CAP_COUNT, CAP_WINDOW_MS } from '../../domain/measures.ts';
import { countsAnswer, rowAnswer, type CountsAnswer } from '../../serving/api/schemas.ts';
import { entry } from '../support/serving.ts';
import { startProcess, type MarqueeProcess } from '../support/pipeline.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const NAMES = ['ingest', 'extract', 'speed', 'serving'] as const;
const ATTACKS = 1000;
const BATCH = 200;
/** Honest plays by title, each by a profile of its own: gaps above two windows of the cap. */
const HONEST = { a: 24, b: 16, c: 8 } as const;

const running: MarqueeProcess[] = [];
let ingest = '';
let serving = '';

before(async () => {
  const folder = testConfig().dataDir;
  mkdirSync(folder, { recursive: true });
  const catalogue = join(folder, 'catalogue.ndjson');
  const lines = Object.keys(HONEST).map((id) => JSON.stringify(entry(id)));
  writeFileSync(catalogue, lines.join('\n'));
  const env = testEnvironment({ SERVING_CATALOG_PATH: catalogue, MARQUEE_BLOCK_SIZE: '256' });
  for (const name of NAMES) running.push(await startProcess(name, { env, logDir: join(folder, 'logs') }));
  ingest = running[0]!.url() ?? '';
  serving = running[3]!.url() ?? '';
});

after(() => Promise.all(running.map((one) => one.stop())));

async function send(titles: readonly { title: string; profile: string }[], name: string): Promise<void> {
  const eventTime = Date.now();
  const events = titles.map(({ title, profile }, i) => ({
    kind: 'play_start',
    eventId: `${name}-${i}`,
    eventTime,
    profileId: profile,
    country: 'SE',
    titleId: title,
  }));
  for (let from = 0; from < events.length; from += BATCH) {
    const response = await fetch(`${ingest}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events.slice(from, from + BATCH)),
    });
    assert.equal(response.ok, true, await response.text());
  }
}

const counts = async (title: string): Promise<CountsAnswer> =>
  countsAnswer.parse(await (await fetch(`${serving}/v1/titles/${title}/counts`)).json());

async function trending(): Promise<readonly { titleId: string; cappedPlays: number }[]> {
  const response = await fetch(`${serving}/v1/rows/trending?window=1h`);
  return rowAnswer.parse(await response.json()).items;
}

test(
  'a thousand plays by one profile are counted, and move no title in the row',
  { timeout: 240_000 },
  async () => {
    const honest = Object.entries(HONEST).flatMap(([title, count]) =>
      Array.from({ length: count }, (_, i) => ({ title, profile: `${title}-${i}` })),
    );
    await send(honest, 'honest');
    await until(async () => (await counts('c')).plays.total === HONEST.c, 60_000);
    await until(async () => (await trending()).length === 3, 60_000);
    const before = await trending();
    const window = Math.floor(Date.now() / CAP_WINDOW_MS);
    await send(
      Array.from({ length: ATTACKS }, () => ({ title: 'c', profile: 'attacker' })),
      'attack',
    );
    await until(async () => (await counts('c')).plays.total === HONEST.c + ATTACKS, 60_000);
    const windows = Math.floor(Date.now() / CAP_WINDOW_MS) - window + 1;
    const attacked = await counts('c');
    const most = HONEST.c + CAP_COUNT * windows;
    assert.ok(attacked.cappedPlays.total >= HONEST.c + CAP_COUNT && attacked.cappedPlays.total <= most);
    const profiles = HONEST.c + 1;
    assert.ok(Math.abs((attacked.distinctProfiles?.total ?? 0) - profiles) <= 1);
    await until(
      async () => (await trending()).some(({ cappedPlays }) => cappedPlays === attacked.cappedPlays.total),
      60_000,
    );
    assert.deepEqual(
      (await trending()).map(({ titleId }) => titleId),
      before.map(({ titleId }) => titleId),
    );
    assert.deepEqual(
      before.map(({ titleId, cappedPlays }) => [titleId, cappedPlays]),
      Object.entries(HONEST),
    );
  },
);
