/**
 * How rows are ranked, as typed values with defaults. A published policy (domain/ranking-policy.ts) says what differs: by row
 * kind, by `*` for all rows, and by `page` for what is not of any row; `kind@arm` holds for one arm of an experiment alone and
 * goes before the rest. What is not known is passed over, what cannot be is refused and its default kept.
 */
import type { PolicySetting } from '../ranking-policy.ts';
import { PAGE_SETTINGS, ROW_SETTINGS, type NumberSetting, type RowNumberSetting } from './policy-settings.ts';
import { ROW_KINDS, type RowKind } from './types.ts';

/** What scores are made of. `exploration` is in units of `take_rate` and has no weight of its own. */
export const INGREDIENTS = [
  'taste',
  'surprise',
  'popularity',
  'similarity',
  'take_rate',
  'freshness',
  'context',
  'exploration',
] as const;
export type Ingredient = (typeof INGREDIENTS)[number];

export type RowSetting = keyof typeof ROW_SETTINGS;
export type PageSetting = keyof typeof PAGE_SETTINGS;

/** Numbers by the name of their setting: policy-settings.ts says what each means. */
export type RowPolicy = Readonly<Record<RowSetting, number>> & {
  /** The model that is asked, by name; empty where the row asks none or the default. */
  readonly model: string;
};
export type PagePolicy = Readonly<Record<PageSetting, number>>;

export interface RankingPolicy {
  /** Of the view; null for the defaults. */
  readonly version: number | null;
  /** The arm of an experiment whose settings went before the others; null without one. */
  readonly arm: string | null;
  readonly page: PagePolicy;
  readonly rows: Readonly<Record<RowKind, RowPolicy>>;
}

export interface ReadPolicy {
  readonly policy: RankingPolicy;
  /** One sentence for each setting that was refused. */
  readonly refused: readonly string[];
}

/** Whether anything is ranked by the hour and the device. */
export const usesContext = ({ page, rows }: RankingPolicy): boolean =>
  page.genre_context !== 0 || ROW_KINDS.some((kind) => rows[kind].context !== 0);

/**
 * Plays of a window below which a title does not trend: the published policy says how many; while none is published, it is
 * what is configured. What was not played at all never trends.
 */
export const leastPlaysOf = (policy: RankingPolicy | undefined, configured: number): number =>
  policy === undefined || policy.version === null
    ? configured
    : Math.max(1, policy.rows.trending.minimum_plays);

const ALL_ROWS = '*';
const PAGE = 'page';

/** Reads settings in any order: what is said of a row goes before what is said of all, an arm's before both. Never throws. */
export function readRankingPolicy(
  settings: Iterable<PolicySetting>,
  { version = null, arm = null }: { readonly version?: number | null; readonly arm?: string | null } = {},
): ReadPolicy {
  const refused: string[] = [];
  const said = new Map<string, PolicySetting>();
  for (const setting of settings) said.set(`${setting.rowId} ${setting.setting}`, setting);

  /** The first of these rows' settings that is usable. */
  const pick = (rows: readonly string[], name: string, check: (found: PolicySetting) => boolean): unknown => {
    const all = arm === null ? rows : [...rows.map((row) => `${row}@${arm}`), ...rows];
    const usable = all
      .map((row) => said.get(`${row} ${name}`))
      .filter((found) => found !== undefined && check(found));
    return usable[0]?.value;
  };
  const numberOf = (rows: readonly string[], name: string, { otherwise, ...range }: NumberSetting): number =>
    (pick(rows, name, (found) => isUsable(found, range, refused)) as number | undefined) ?? otherwise;

  const rowPolicy = (kind: RowKind): RowPolicy => {
    const rows = [kind, ALL_ROWS];
    const numbers = Object.entries<RowNumberSetting>(ROW_SETTINGS).map(
      ([name, { byRow, alone, ...setting }]) => {
        const otherwise = byRow?.[kind] ?? setting.otherwise;
        const asked = alone?.includes(kind) === true ? [kind] : rows;
        return [name, numberOf(asked, name, { ...setting, otherwise })];
      },
    );
    const model = pick(
      rows,
      'model',
      (found) => typeof found.value === 'string' || refuseModel(found, refused),
    );
    return { ...(Object.fromEntries(numbers) as Record<RowSetting, number>), model: (model as string) ?? '' };
  };
  const page = Object.entries<NumberSetting>(PAGE_SETTINGS).map(([name, setting]) => [
    name,
    numberOf([PAGE], name, setting),
  ]);
  const policy = {
    version,
    arm,
    page: Object.fromEntries(page) as PagePolicy,
    rows: Object.fromEntries(ROW_KINDS.map((kind) => [kind, rowPolicy(kind)])) as Record<RowKind, RowPolicy>,
  };
  return { policy, refused: [...new Set(refused)] };
}

function isUsable(
  { rowId, setting, value }: PolicySetting,
  { least, most, whole }: Omit<NumberSetting, 'otherwise'>,
  refused: string[],
): boolean {
  const isNumber = typeof value === 'number' && value >= least && value <= most;
  if (isNumber && (whole !== true || Number.isInteger(value))) return true;
  const kind = whole === true ? 'a whole number' : 'a number';
  refused.push(
    `setting ${setting} of row ${rowId} is ${JSON.stringify(value)}, not ${kind} from ${least} to ${most}`,
  );
  return false;
}

function refuseModel({ rowId, value }: PolicySetting, refused: string[]): boolean {
  refused.push(`setting model of row ${rowId} is ${JSON.stringify(value)}, not the name of a model`);
  return false;
}

/** What holds where nothing is published. */
export const DEFAULT_RANKING_POLICY: RankingPolicy = readRankingPolicy([]).policy;
