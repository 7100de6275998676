/** Why titles are where they are, and why not. */
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import { mergeTitle } from '../../domain/merge.ts';
import type { RankingPolicy } from '../../domain/ranking/policy.ts';
import type { Explanation, RowExplanation, WhyNot } from '../../domain/ranking/request.ts';
import { rowName } from '../../domain/ranking/row-name.ts';
import type { Library } from '../library/library.ts';
import { viewVersionsOf } from './inputs.ts';
import type { HomePage, Pages } from './page.ts';
import type { HomeAnswer, PageRowAnswer, WhyNotAnswer } from './schemas.ts';

/** A page as JSON with each title's reasons, from the code that ranked it; rows that were made ahead have none. */
export async function explained(body: string, page: HomePage, pages: Pages): Promise<string> {
  const answer = JSON.parse(body) as Partial<HomeAnswer & PageRowAnswer>;
  const { library, request } = page;
  const { rank } = await pages.ask(library, request);
  const asked = page.step === 'profile' ? rank : { ...rank, profile: null };
  const [only] = page.rows;
  const found =
    answer.row !== undefined && only !== undefined
      ? [library.ranker.explainRow(asked, only.kind, only.subject)]
      : library.ranker.explain(asked);
  const byName = new Map(
    found.map((row): [string, RowExplanation] => [rowName(row.row, library.titles), row]),
  );
  for (const row of [...(answer.rows ?? []), ...(answer.row === undefined ? [] : [answer.row])]) {
    const why = new Map(byName.get(row.row)?.titles.map((title) => [library.titles.ids[title.title], title]));
    for (const item of row.items) {
      const explanation = why.get(item.titleId as TitleId);
      if (explanation !== undefined)
        item.explanation = tellExplanation(explanation, playsOf(page, item.titleId as TitleId));
    }
  }
  return JSON.stringify(answer);
}

type Told = NonNullable<HomeAnswer['rows'][number]['items'][number]['explanation']>;

function tellExplanation(
  { score, parts, seen, diversity, candidates }: Explanation,
  plays: Told['plays'],
): Told {
  return {
    ...{ score: finite(score), seen: finite(seen), diversity: finite(diversity), candidates, plays },
    parts: parts.map(({ ingredient, weight, value, standard }) => ({
      ...{ ingredient, weight, standard: finite(standard) },
      value: Number.isFinite(value) ? value : null,
    })),
  };
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

function playsOf({ lists, request }: HomePage, title: TitleId): Told['plays'] {
  const { batch, speed } = lists.standing;
  const merged = mergeTitle(batch, speed, title, request.country ?? undefined);
  return merged === undefined ? { batch: 0, speed: 0, total: 0 } : { ...merged.plays };
}

export function tellWhyNot(
  library: Library,
  profileId: ProfileId,
  titleId: TitleId,
  { title, shown, reasons }: WhyNot,
  { version, arm }: RankingPolicy,
): WhyNotAnswer {
  const { titles } = library;
  return {
    ...{ profileId, titleId },
    name: titles.entries[title]?.name ?? null,
    shown: shown && { row: rowName(shown, titles), rank: shown.rank },
    reasons: reasons.map(({ row, rule, score, lastShown, earlier }) => ({
      row: row && rowName(row, titles),
      rule,
      score: score ?? null,
      lastShown: lastShown ?? null,
      earlier: earlier === undefined ? null : rowName(earlier, titles),
    })),
    policy: { version, arm },
    views: viewVersionsOf(library, null),
  };
}
