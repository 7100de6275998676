/** Candidates that are broken in one way each: none comes to be announced, and what is served stays. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPublishing } from '../../../activities/publishing.ts';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { createModelValidators } from '../../../batch/validators/models.ts';
import { createPopularityValidators } from '../../../batch/validators/popularity.ts';
import { firstRefusal, type Validator } from '../../../batch/validators/validator.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import type { Refusal } from '../../../domain/publishing.ts';
import { viewName, type ViewName } from '../../../domain/views.ts';
import { quoteText } from '../../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { exampleManifest } from '../../support/object-store-views.ts';
import { GOOD_PARTS, type BrokenPart } from './candidate-parts.ts';
import type { Finding, Say } from './finding.ts';

export interface CandidateSettings {
  readonly store: ObjectStore;
  readonly region: Region;
  readonly folder: string;
  /** All of `GOOD_PARTS` unless given. */
  readonly views?: readonly string[];
  readonly say: Say;
}

const AS_OF = '2026-11-01T00:00:00Z';
const BLOCK_SIZE = 1024;

type Fault = (rows: string, part: BrokenPart) => string;

/** SQL of a part that is broken. */
const FAULTS: Readonly<Record<string, Fault>> = {
  emptied: (rows) => `SELECT * FROM ${rows} WHERE false`,
  halved: (rows, { key }) =>
    `SELECT * FROM ${rows} WHERE ${key} <= (SELECT quantile_disc(${key}, 0.5) FROM (SELECT DISTINCT ${key} FROM ${rows}))`,
  duplicated: (rows, { order }) => `SELECT * FROM (FROM ${rows} UNION ALL FROM ${rows}) ORDER BY ${order}`,
  'not-a-number': (rows, { key, value, nothing }) =>
    `SELECT * REPLACE (CASE WHEN ${key} = (SELECT max(${key}) FROM ${rows}) THEN ${nothing} ELSE ${value} END AS ${value}) FROM ${rows}`,
  unsorted: (rows, { key }) => `SELECT * FROM ${rows} ORDER BY ${key} DESC`,
  stale: (rows) => `SELECT * FROM ${rows}`,
};
/** An extension puts factors of new titles behind the others: their order is no fault. */
const NO_FAULT: ReadonlySet<string> = new Set(['item-factors unsorted']);

export async function proveCandidates({
  store,
  region,
  folder,
  views: names = Object.keys(GOOD_PARTS),
  say,
}: CandidateSettings): Promise<Finding> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const views = createViewRepository({ store, region });
  const rules: Readonly<Record<string, readonly Validator[]>> = {
    ...createModelValidators(duckdb),
    popularity: createPopularityValidators(duckdb),
  };
  const ladder = createPublishing({
    ...{ views, workDir: join(folder, 'candidates', 'work') },
    validate: (candidate, previous) => firstRefusal(rules[candidate.manifest.view]!, candidate, previous),
  } as ActivityDeps);
  const differences: string[] = [];
  let [candidates, refused] = [0, 0];
  try {
    for (const name of names) {
      const part = GOOD_PARTS[name]!;
      const view = viewName(name);
      const dir = join(folder, 'candidates', name);
      await mkdir(dir, { recursive: true });
      await duckdb.use((connection) => part.write(connection, dir));
      const climber = { views, ladder, duckdb, view, region };
      const good = await climb(climber, dir, 'good');
      const again = await climb(climber, dir, 'good-again');
      for (const refusal of [good, again])
        if (refusal !== null)
          differences.push(`a sound ${name} was refused: ${refusal.rule}: ${refusal.reason}`);
      for (const fault of Object.keys(FAULTS).filter((one) => !NO_FAULT.has(`${name} ${one}`))) {
        candidates += 1;
        const wrong = await refuseBroken(climber, dir, part, fault, say);
        if (wrong === undefined) refused += 1;
        else differences.push(`${name} ${fault}: ${wrong}`);
      }
    }
  } finally {
    await duckdb.close();
  }
  return { figures: { candidates, refused }, differences };
}

interface Climber {
  readonly views: ViewRepository;
  readonly ladder: ReturnType<typeof createPublishing>;
  readonly duckdb: DuckDb;
  readonly view: ViewName;
  readonly region: Region;
}

/** Up the ladder with the parts of a folder, as the workflow goes; what refused it, or null once it is announced. */
async function climb(
  { views, ladder, view, region }: Climber,
  dir: string,
  runId: string,
  more: Partial<Manifest> = {},
): Promise<Refusal | null> {
  const run = { view, runId };
  const parent = (await views.readPointer(view))?.version ?? null;
  const version = await ladder.claimVersion(run);
  const parts: Manifest['parts'][number][] = [];
  for (const file of (await readdir(dir)).toSorted()) {
    const body = await readFile(join(dir, file));
    const receipt = await views.putPart(view, version, file.replace('.parquet', ''), body);
    parts.push({ ...receipt, rows: 1 });
  }
  await views.putManifest({
    ...exampleManifest(view, version, {}, parent, region),
    ...{ asOf: AS_OF, parts, cut: { plays: [BLOCK_SIZE] }, blockSize: BLOCK_SIZE, ...more },
  });
  const at = { ...run, version, parent, asOf: AS_OF };
  const refusal =
    (await ladder.verifyVersion(at)) ??
    (await ladder.validateVersion(at)) ??
    (await ladder.announceVersion(at));
  if (refusal !== null) await ladder.rejectVersion({ ...run, ...refusal });
  return refusal;
}

/** What was wrong about how a broken candidate was treated. */
async function refuseBroken(
  climber: Climber,
  dir: string,
  part: BrokenPart,
  fault: string,
  say: Say,
): Promise<string | undefined> {
  const { views, ladder, duckdb, view } = climber;
  const before = (await views.readPointer(view))?.version;
  const path = join(dir, `${part.name}.parquet`);
  const sound = await readFile(path);
  const broken = `${dir}-${fault}.parquet`;
  const sql = FAULTS[fault]!(`read_parquet(${quoteText(path)})`, part);
  await duckdb.use((connection) => connection.run(`COPY (${sql}) TO ${quoteText(broken)} (FORMAT parquet)`));
  const spoilt = await readFile(broken);
  if (fault !== 'stale' && spoilt.equals(sound)) return 'nothing was broken';
  await writeFile(path, spoilt);
  const stale = { asOf: '2026-10-31T00:00:00Z', cut: { plays: [0] } };
  const refusal = await climb(climber, dir, fault, fault === 'stale' ? stale : {});
  await writeFile(path, sound);
  if (refusal === null) return 'it was announced';
  say(`${view} ${fault}: ${refusal.rule}: ${refusal.reason}`);
  const version = await ladder.claimVersion({ view, runId: fault });
  const state = await views.readState(view, version);
  if (state !== 'rejected') return `it is ${state}`;
  if ((await views.readPointer(view))?.version !== before) return 'another version is current';
  const announced = await views.announce(view, version, { parent: before ?? null, runId: fault }).then(
    () => 'it could be announced afterwards',
    (error: unknown) => (isMarqueeError(error, 'VIEW_REJECTED') ? undefined : String(error)),
  );
  return announced;
}
