/** What every place that keeps whole versions must do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ModelTable } from '../../../../batch/models/model.ts';
import { writeTables } from '../../../../batch/models/table-parts.ts';
import { isMarqueeError, type ErrorCode } from '../../../../domain/errors.ts';
import type { Region } from '../../../../domain/ids.ts';
import { serialiseManifest, type Manifest, type PartEntry } from '../../../../domain/manifest.ts';
import { viewName, viewVersion, type ViewVersion } from '../../../../domain/views.ts';
import { createDuckDb, type DuckDb } from '../../../../infra/duckdb/duckdb.ts';
import type { StoredManifest } from '../../../../infra/hermes/parts.ts';
import type { VersionRepository } from '../../../../infra/hermes/repositories/port.ts';
import { sha256Of } from '../../../../infra/hermes/text-objects.ts';
import { exampleManifest } from '../../../support/object-store-views.ts';

export interface RepositoryWorld {
  readonly repository: VersionRepository;
  /** Of another region, in the same place. */
  readonly elsewhere: VersionRepository;
  readonly region: Region;
}

export interface WorldParts {
  readonly duckdb: DuckDb;
  /** A folder of the suite's own, gone at the end. */
  readonly dir: string;
}

interface Example {
  readonly stored: StoredManifest;
  readonly readPart: (part: PartEntry) => Promise<Uint8Array>;
}

const view = viewName('profile-rows');
const v = viewVersion;
const PROFILES = 120;
/** Titles a profile. */
const LENGTH = 9;

const code = (expected: ErrorCode) => (error: unknown) => isMarqueeError(error, expected);

/** Two shards of rows, of even and odd profiles, and a part without the key. `stamp` is in every score. */
function tables(stamp: number): ModelTable[] {
  const shard = (name: string, remainder: number): ModelTable => {
    const profiles = Array.from({ length: PROFILES / 2 }, (_, i) => `p${2 * i + remainder}`);
    const each = profiles.flatMap((profile) => Array.from({ length: LENGTH }, (_, at) => ({ profile, at })));
    return {
      ...{ name, rows: each.length },
      columns: {
        profile_id: { type: 'VARCHAR', values: each.map(({ profile }) => profile) },
        row: { type: 'VARCHAR', values: each.map(() => 'top-picks') },
        rank: { type: 'INTEGER', values: Int32Array.from(each, ({ at }) => at + 1) },
        title_id: { type: 'VARCHAR', values: each.map(({ profile, at }) => `${profile}'s "${at}" é`) },
        score: { type: 'FLOAT', values: Float32Array.from(each, ({ at }) => stamp + at / 4) },
      },
    };
  };
  const settings: ModelTable = {
    ...{ name: 'settings', rows: 1 },
    columns: { name: { type: 'VARCHAR', values: ['p0'] } },
  };
  return [shard('rows-00000', 0), shard('rows-00001', 1), settings];
}

/** `open` gives a place in which nothing of this suite is yet. */
export function repositoryContract(
  name: string,
  open: (parts: WorldParts) => RepositoryWorld | Promise<RepositoryWorld>,
): void {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-repository-'));
  let duckdb: DuckDb;
  before(async () => void (duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 })));
  after(async () => {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  });

  async function setUp() {
    const world = await open({ duckdb, dir: mkdtempSync(join(dir, 'world-')) });
    return {
      ...world,
      example: (number: number, more = {}) => exampleVersion(duckdb, dir, world.region, number, more),
    };
  }

  test(`${name}: a version that was put is there, with its manifest and the rows of every key`, async () => {
    const { repository, example } = await setUp();
    const { stored, readPart } = await example(3);
    await repository.put(stored, readPart);
    assert.deepEqual(await repository.versions(view), [3]);
    const opened = await repository.open(view, v(3));
    assert.deepEqual(opened.stored, stored);
    for (const profile of ['p0', 'p1', 'p119']) {
      const rows = Array.from({ length: LENGTH }, (_, at) => {
        const title_id = `${profile}'s "${at}" é`;
        return { profile_id: profile, row: 'top-picks', rank: at + 1, title_id, score: 3 + at / 4 };
      });
      assert.deepEqual(await opened.find(profile), rows);
    }
    for (const nobody of ['p120', 'P0', '', "p0' OR 'a' = 'a"])
      assert.deepEqual(await opened.find(nobody), []);
  });

  test(`${name}: a version that was never put is not found, and taking it away is nothing`, async () => {
    const { repository } = await setUp();
    assert.deepEqual(await repository.versions(view), []);
    await assert.rejects(repository.open(view, v(1)), code('VIEW_NOT_FOUND'));
    await repository.remove(view, v(1));
    assert.deepEqual(await repository.versions(view), []);
  });

  test(`${name}: putting again, one after the other and at once, changes nothing`, async () => {
    const { repository, example } = await setUp();
    const { stored, readPart } = await example(1);
    await Promise.all([repository.put(stored, readPart), repository.put(stored, readPart)]);
    await repository.put(stored, readPart);
    assert.deepEqual(await repository.versions(view), [1]);
    assert.equal((await (await repository.open(view, v(1))).find('p7')).length, LENGTH);
  });

  test(`${name}: another manifest under the same number is refused, and the first stays`, async () => {
    const { repository, example } = await setUp();
    const [first, second] = [await example(1), await example(1, { codeVersion: 'other/1' })];
    await repository.put(first.stored, first.readPart);
    await assert.rejects(repository.put(second.stored, second.readPart), code('VIEW_VERSION_TAKEN'));
    assert.equal((await repository.open(view, v(1))).stored.sha256, first.stored.sha256);
  });

  test(`${name}: a version with a byte that is not the manifest's is refused and not there`, async () => {
    const { repository, example } = await setUp();
    const { stored, readPart } = await example(1);
    for (const [nth] of stored.manifest.parts.entries()) {
      const flipped = async (part: PartEntry): Promise<Uint8Array> => {
        const body = Uint8Array.from(await readPart(part));
        if (part === stored.manifest.parts[nth]) body[body.length >> 1]! ^= 1;
        return body;
      };
      await assert.rejects(repository.put(stored, flipped), code('VIEW_CORRUPT'));
      assert.deepEqual(await repository.versions(view), []);
      await assert.rejects(repository.open(view, v(1)), code('VIEW_NOT_FOUND'));
    }
    await repository.put(stored, readPart);
    assert.deepEqual(await repository.versions(view), [1]);
  });

  test(`${name}: a version that was put half-way is not there, and is made whole by putting it again`, async () => {
    const { repository, example } = await setUp();
    const { stored, readPart } = await example(1);
    const dying = (part: PartEntry): Promise<Uint8Array> =>
      part.name === 'rows-00001' ? Promise.reject(new Error('died here')) : readPart(part);
    await assert.rejects(repository.put(stored, dying), /died here/);
    assert.deepEqual(await repository.versions(view), []);
    await assert.rejects(repository.open(view, v(1)), code('VIEW_NOT_FOUND'));
    await repository.put(stored, readPart);
    const opened = await repository.open(view, v(1));
    assert.deepEqual([(await opened.find('p0')).length, (await opened.find('p1')).length], [LENGTH, LENGTH]);
    await repository.remove(view, v(1));
    await assert.rejects(repository.put(stored, dying), /died here/);
    await repository.remove(view, v(1));
    assert.deepEqual(await repository.versions(view), []);
  });

  test(`${name}: versions stand beside each other, and one that is taken away leaves the others`, async () => {
    const { repository, example } = await setUp();
    for (const number of [1, 12, 3]) {
      const { stored, readPart } = await example(number);
      await repository.put(stored, readPart);
    }
    assert.deepEqual(await repository.versions(view), [12, 3, 1]);
    const scores = async (version: ViewVersion) =>
      (await (await repository.open(view, version)).find('p5')).slice(0, 3).map((row) => row['score']);
    assert.deepEqual(await scores(v(12)), [12, 12.25, 12.5]);
    await repository.remove(view, v(3));
    await repository.remove(view, v(3));
    assert.deepEqual(await repository.versions(view), [12, 1]);
    await assert.rejects(repository.open(view, v(3)), code('VIEW_NOT_FOUND'));
    assert.deepEqual(await scores(v(1)), [1, 1.25, 1.5]);
  });

  test(`${name}: views and regions do not meet`, async () => {
    const { repository, elsewhere, example } = await setUp();
    const { stored, readPart } = await example(1);
    await repository.put(stored, readPart);
    assert.deepEqual(await repository.versions(viewName('neighbours')), []);
    assert.deepEqual(await elsewhere.versions(view), []);
    await elsewhere.remove(view, v(1));
    await repository.remove(viewName('neighbours'), v(1));
    assert.equal((await (await repository.open(view, v(1))).find('p5')).length, LENGTH);
  });

  test(`${name}: rows of a view without a key are not looked for`, async () => {
    const { repository, example } = await setUp();
    const { stored, readPart } = await example(1, { view: viewName('no-such-view') });
    const asked = async () => {
      await repository.put(stored, readPart);
      await (await repository.open(stored.manifest.view, v(1))).find('p5');
    };
    await assert.rejects(asked(), code('VIEW_CORRUPT'));
  });
}

/** A version with rows of 120 profiles, on local disk. */
export async function exampleVersion(
  duckdb: DuckDb,
  dir: string,
  region: Region,
  number: number,
  more: Partial<Manifest>,
): Promise<Example> {
  const written = await writeTables(duckdb, tables(number), mkdtempSync(join(dir, 'parts-')));
  const manifest: Manifest = {
    ...exampleManifest(view, v(number), {}, null, region),
    ...more,
    parts: written.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
  };
  const text = serialiseManifest(manifest);
  const paths = new Map(written.map((part) => [part.name, part.path]));
  return {
    stored: { manifest, text, sha256: sha256Of(text) },
    readPart: ({ name }) => readFile(paths.get(name)!),
  };
}
