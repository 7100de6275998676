/** Views that are refreshed, trained, extended, ingested, declared, refused or backfilled: of each run comes one version. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILE_ROWS_VIEW } from '../../../../batch/models/precompute.ts';
import { SPAN_DAYS } from '../../../../batch/popularity/spans.ts';
import { viewName, type ViewName, type ViewVersion } from '../../../../domain/views.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../domain/time.ts';
import { askedRefreshId, WORKFLOW_TYPES } from '../../../../domain/workflow-ids.ts';
import { createBackfills } from '../../../../infra/temporal/backfills.ts';
import { createRefreshes } from '../../../../infra/temporal/refreshes.ts';
import { createTrainings } from '../../../../infra/temporal/trainings.ts';
import { playStarts } from '../../../support/activity-world.ts';
import { LOG_START, partitionRows } from '../../../support/clean-rows.ts';
import { appendTakes } from '../../../support/row-takes.ts';
import { until } from '../../../support/until.ts';
import { MOST_MS, POLICY_SOURCE, type KillRegion } from '../region.ts';
import type { Work } from '../scenario.ts';

export interface ViewWork {
  readonly view: ViewName;
  /** `recount`: the whole of a log of several days. `retrain`: not for the first time. */
  readonly work:
    'refresh' | 'recount' | 'refuse' | 'ingest' | 'train' | 'retrain' | 'extend' | 'performance' | 'backfill';
  /** Trained. */
  readonly model?: string;
  /** What becomes of the version. */
  readonly outcome: 'announced' | 'rejected';
  /** More that is to be there beforehand. */
  readonly set?: (region: KillRegion) => Promise<void>;
  /** More that is to be seen afterwards. */
  readonly look?: (region: KillRegion) => Promise<string[]>;
}

export const POPULARITY = viewName('popularity');
const PROFILES = 24;
/** Plays of a new title: a whole block, so that the next count of popularity has it. */
const PLAYS_OF_NEW = 16;
const TITLES = 12;
/** Of a log that is long enough to be counted in pieces, whatever the time of the proof: plays of each profile in each span. */
const [SPANS, PLAYS_A_SPAN] = [3, 30];
const SPAN_MINUTES = (SPAN_DAYS * DAY_MS) / MINUTE_MS;
/** Each look at a backfill is a query, which its worker has to answer beside its work. */
const LOOK_MS = 1500;

type Versions = readonly { readonly version: ViewVersion; readonly state: string }[];

export const publishing =
  (of: ViewWork) =>
  (region: KillRegion): Work => {
    const { view, work, model } = of;
    const { config, temporal, views, folder } = region;
    const deps = { temporal, region: config.region };
    const refreshes = createRefreshes(deps);
    const trainings = createTrainings(deps);
    const backfills = createBackfills({ ...deps, settings: config.temporal });
    const source = createSource(region);
    let before: { versions: Versions; current: number | null } = { versions: [], current: null };

    const versions = async (): Promise<Versions> =>
      (await views.listVersions(view)).map(({ version, state }) => ({ version, state }));

    /** The current version's number, read back whole. */
    async function current(): Promise<number | null> {
      const pointer = await views.readPointer(view);
      if (pointer === undefined) return null;
      const manifest = await views.readManifest(view, pointer.version);
      for (const part of manifest.parts) await views.readPart(view, pointer.version, part);
      return pointer.version;
    }

    async function change(): Promise<void> {
      if (work === 'performance') return source.takes();
      if (work === 'extend' && source.isBegun()) return source.newTitle();
      if (work === 'backfill' && source.isBegun()) return source.loseFirst();
      if (work === 'ingest' || work === 'refuse') {
        const line = JSON.stringify({ rowId: '*', setting: 'length', value: source.next() });
        return writeFileSync(
          join(folder, POLICY_SOURCE),
          work === 'refuse' ? `${line}\n${line}\n` : `${line}\n`,
        );
      }
      if (work === 'recount' && !source.isBegun()) {
        for (let span = SPANS - 1; span >= 0; span -= 1) {
          source.moveTo(-span * SPAN_MINUTES);
          await source.plays(PLAYS_A_SPAN);
        }
        return;
      }
      await source.plays(source.isBegun() ? 1 : 5);
    }

    async function start(): Promise<() => Promise<unknown>> {
      if (work === 'train' || work === 'retrain') {
        const id = await trainings.start([model!]);
        return () => trainings.result(id);
      }
      if (work === 'backfill') {
        const from = new Date(Math.floor(LOG_START / HOUR_MS) * HOUR_MS).toISOString();
        const to = new Date(Date.parse(from) + 30 * HOUR_MS).toISOString();
        const { id } = await backfills.start({ view, from, to, dryRun: false });
        return async () => {
          await until(async () => (await backfills.get(id)).progress?.phase === 'waiting', MOST_MS, LOOK_MS);
          await backfills.approve(id, 'operator');
          await until(async () => (await backfills.get(id)).state !== 'running', MOST_MS, LOOK_MS);
        };
      }
      if (work === 'recount') {
        const { client, taskQueue } = temporal;
        const workflowId = askedRefreshId(config.region, view, randomUUID());
        const args = [{ view, full: true }];
        const handle = await client.workflow.start(WORKFLOW_TYPES.refresh, { workflowId, taskQueue, args });
        return () => handle.result();
      }
      // Factors are extended behind a count of popularity.
      const id = await refreshes.start(work === 'extend' ? POPULARITY : view);
      return () => refreshes.result(id);
    }

    /** Versions that are neither here nor there. */
    async function undecided(): Promise<string[]> {
      const found: string[] = [];
      for (const each of [view, ...(model === undefined ? [] : [PROFILE_ROWS_VIEW])])
        for (const { version, state } of await views.listVersions(each))
          if (state === 'staged' || state === 'verified') found.push(`${each} ${version} is ${state}`);
      return found;
    }

    return {
      async prepare() {
        await of.set?.(region);
        if (work !== 'backfill' && work !== 'extend' && work !== 'retrain') return;
        await change();
        await region.withWorker(async () => {
          await (work === 'backfill' ? refreshes.refresh(view) : trainings.train([model!]));
          await region.settled();
        });
      },
      async begin() {
        before = { versions: await versions(), current: await current() };
        await change();
        return start();
      },
      async differences() {
        const made = (await versions()).filter(({ version }) =>
          before.versions.every((one) => one.version !== version),
        );
        const differences = await undecided();
        if (made.length !== 1 || made[0]?.state !== of.outcome)
          differences.push(
            `made ${made.map(({ version, state }) => `${version} ${state}`).join(', ') || 'nothing'}`,
          );
        const expected = of.outcome === 'announced' ? made[0]?.version : before.current;
        const now = await current();
        if (now !== expected) differences.push(`version ${now} is current, not ${expected}`);
        return [...differences, ...((await of.look?.(region)) ?? [])];
      },
    };
  };

/** Rows for the lake, each time others. */
export function createSource({ lake }: Pick<KillRegion, 'lake'>) {
  let [offset, minute] = [0, 0];
  const append = async (plays: ReturnType<typeof playStarts>): Promise<void> => {
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays, { from: offset })]);
    offset += plays.length;
    minute += plays.length;
  };
  return {
    isBegun: () => offset > 0,
    /** When the next play is, from the beginning of the log. */
    moveTo: (minutes: number) => void (minute = minutes),
    next: () => (offset += 1),
    /** Two tastes: even profiles watch even titles, odd ones odd titles; each time everybody watches one more. */
    plays: (times: number): Promise<void> =>
      append(
        Array.from({ length: times * PROFILES }, (_, i) => {
          const [profile, nth] = [i % PROFILES, Math.floor((offset + i) / PROFILES)];
          const title = `t${(2 * ((profile >> 1) + nth) + profile) % TITLES}`;
          return playStarts(minute + i, 1, title, `p${profile}`);
        }).flat(),
      ),
    newTitle: (): Promise<void> =>
      append(
        Array.from({ length: PLAYS_OF_NEW }, (_, i) =>
          playStarts(minute + i, 1, `new${offset}`, `p${i}`),
        ).flat(),
      ),
    async takes(): Promise<void> {
      const takes = [{ row: 'trending', rank: 0, title: 't', shown: 20, taken: ++offset }];
      await appendTakes(lake, takes, { time: new Date().toISOString(), run: String(offset) });
    },
    async loseFirst(): Promise<void> {
      const condition = `"offset" = (SELECT min("offset") FROM ${lake.reference('plays')})`;
      await lake.read((connection) =>
        connection.run(`DELETE FROM ${lake.reference('plays')} WHERE ${condition}`),
      );
    },
  };
}
