/** How much is left as it was worked out from the events that a shadow changes. */
import { leftBy, rulesOver, type LeftBehind } from '../../domain/backfills/leaves.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { inOtherGenerations, touchedProfiles } from './derived-rows.ts';
import { numberAt } from './diff-columns.ts';
import { dropShadow, shadowTable, shadowTopics, stageShadow, type Shadow } from './overlay.ts';

const OTHER_GENERATIONS =
  'the lake has rows of them in several generations, which are not folded in turn yet';

/** Counted by profile: a fold of one profile's events may come to anything else. */
export async function countLeft(lake: DuckDbLake, shadow: Shadow): Promise<readonly LeftBehind[]> {
  return [...(await tablesLeft(lake, shadow)), ...(await statesLeft(lake, shadow))];
}

/** Rules that are not folded anew: see `inOtherGenerations`. */
async function tablesLeft(lake: DuckDbLake, shadow: Shadow): Promise<LeftBehind[]> {
  const left: LeftBehind[] = [];
  for (const rule of rulesOver(shadow.order, shadowTopics(shadow.files))) {
    if (!(await inOtherGenerations(lake, shadow, rule))) continue;
    const profiles = (await touchedProfiles(lake, shadow, rule)).length;
    const what = `${rule.what} by ${rule.rule}`;
    left.push({ what, kind: 'table', profiles, rows: null, reason: OTHER_GENERATIONS });
  }
  return left;
}

async function statesLeft(lake: DuckDbLake, shadow: Shadow): Promise<LeftBehind[]> {
  const topics = shadowTopics(shadow.files);
  const derived = leftBy(shadow.order, topics);
  if (derived.length === 0) return [];
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    const left: LeftBehind[] = [];
    for (const { what, from } of derived) {
      const touched = topics
        .filter((topic) => from.includes(topic))
        .map((topic) => `SELECT DISTINCT profile_id FROM ${shadowTable(topic)}`)
        .join(' UNION ');
      const found = await connection.query(`SELECT count(*)::DOUBLE AS profiles FROM (${touched})`);
      left.push({ what, kind: 'state', profiles: numberAt(found, 'profiles', 0), rows: null });
    }
    await dropShadow(connection);
    return left;
  });
}
