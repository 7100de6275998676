/** What a backfill of events does in the lake, step by step; each step may be repeated and comes to the same end. */
import type { DerivedRule, LeftBehind } from '../../domain/backfills/leaves.ts';
import type { EventsPlan, ShadowAudit, Swapped, ViewDiff } from '../../domain/backfills/run.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { replaceRows } from '../../infra/lake/replace-rows.ts';
import { auditShadow, type AuditInput } from './audit-shadow.ts';
import { inOtherGenerations, touchedProfiles, writeDerivedRows, type DerivedRows } from './derived-rows.ts';
import { planEvents, type EventsSettings, type PlanInput } from './events-plan.ts';
import { countLeft } from './leaves.ts';
import { dropShadow, shadowTable, shadowTopics, stageShadow, type Shadow } from './overlay.ts';
import { readRaw, unlanded, type RawEvent, type RawPlace } from './refill.ts';
import { writeShadow, type ShadowInput, type ShardShadow } from './shadow.ts';
import { titleDiff, type DiffInput } from './title-diff.ts';

export interface EventsJob {
  plan(input: PlanInput): Promise<EventsPlan>;
  /** Holds a folded shard against the lake, and writes what it would change. */
  shadow(input: ShadowInput): Promise<ShardShadow>;
  audit(input: AuditInput): Promise<ShadowAudit>;
  diff(input: DiffInput): Promise<Omit<ViewDiff, 'view' | 'base'>>;
  /** What is worked out from the changed events, and stays as it is. */
  leaves(input: Shadow): Promise<readonly LeftBehind[]>;
  /** What a rule of the live lane is folded anew from: see derived-rows.ts. */
  touched(input: Shadow, rule: DerivedRule): Promise<readonly ProfileId[]>;
  otherGenerations(input: Shadow, rule: DerivedRule): Promise<boolean>;
  derivedRows(
    input: Shadow,
    rule: DerivedRule,
    profiles: readonly ProfileId[],
    dir: string,
  ): Promise<DerivedRows>;
  /** Lays the shadow over the lake, all tables in one commit. Throws BACKFILL_MOVED, LAKE_CONFLICT. */
  swap(input: Shadow): Promise<Swapped>;
  /** What a fill has to send: see refill.ts. */
  unlanded(input: Shadow): Promise<RawPlace[]>;
  readRaw(
    plan: Pick<EventsPlan, 'generation'>,
    partition: number,
    offsets: readonly number[],
  ): Promise<RawEvent[]>;
}

export function createEventsJob({
  lake,
  settings,
}: {
  readonly lake: DuckDbLake;
  readonly settings: EventsSettings;
}): EventsJob {
  return {
    plan: (input) => planEvents(lake, settings, input),
    shadow: (input) => writeShadow(lake, input),
    audit: (input) => auditShadow(lake, input),
    diff: (input) => titleDiff(lake, input),
    leaves: (input) => countLeft(lake, input),
    touched: (input, rule) => touchedProfiles(lake, input, rule),
    otherGenerations: (input, rule) => inOtherGenerations(lake, input, rule),
    derivedRows: (input, rule, profiles, dir) => writeDerivedRows(lake, input, rule, profiles, dir),
    swap: (input) =>
      lake.read(async (connection) => {
        await stageShadow(connection, lake.reference, input);
        const replacements = shadowTopics(input.files).map((table) => ({ table, rows: shadowTable(table) }));
        const swapped = await connection.transaction(() => replaceRows(connection, lake, replacements));
        await dropShadow(connection);
        return swapped;
      }),
    unlanded: ({ plan, files }) => unlanded(lake, plan, files),
    readRaw: (plan, partition, offsets) => readRaw(lake, plan, partition, offsets),
  };
}
