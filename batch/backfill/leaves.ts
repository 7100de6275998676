/** How much is left as it was worked out from the events that a shadow changes. */
import { leftBy, rulesOver, type DerivedRule, type LeftBehind } from '../../domain/backfills/leaves.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { inOtherGenerations } from './derived-rows.ts';
import { numberAt } from './diff-columns.ts';
import { changedTopics, dropShadow, shadowTopics, stageShadow, type Shadow } from './overlay.ts';
import { touchedSql } from './touched.ts';

const OTHER_GENERATIONS =
  'the lake has rows of them in several generations, which are not folded in turn yet';

/** Counted by profile: a fold of one profile's events may come to anything else. */
export async function countLeft(lake: DuckDbLake, shadow: Shadow): Promise<readonly LeftBehind[]> {
  return [...(await tablesLeft(lake, shadow)), ...(await statesLeft(lake, shadow))];
}

/** Rules that are not folded anew: see `inOtherGenerations`. */
async function tablesLeft(lake: DuckDbLake, shadow: Shadow): Promise<LeftBehind[]> {
  const left: DerivedRule[] = [];
  for (const rule of rulesOver(shadow.order, changedTopics(shadow)))
    if (await inOtherGenerations(lake, shadow, rule)) left.push(rule);
  return withProfiles(
    lake,
    shadow,
    left.map(({ what, rule, from }) => {
      const told = { what: `${what} by ${rule}`, kind: 'table' as const, reason: OTHER_GENERATIONS };
      return { ...told, from };
    }),
  );
}

function statesLeft(lake: DuckDbLake, shadow: Shadow): Promise<LeftBehind[]> {
  const derived = leftBy(shadow.order, shadowTopics(shadow.files));
  return withProfiles(
    lake,
    shadow,
    derived.map(({ what, from }) => ({ what, kind: 'state' as const, from })),
  );
}

type Uncounted = Omit<LeftBehind, 'profiles' | 'rows'> & Pick<DerivedRule, 'from'>;

async function withProfiles(
  lake: DuckDbLake,
  shadow: Shadow,
  uncounted: readonly Uncounted[],
): Promise<LeftBehind[]> {
  if (uncounted.length === 0) return [];
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    const left: LeftBehind[] = [];
    for (const { from, ...one } of uncounted) {
      const touched = await touchedSql(lake, shadow, from);
      if (touched === undefined) continue;
      const found = await connection.query(`SELECT count(*)::DOUBLE AS profiles FROM (${touched})`);
      left.push({ ...one, profiles: numberAt(found, 'profiles', 0), rows: null });
    }
    await dropShadow(connection);
    return left;
  });
}
