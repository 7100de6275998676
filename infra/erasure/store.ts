/**
 * Erasures in the object store, under `<region>/erasures/`: `tombstones/` stay for ever; `requests/` hold the sealed id
 * while its erasure is under way and are removed at its end, which is when nobody can tell any more who it was; `reports/`
 * say what was done, without a name.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { parseErasureReport, type ErasureReport } from '../../domain/erasure/report.ts';
import {
  erasureIdPrefix,
  parseTombstone,
  serialiseTombstone,
  type Tombstone,
} from '../../domain/erasure/tombstone.ts';
import type { ProfileId, Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { ErasureSecret } from './secret.ts';

export interface ErasureStore {
  /** The sealed id of an erasure under way; undefined where there is none. */
  profileOf(erasure: string): Promise<ProfileId | undefined>;
  /** Keeps the sealed id; false where the erasure was asked for before. */
  request(erasure: string, profileId: ProfileId): Promise<boolean>;
  /** Ids of erasures of the profile that are under way, the newest last. */
  underWay(profileId: ProfileId): Promise<readonly string[]>;
  /** Ids of all erasures that were asked for and have not ended, dry runs among them. */
  requests(): Promise<readonly string[]>;
  forgetRequest(erasure: string): Promise<void>;
  tombstone(erasure: string): Promise<Tombstone | undefined>;
  /** The tombstone that stands for the erasure: this one, or another that was faster. */
  keepTombstone(tombstone: Tombstone): Promise<Tombstone>;
  /** How many erasures of the profile there were. */
  countOf(profileHash: string): Promise<number>;
  tombstones(): Promise<Tombstone[]>;
  /** Throws ERASURE_REFUSED where tombstones were made with another key. */
  checkKey(): Promise<void>;
  report(erasure: string): Promise<ErasureReport | undefined>;
  keepReport(report: ErasureReport): Promise<void>;
  reports(): Promise<ErasureReport[]>;
}

/** Whose hash tells one key from another; no profile has this id, since ids are not empty. */
const KEY_CHECK = '';

export function createErasureStore(store: ObjectStore, region: Region, secret: ErasureSecret): ErasureStore {
  const prefix = `${region}/erasures`;
  const keys = {
    request: (erasure: string): string => `${prefix}/requests/${erasure}`,
    tombstone: (erasure: string): string => `${prefix}/tombstones/${erasure}.json`,
    report: (erasure: string): string => `${prefix}/reports/${erasure}.json`,
    check: `${prefix}/key-check`,
  };
  const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

  /** False where there was one. */
  const putFirst = async (key: string, body: Uint8Array): Promise<boolean> => {
    try {
      await store.put(key, body, { ifAbsent: true });
      return true;
    } catch (error) {
      if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
      return false;
    }
  };

  const tombstone = async (erasure: string): Promise<Tombstone | undefined> => {
    const key = keys.tombstone(erasure);
    const found = await store.get(key);
    return found && parseTombstone(textOf(found.body), key);
  };

  const checkKey = async (): Promise<void> => {
    const mine = secret.hashOf(KEY_CHECK);
    if (await putFirst(keys.check, bytesOf(mine))) return;
    const kept = await store.get(keys.check);
    if (kept === undefined || textOf(kept.body) === mine) return;
    const reason = 'earlier erasures of this region were made under another ERASURE_KEY';
    throw new MarqueeError('ERASURE_REFUSED', { reason });
  };

  const report = async (erasure: string): Promise<ErasureReport | undefined> => {
    const key = keys.report(erasure);
    const found = await store.get(key);
    return found && parseErasureReport(textOf(found.body), key);
  };

  const profileOf = async (erasure: string): Promise<ProfileId | undefined> => {
    const found = await store.get(keys.request(erasure));
    return found && secret.unseal(erasure, found.body);
  };

  const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1).replace(/\.json$/, '');
  const namesUnder = async (folder: string): Promise<string[]> =>
    (await store.list(`${prefix}/${folder}/`)).map(({ key }) => nameOf(key));

  return {
    profileOf,
    async request(erasure, profileId) {
      await checkKey();
      return putFirst(keys.request(erasure), secret.seal(erasure, profileId));
    },
    async underWay(profileId) {
      const start = keys.request(erasureIdPrefix(secret.hashOf(profileId)));
      return (await store.list(start)).map(({ key }) => nameOf(key));
    },
    requests: () => namesUnder('requests'),
    forgetRequest: (erasure) => store.delete(keys.request(erasure)),
    tombstone,
    async keepTombstone(made) {
      if (await putFirst(keys.tombstone(made.id), bytesOf(serialiseTombstone(made)))) return made;
      return (await tombstone(made.id)) ?? made;
    },
    countOf: async (profileHash) =>
      (await store.list(`${prefix}/tombstones/${erasureIdPrefix(profileHash)}`)).length,
    async tombstones() {
      const found = await Promise.all((await namesUnder('tombstones')).map(tombstone));
      return found.filter((one) => one !== undefined);
    },
    checkKey,
    report,
    async keepReport(made) {
      await store.put(keys.report(made.id), bytesOf(JSON.stringify(made)));
    },
    async reports() {
      const found = await Promise.all((await namesUnder('reports')).map(report));
      return found.filter((one) => one !== undefined);
    },
  };
}
