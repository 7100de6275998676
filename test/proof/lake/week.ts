/** A week of small flushes, compacted while a writer and a reader are at the table, and what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import type { Config } from '../../../infra/config.ts';
import { openCare } from '../../../infra/lake/care/open-care.ts';
import { insertPlans } from '../../../infra/lake/insert.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { planAppend } from '../../../infra/lake/plan-append.ts';
import type { LakePosition } from '../../../infra/lake/port.ts';
import type { LakeTable } from '../../../infra/lake/tables.ts';
import { silentLog } from '../../../infra/log.ts';
import { LAKE_START, searchRows } from '../../support/lake-rows.ts';

const TABLE: LakeTable = 'searches';
const DAYS = 7;
const ROWS = 50;
const SAID_EVERY = 72;
/** Each reads every manifest of the table, and shares machine and object store with what it is to meet. */
const [WRITE_EVERY_MS, READ_EVERY_MS] = [4000, 3000];
/** Of append time, and long after every commit of this run. */
const AS_OF = LAKE_START + 8 * DAY_MS;
const LATER_MS = 30 * DAY_MS;

export interface WeekSettings {
  readonly config: Config;
  /** Hours of each day in which there are rows, and flushes in each of them. */
  readonly hoursPerDay: number;
  readonly flushesPerHour: number;
  readonly say: (line: string) => void;
}

export interface WeekFigures {
  readonly flushes: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly manifestsBefore: number;
  readonly manifestsAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly commits: number;
  readonly appendsMeanwhile: number;
  readonly readsMeanwhile: number;
  /** CPU of this process for one scan of the whole table. */
  readonly scanCpuMsBefore: number;
  readonly scanCpuMsAfter: number;
  readonly compactCpuMs: number;
  readonly snapshotsExpired: number;
  readonly orphansRemoved: number;
  readonly objectsLeft: number;
  /** What was not as it should be. */
  readonly differences: readonly string[];
}

export async function proveWeek(settings: WeekSettings): Promise<WeekFigures> {
  const { config, say } = settings;
  const open = await openLake(config, silentLog());
  const other = await openLake(config, silentLog());
  const { care, close } = openCare(config, open);
  const differences: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    if (String(actual) !== String(expected))
      differences.push(`${what}: ${String(actual)}, expected ${String(expected)}`);
  };
  try {
    await open.lake.ensureTables();
    const written = await writeWeek(open, settings);
    const pinned = (await open.lake.snapshots(TABLE)).at(Math.floor(written.flushes / 2))!.id;
    const [whole, ofPinned] = [await digest(open, written.rows), await digest(open, written.rows, pinned)];
    const before = (await care.stats({ tables: [TABLE] }))[0]!;
    const scanCpuMsBefore = await scanCpuMs(open);
    say(`${before.manifests} manifests, ${scanCpuMsBefore} ms of CPU to look through the table`);
    const startedMs = Date.now();

    const traffic = startTraffic(other, written.rows);
    const started = process.cpuUsage();
    let commits = 0;
    for (let waiting = 1; waiting > 0; commits++) {
      ({ waiting } = await care.compact({ table: TABLE, asOf: AS_OF }));
      say(`compacted, ${waiting} hours left after ${secondsSince(startedMs)} s`);
    }
    const compactCpuMs = cpuMsSince(started);
    const met = await traffic.stop();
    differences.push(...met.differences);

    const after = (await care.stats({ tables: [TABLE] }))[0]!;
    expect('rows', after.rows, before.rows + met.appended);
    expect('total of the week', await digest(open, written.rows), whole);
    expect('total at the pinned snapshot', await digest(open, written.rows, pinned), ofPinned);
    const scanCpuMsAfter = await scanCpuMs(open);
    say(`every total is what it was, after ${secondsSince(startedMs)} s`);
    const [expired] = await care.expire({ tables: [TABLE], asOf: Date.now() + LATER_MS });
    say(`${expired?.expired.length ?? 0} snapshots expired, after ${secondsSince(startedMs)} s`);
    const orphans = { table: TABLE, asOf: 0 };
    await care.orphans(orphans);
    const removed = await care.orphans({ ...orphans, asOf: LATER_MS });
    say(`${removed.removed} files removed, after ${secondsSince(startedMs)} s`);
    expect('total after expiry and orphans', await digest(open, written.rows), whole);
    return {
      flushes: written.flushes,
      ...{ filesBefore: before.dataFiles, filesAfter: after.dataFiles },
      ...{ manifestsBefore: before.manifests, manifestsAfter: after.manifests },
      ...{ bytesBefore: before.bytes, bytesAfter: after.bytes },
      ...{ commits, appendsMeanwhile: met.appends, readsMeanwhile: met.reads },
      ...{ scanCpuMsBefore, scanCpuMsAfter, compactCpuMs },
      snapshotsExpired: expired?.expired.length ?? 0,
      ...{ orphansRemoved: removed.removed, objectsLeft: removed.files - removed.removed, differences },
    };
  } finally {
    close();
    await open.close();
    await other.close();
  }
}

/**
 * Commit by commit, as the sink flushes; only that this writer remembers where it stands. The sink asks the table each time, whose
 * every manifest is read for it: for a week in which nobody compacts that would be most of the proof.
 */
async function writeWeek(
  { lake }: OpenLake,
  { config, hoursPerDay, flushesPerHour, say }: WeekSettings,
): Promise<{ rows: number; flushes: number }> {
  const place = { namespace: config.lake.namespace, region: config.region, table: TABLE };
  const [most, startedMs] = [DAYS * hoursPerDay * flushesPerHour, Date.now()];
  let rows = 0;
  let positions: LakePosition[] = [];
  for (let flush = 0; flush < most; flush++) {
    const hour = Math.floor(flush / flushesPerHour);
    const at = LAKE_START + Math.floor(hour / hoursPerDay) * DAY_MS + (hour % hoursPerDay) * HOUR_MS;
    const time = (offset: number): number => at + (flush % flushesPerHour) * MINUTE_MS + (offset % ROWS);
    const plans = planAppend(TABLE, [searchRows(0, rows, rows + ROWS, time)], positions);
    await lake.read((connection) => insertPlans(connection, place, plans));
    positions = plans.map(({ position }) => position);
    rows += ROWS;
    if ((flush + 1) % SAID_EVERY === 0)
      say(`${flush + 1} of ${most} flushes in ${secondsSince(startedMs)} s`);
  }
  return { rows, flushes: most };
}

/** Appends to the newest hour, and reads that find each row once and never fewer than before. */
function startTraffic({ lake }: OpenLake, from: number) {
  const differences: string[] = [];
  let isOver = false;
  const [met, at] = [{ appends: 0, appended: 0, reads: 0 }, LAKE_START + DAYS * DAY_MS];
  const writing = (async () => {
    for (; !isOver; met.appends++, met.appended += ROWS) {
      const first = from + met.appended;
      await lake.appendExactlyOnce(TABLE, [searchRows(0, first, first + ROWS, () => at)]);
      await sleep(WRITE_EVERY_MS);
    }
  })();
  const reading = (async () => {
    for (let least = from; !isOver; met.reads++, await sleep(READ_EVERY_MS)) {
      const { columns } = await lake.read((connection) =>
        connection.query(
          `SELECT count(*) AS rows, count(DISTINCT "offset") AS once, max("offset") AS last FROM ${lake.reference(TABLE)}`,
        ),
      );
      const [rows, once, last] = ['rows', 'once', 'last'].map((name) => Number(columns[name]?.values[0]));
      if (rows !== once || rows !== last! + 1 || rows < least)
        differences.push(`a reader saw ${rows} rows of ${once} offsets up to ${last}, after ${least}`);
      least = rows!;
    }
  })();
  return {
    async stop() {
      isOver = true;
      await Promise.all([writing, reading]);
      return { ...met, differences };
    },
  };
}

async function digest({ lake }: OpenLake, rows: number, snapshotId?: string): Promise<string> {
  const { columns } = await lake.read((connection) =>
    connection.query(
      `SELECT count(*) || '/' || sum(CAST(hash(one) AS HUGEINT)) AS digest
        FROM (SELECT * FROM ${lake.reference(TABLE, snapshotId)} WHERE "offset" < ${rows}) AS one`,
    ),
  );
  return String(columns['digest']?.values[0]);
}

const secondsSince = (startedMs: number): number => Math.round((Date.now() - startedMs) / 1000);

const cpuMsSince = (started: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(started);
  return Math.round((user + system) / 1000);
};

async function scanCpuMs(open: OpenLake): Promise<number> {
  // The first reads what is cached afterwards.
  await digest(open, Number.MAX_SAFE_INTEGER);
  const started = process.cpuUsage();
  await digest(open, Number.MAX_SAFE_INTEGER);
  return cpuMsSince(started);
}
