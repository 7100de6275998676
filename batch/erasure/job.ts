/** The steps of an erasure over lake, logs and objects. Each finds out by itself what is left to do, and may be repeated. */
import type { DrainStep, LogEnds } from '../../domain/erasure/plan.ts';
import type {
  ErasureAudit,
  ErasureFinding,
  ErasureReport,
  TableErasure,
} from '../../domain/erasure/report.ts';
import { drawSurrogate, type SurrogateRules } from '../../domain/erasure/surrogate.ts';
import type { Tombstone } from '../../domain/erasure/tombstone.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation, ProfileId } from '../../domain/ids.ts';
import type { Exclusion } from '../../domain/parity/exclusions.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { EpochMs } from '../../domain/time.ts';
import { createDraw, type ErasureSecret } from '../../infra/erasure/secret.ts';
import type { ErasureStore } from '../../infra/erasure/store.ts';
import { DERIVED_TABLES, type LakeTable } from '../../infra/lake/tables.ts';
import { auditTable } from './audit-lake.ts';
import { auditObjects, type ObjectAuditDeps } from './audit-objects.ts';
import { auditTopics, type TopicAuditDeps } from './audit-topics.ts';
import { expireTable, type ExpiredTable } from './expire-table.ts';
import { lettersOf, rewriteLetters, type ErasureLettersDeps } from './letters.ts';
import type { EarlierGenerations, EarlierGenerationsDeps } from './earlier-generations.ts';
import { rawEndsOf, type ErasureLogs, type Trimmed } from './logs.ts';
import { ERASED_TABLES, type Erasing } from './owned-rows.ts';
import { rewriteTable, type LakeRewriting } from './rewrite-table.ts';
import { touchedBlocks } from './touched-blocks.ts';

export interface ErasureJobDeps extends LakeRewriting {
  readonly store: ErasureStore;
  readonly secret: ErasureSecret;
  readonly rules: SurrogateRules & { readonly mayDelete: boolean };
  readonly logs: ErasureLogs;
  /** Of every generation whose letters are still there. */
  readonly letters: () => Promise<readonly ErasureLettersDeps[]>;
  readonly objects: Omit<ObjectAuditDeps, 'lake'>;
  readonly topics: Omit<TopicAuditDeps, 'before'>;
  readonly generation: Generation;
  readonly earlier: EarlierGenerations;
  readonly blockSize: number;
  /** Every generation that there has been, with the partitions it has. */
  readonly generations: EarlierGenerationsDeps['generations'];
  /** Makes the tombstone known to every process. */
  readonly announce: (tombstone: Tombstone) => Promise<void>;
  /** Where a profile store that serving reads has the profile. */
  readonly stored: (profileId: ProfileId) => Promise<readonly ErasureFinding[]>;
}

export interface ErasureAt {
  readonly id: string;
  /** As `ends('derived')` answered. */
  readonly derivedEnds: LogEnds;
}

type OnStep = (step: string) => void;

export interface ErasureJob {
  readonly tables: readonly LakeTable[];
  /** Draws the surrogate and fixes the position; the first to do so is who is believed. Throws ERASURE_NOT_FOUND. */
  mark(id: string, asOf: EpochMs): Promise<Tombstone>;
  drainOf(id: string): Promise<DrainStep>;
  ends: ErasureLogs['ends'];
  behind: ErasureLogs['behind'];
  rewrite(at: ErasureAt, table: LakeTable, onStep: OnStep): Promise<TableErasure>;
  /** Blocks of the current generation that hold events of the profile, to be called before they are rewritten. */
  touched(at: ErasureAt): Promise<readonly Exclusion[]>;
  expire(at: ErasureAt, table: LakeTable, onStep: OnStep): Promise<ExpiredTable>;
  trim(at: ErasureAt, cleanEnds: LogEnds): Promise<Trimmed>;
  letters(id: string): Promise<number>;
  /** How much there is of the profile in each table, and in letters; changes nothing. */
  survey(id: string, asOf: EpochMs, onStep: OnStep): Promise<ErasureAudit>;
  audit(at: ErasureAt, onStep: OnStep): Promise<ErasureAudit>;
  profileOf(id: string): Promise<ProfileId>;
  /** Keeps the report, and forgets who it was unless there is something left to do. */
  end(report: ErasureReport): Promise<void>;
}

export function createErasureJob(deps: ErasureJobDeps): ErasureJob {
  const { store, secret, rules, logs, generation, lake, earlier } = deps;

  const profileOf = async (id: string): Promise<ProfileId> => {
    const profileId = await store.profileOf(id);
    if (profileId === undefined) throw new MarqueeError('ERASURE_NOT_FOUND', { id });
    return profileId;
  };
  const tombstoneOf = async (id: string): Promise<Tombstone> => {
    const tombstone = await store.tombstone(id);
    if (tombstone === undefined) throw new MarqueeError('ERASURE_NOT_FOUND', { id });
    return tombstone;
  };
  const erasingOf = async ({ id, derivedEnds }: ErasureAt): Promise<Erasing> => ({
    profileId: await profileOf(id),
    tombstone: await tombstoneOf(id),
    derivedEnds: await byTable(derivedEnds),
  });
  const byTable = async (ends: LogEnds): Promise<Erasing['derivedEnds']> => {
    const before = await earlier.reached();
    return Object.fromEntries(
      Object.entries(ends).map(([topic, of]) => [
        DERIVED_TABLES[topic as keyof typeof DERIVED_TABLES],
        { ...before, [generation]: of },
      ]),
    );
  };

  const lookAtTables = async (erasing: Erasing, onStep: OnStep) => {
    const findings: ErasureFinding[] = [];
    let [rows, files, returned] = [0, 0, 0];
    for (const table of ERASED_TABLES) {
      const found = await auditTable(deps, table, erasing, onStep);
      findings.push(...found.findings);
      rows += found.rows;
      files += found.files;
      returned += found.returned;
    }
    return { findings, rows, files, returned };
  };

  return {
    tables: ERASED_TABLES,
    async mark(id, asOf) {
      const profileId = await profileOf(id);
      const known = await store.tombstone(id);
      const tombstone = known ?? (await store.keepTombstone(await made(id, profileId, asOf)));
      await deps.announce(tombstone);
      return tombstone;
    },
    async drainOf(id) {
      return { of: 'extract', ends: rawEndsOf(await tombstoneOf(id), generation) };
    },
    ends: logs.ends,
    behind: logs.behind,
    async rewrite(at, table, onStep) {
      const done = await rewriteTable(deps, table, await erasingOf(at), (files, of) =>
        onStep(`${table}: ${files} of ${of} files`),
      );
      return { table, ...done };
    },
    async touched(at) {
      const erasing = await erasingOf(at);
      const found: Exclusion[] = [];
      for (const topic of COUNTED_TOPICS)
        found.push(
          ...(await touchedBlocks({ lake, generation, blockSize: deps.blockSize }, topic, at.id, erasing)),
        );
      return found;
    },
    expire: async (at, table, onStep) => expireTable(deps, table, await erasingOf(at), onStep),
    async trim({ id, derivedEnds }, cleanEnds) {
      const raw = rawEndsOf(await tombstoneOf(id), generation);
      const { 'quality-metrics': _figures, ...derived } = derivedEnds;
      const now = await logs.trim({ ...raw, ...cleanEnds, ...derived }, rules.mayDelete);
      const before = await earlier.trim(rules.mayDelete);
      return { records: now.records + before.records, waitsFor: [...now.waitsFor, ...before.waitsFor] };
    },
    async letters(id) {
      const [profileId, tombstone] = [await profileOf(id), await tombstoneOf(id)];
      let rewritten = 0;
      for (const letters of await deps.letters())
        rewritten += await rewriteLetters(letters, profileId, tombstone);
      return rewritten;
    },
    async survey(id, asOf, onStep) {
      const profileId = await profileOf(id);
      const tombstone = (await store.tombstone(id)) ?? (await made(id, profileId, asOf));
      const erasing = { profileId, tombstone, derivedEnds: await byTable(await logs.ends('derived')) };
      const { findings, rows, files } = await lookAtTables(erasing, onStep);
      const letters: unknown[] = [];
      for (const { box } of await deps.letters())
        letters.push(...(await lettersOf(box, erasing.profileId, erasing.tombstone)));
      const ofLetters =
        letters.length === 0 ? [] : [{ place: 'topic/dead-letters', found: letters.length, as: 'id' }];
      return {
        read: { rows, files },
        findings: [...findings, ...ofLetters, ...(await deps.stored(erasing.profileId))],
      };
    },
    async audit(at, onStep) {
      const erasing = await erasingOf(at);
      const { profileId } = erasing;
      const { returned, ...tables } = await lookAtTables(erasing, onStep);
      const hasReturned = returned > 0;
      const objects = await auditObjects({ ...deps.objects, lake }, profileId, hasReturned, onStep);
      const before = (await earlier.list()).map((one) => one.generation);
      const topics = await auditTopics({ ...deps.topics, before }, erasing, at.derivedEnds, onStep);
      const stored = hasReturned ? [] : await deps.stored(profileId);
      return {
        read: {
          ...{ lake_rows: tables.rows, lake_files: tables.files, rows_after_return: returned },
          ...{ objects: objects.objects, checkpoint_keys: objects.keys, part_rows: objects.rows },
          ...{ records: topics.records, records_superseded: topics.superseded },
        },
        findings: [...tables.findings, ...objects.findings, ...topics.findings, ...stored],
      };
    },
    profileOf,
    async end(report) {
      const { id, outcome } = report;
      if (outcome !== 'dry-run') await store.keepReport(report);
      // A dry run of an erasure that is under way must not end it.
      const isOver =
        outcome === 'done' || (outcome === 'dry-run' && (await store.tombstone(id)) === undefined);
      if (isOver) await store.forgetRequest(id);
    },
  };

  async function made(id: string, profileId: ProfileId, requestedAt: EpochMs): Promise<Tombstone> {
    const positions: Record<string, readonly number[]> = {};
    for (const { generation: of, partitions } of await deps.generations()) {
      const ends = await logs.rawEnds(of);
      // Of a log that is gone, all there was.
      positions[of] =
        ends?.map((end) => end - 1) ?? new Array<number>(partitions).fill(Number.MAX_SAFE_INTEGER);
    }
    const surrogate = drawSurrogate(profileId, createDraw(), rules);
    return { id, profileHash: secret.hashOf(profileId), surrogate, requestedAt, positions };
  }
}
