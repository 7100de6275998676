import type { LakeCareLine } from '../domain/lake-care.ts';
import type { LakeCare } from '../infra/lake/care/care.ts';
import { isLakeTable, LAKE_TABLES, type LakeTable } from '../infra/lake/tables.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
import { reportStep } from './guard.ts';
import type { VersionAt } from './publishing.ts';

export interface CaringDeps {
  readonly views: Pick<ViewRepository, 'readManifest'>;
  /** Absent where nobody sees to the lake. */
  readonly lakeCare?: LakeCare;
}

type Line = Partial<LakeCareLine> & Pick<LakeCareLine, 'table'>;

/** What one activity may be asked to do; `asOf` is an ISO instant, the same for every try. */
export interface CareOrder {
  readonly tables?: readonly string[] | undefined;
  readonly asOf: string;
  readonly dryRun: boolean;
}

export interface CareOrderOfTable extends Omit<CareOrder, 'tables'> {
  readonly table: string;
}

const tablesOf = (names: readonly string[] | undefined): readonly LakeTable[] =>
  names === undefined ? LAKE_TABLES : names.filter(isLakeTable);

/** Activities that see to the lake's tables. Each finds by itself what is left to do. */
export function createCaring({ lakeCare: care, views }: CaringDeps) {
  return {
    /** Which tables there are to care for. */
    lakeTables: ({ tables }: { tables?: readonly string[] | undefined }): Promise<readonly string[]> =>
      Promise.resolve(care === undefined ? [] : tablesOf(tables)),

    /**
     * Tags what the version was made from, before it may be served: nobody's maintenance takes it from then on. A
     * snapshot that is gone refuses nothing: the version counts on from the lake anew.
     */
    async tagVersion({ view, version }: VersionAt): Promise<readonly string[]> {
      if (care === undefined) return [];
      const { inputs } = await views.readManifest(view, version);
      const tables = inputs.filter((input) => 'table' in input);
      return care.tagVersion({ view, version, isServable: false, inputs: tables });
    },

    async tagLake({ tables, dryRun }: CareOrder): Promise<readonly Line[]> {
      const tagged = (await care?.tags({ tables: tablesOf(tables), dryRun })) ?? [];
      return tagged.map(({ table, set, removed }) => ({
        ...{ table, tagsSet: set.length, tagsRemoved: removed.length },
      }));
    },

    /** One commit of as many hours as it may have; says how many hours are left. */
    async compactLake({ table, asOf, dryRun }: CareOrderOfTable): Promise<{ line: Line; waiting: number }> {
      const [name] = tablesOf([table]);
      if (care === undefined || name === undefined) return { line: { table }, waiting: 0 };
      const options = { table: name, asOf: Date.parse(asOf), dryRun, onHour: reportStep };
      const { hours, filesBefore, filesAfter, waiting } = await care.compact(options);
      return { line: { table, hoursCompacted: hours, filesBefore, filesAfter }, waiting };
    },

    async expireLake({ tables, asOf, dryRun }: CareOrder): Promise<readonly Line[]> {
      const order = { tables: tablesOf(tables), asOf: Date.parse(asOf), dryRun };
      const expired = (await care?.expire(order)) ?? [];
      return expired.map((one) => ({ table: one.table, snapshotsExpired: one.expired.length }));
    },

    async removeLakeOrphans({ table, asOf, dryRun }: CareOrderOfTable): Promise<Line> {
      const [name] = tablesOf([table]);
      if (care === undefined || name === undefined) return { table };
      const options = { table: name, asOf: Date.parse(asOf), dryRun, onFile: reportStep };
      const { found, removed } = await care.orphans(options);
      return { table, orphansFound: found.length, orphansRemoved: removed };
    },
  };
}
