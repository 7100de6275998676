/** A proxy before S3 loses replies: what was done is known as done all the same, and what was not, as not. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import { viewName } from '../../../domain/views.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import type { ObjectStore, PutCondition } from '../../../infra/object-store/port.ts';
import {
  createS3ObjectStore,
  type S3ObjectStore,
  type S3ObjectStoreOptions,
} from '../../../infra/object-store/s3.ts';
import { startReplyProxy, type ReplyFault, type ReplyProxy } from '../../support/object-store-proxy.ts';
import { bodyOf, exampleManifest, publish } from '../../support/object-store-views.ts';
import { inLanes, type Finding, type Say } from './finding.ts';

export interface LostRepliesSettings {
  readonly s3: S3ObjectStoreOptions;
  readonly region: Region;
  /** Puts under a condition whose outcome is judged. */
  readonly decisions: number;
  /** Whole publications whose every put loses its reply. */
  readonly publications: number;
  /** Puts of a bare client, for comparison. */
  readonly bare: number;
  readonly say: Say;
}

const FAULTS = ['drop', 'stall', 'late', 'twice'] as const satisfies readonly ReplyFault[];
/** Nobody else writes; somebody wrote before; somebody writes at the same moment. */
const SITUATIONS = ['alone', 'beaten', 'at-once'] as const;
const CONDITIONS = ['if-absent', 'if-match'] as const;
const TIMEOUT_MS = 1500;
const LANES = 8;
/** By then what was sent late has arrived. */
const LATE_MS = 600;
const PUTS = ['claim.json', 'parts/part-0', 'parts/part-1', 'manifest.json', 'status.json', 'pointer.json'];

interface Place {
  readonly proxy: ReplyProxy;
  readonly proxied: S3ObjectStore;
  readonly direct: S3ObjectStore;
}

export async function proveLostReplies(settings: LostRepliesSettings): Promise<Finding> {
  const { s3, say } = settings;
  const { hostname, port } = new URL(s3.endpoint);
  const proxy = await startReplyProxy({ host: hostname, port: Number(port) });
  const behind = { ...s3, endpoint: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: TIMEOUT_MS };
  const proxied = createS3ObjectStore(behind);
  const place: Place = { proxy, proxied, direct: createS3ObjectStore(s3) };
  try {
    const decided = await decide(place, settings);
    say(`${decided.figures['decisions']} decisions, ${decided.figures['right_decisions']} right`);
    const published = await publishAll(place, settings);
    const overtaken = await overtake(place, settings);
    const bare = await bareClient(place, behind, settings);
    return {
      figures: {
        ...decided.figures,
        ...published.figures,
        ...overtaken.figures,
        ...bare,
        replies_lost: proxy.harmed(),
      },
      differences: [...decided.differences, ...published.differences, ...overtaken.differences],
    };
  } finally {
    proxied.close();
    place.direct.close();
    await proxy.close();
  }
}

async function decide(place: Place, { region, decisions }: LostRepliesSettings): Promise<Finding> {
  const differences: string[] = [];
  let right = 0;
  await inLanes(
    Array.from({ length: decisions }, (_, i) => i),
    LANES,
    async (nth) => {
      const fault = FAULTS[nth % FAULTS.length]!;
      const condition = CONDITIONS[(nth >> 2) % CONDITIONS.length]!;
      const situation = SITUATIONS[(nth >> 3) % SITUATIONS.length]!;
      const wrong = await decideOne(place, `${region}/decisions/${nth}`, { fault, condition, situation });
      if (wrong === undefined) right += 1;
      else differences.push(`put ${nth} (${fault}, ${condition}, ${situation}): ${wrong}`);
    },
  );
  return { figures: { decisions, right_decisions: right }, differences };
}

interface Case {
  readonly fault: ReplyFault;
  readonly condition: (typeof CONDITIONS)[number];
  readonly situation: (typeof SITUATIONS)[number];
}

/** What was wrong about the decision, if anything was. */
async function decideOne(
  { proxy, proxied, direct }: Place,
  key: string,
  { fault, condition, situation }: Case,
): Promise<string | undefined> {
  let required: PutCondition = { ifAbsent: true };
  if (condition === 'if-match') required = { ifMatch: (await direct.put(key, bodyOf('before'))).etag };
  if (situation === 'beaten') await direct.put(key, bodyOf('theirs'));
  const harmedBefore = proxy.harmed();
  proxy.harm('PUT', fault, 1, key);
  const [mine, theirs] = await Promise.all([
    verdictOf(proxied, key, 'mine', required),
    situation === 'at-once' ? verdictOf(direct, key, 'theirs', required) : 'lost',
  ]);
  if (fault === 'late') await sleep(LATE_MS);
  const found = await direct.get(key);
  const holder = found && Buffer.from(found.body).toString();
  if (proxy.harmed() === harmedBefore) return 'no reply was lost';
  if (mine === 'unknown' || theirs === 'unknown') return 'a writer was not told';
  if ((mine === 'won') !== (holder === 'mine')) return `told ${mine}, and ${holder} is there`;
  if ((theirs === 'won') !== (holder === 'theirs') && situation === 'at-once')
    return `the other was told ${theirs}, and ${holder} is there`;
  if (situation === 'alone' && mine !== 'won') return 'nobody else wrote, and it lost';
  return situation === 'beaten' && mine !== 'lost' ? 'it was beaten, and won' : undefined;
}

async function verdictOf(
  store: ObjectStore,
  key: string,
  text: string,
  condition: PutCondition,
): Promise<'won' | 'lost' | 'unknown'> {
  try {
    await store.put(key, bodyOf(text), condition);
    return 'won';
  } catch (error) {
    if (isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) return 'lost';
    if (isMarqueeError(error, 'OBJECT_STORE_UNAVAILABLE')) return 'unknown';
    throw error;
  }
}

/** Each version is announced once, whatever replies were lost on its way. */
async function publishAll(place: Place, { region, publications }: LostRepliesSettings): Promise<Finding> {
  const differences: string[] = [];
  const through = createViewRepository({ store: place.proxied, region });
  const views = Array.from({ length: Math.min(4, publications) }, (_, i) => viewName(`lossy-${i}`));
  let announced = 0;
  await inLanes(views, views.length, async (view) => {
    const own = Math.ceil(publications / views.length);
    for (let nth = 0; nth < own; nth += 1) {
      const fault = FAULTS[nth % FAULTS.length]!;
      for (const key of PUTS)
        place.proxy.harm(
          'PUT',
          fault,
          1,
          `${view}/${key === 'pointer.json' ? key : `versions/${String(nth + 1).padStart(8, '0')}/${key}`}`,
        );
      await publish(through, view, `run-${nth}`, { 'part-0': `${nth}`, 'part-1': 'same' }, region);
      await sleep(fault === 'late' ? LATE_MS : 0);
    }
    const states = (await createViewRepository({ store: place.direct, region }).listVersions(view, own + 1))
      .toReversed()
      .map(({ runId, state }) => `${runId} ${state}`);
    const expected = Array.from(
      { length: own },
      (_, nth) => `run-${nth} ${nth === own - 1 ? 'announced' : 'backup'}`,
    );
    if (states.join() === expected.join()) announced += own;
    else differences.push(`${view}: versions are ${states.join(', ')}`);
  });
  return { figures: { publications: announced }, differences };
}

/** The pointer moved, the reply is lost, and before the writer looks another version is announced after it. */
async function overtake(
  { proxy, proxied, direct }: Place,
  { region, publications }: LostRepliesSettings,
): Promise<Finding> {
  const differences: string[] = [];
  const [through, beside] = [proxied, direct].map((store) => createViewRepository({ store, region })) as [
    ViewRepository,
    ViewRepository,
  ];
  const times = Math.ceil(publications / 4);
  const view = viewName('overtaken');
  for (let nth = 0; nth < times; nth += 1) {
    const runId = `slow-${nth}`;
    const version = await beside.claimVersion(view, runId);
    const parent = (await beside.readPointer(view))?.version ?? null;
    await beside.putPart(view, version, 'part-0', bodyOf(runId));
    await beside.putManifest(exampleManifest(view, version, { 'part-0': runId }, parent, region));
    await beside.verify(view, version);
    proxy.harm('PUT', 'stall', 1, 'overtaken/pointer.json');
    const slow = through.announce(view, version, { parent, runId }).then(
      () => 'announced',
      (error: unknown) => (isMarqueeError(error) ? error.code : String(error)),
    );
    while ((await beside.readPointer(view))?.version !== version) await sleep(20);
    const next = await publish(beside, view, `quick-${nth}`, { 'part-0': 'q' }, region);
    const [told, state] = [await slow, await beside.readState(view, version)];
    if (told !== 'announced' || state !== 'backup' || (await beside.readPointer(view))?.version !== next)
      differences.push(`overtaken ${nth}: told ${told}, and the version is ${state}`);
  }
  return { figures: { overtaken: times }, differences };
}

/** What the SDK says of itself, which repeats a put whose reply was lost: of so many that were done, how many it called refused. */
async function bareClient(
  { proxy, direct }: Place,
  { endpoint, region: awsRegion, accessKeyId, secretAccessKey, bucket }: S3ObjectStoreOptions,
  { region, bare }: LostRepliesSettings,
): Promise<Finding['figures']> {
  const client = new S3Client({
    ...{ endpoint, region: awsRegion, forcePathStyle: true, maxAttempts: 3 },
    credentials: { accessKeyId, secretAccessKey },
  });
  let wrong = 0;
  try {
    for (let nth = 0; nth < bare; nth += 1) {
      const Key = `${region}/bare/${nth}`;
      proxy.harm('PUT', 'drop', 1, Key);
      const put = new PutObjectCommand({ Bucket: bucket, Key, Body: 'mine', IfNoneMatch: '*' });
      const isRefused = await client.send(put).then(
        () => false,
        () => true,
      );
      const found = await direct.get(Key);
      if (isRefused && found !== undefined && Buffer.from(found.body).toString() === 'mine') wrong += 1;
    }
  } finally {
    client.destroy();
  }
  return { bare_client_puts: bare, bare_client_wrong: wrong };
}
