/** Why titles are where they are, and why not. */
import { TEAMS } from '../../domain/experiments/interleave.ts';
import { titleId, type ProfileId, type TitleId } from '../../domain/ids.ts';
import { mergeTitle } from '../../domain/merge.ts';
import { filtersPassed, obeysCap } from '../../domain/ranking/explain.ts';
import type { RankingPolicy } from '../../domain/ranking/policy.ts';
import type { Explanation, RankRequest, RowExplanation, WhyNot } from '../../domain/ranking/request.ts';
import { rowName } from '../../domain/ranking/row-name.ts';
import { hasTitle, type RowKind } from '../../domain/ranking/types.ts';
import type { Library } from '../library/library.ts';
import { viewVersionsOf } from './inputs.ts';
import type { HomePage, ShownRow } from './page.ts';
import type { HomeAnswer, PageRowAnswer, WhyNotAnswer } from './schemas.ts';

/**
 * A page as JSON with each title's reasons: from the profile and the lists that it was ranked with, by the code that ranked
 * it. The same request gives the same ranking, so none is of another page.
 */
export function explained(body: string, page: HomePage): string {
  const answer = JSON.parse(body) as Partial<HomeAnswer & PageRowAnswer>;
  const told = answer.row === undefined ? (answer.rows ?? []) : [answer.row];
  const reasonsOf = createReasons(page, answer.row !== undefined);
  for (const [place, row] of page.rows.entries()) {
    const { kind, titles, scores } = row;
    const items = told[place]?.items ?? [];
    const { find, asked } = reasonsOf(row);
    for (const [at, item] of items.entries()) {
      const title = titles[at]!;
      const request = asked(at);
      const reason = find(at, title);
      item.explanation = {
        ...(reason === undefined ? unranked(scores[at]!) : tellScore(reason)),
        plays: playsOf(page, titleId(item.titleId)),
        ranked: reason !== undefined,
        policy: policyOf(row, at, reason === undefined ? undefined : request.policy),
        caps: capsOf(page, request.policy, kind, title),
        filters: filtersPassed(request, kind, title),
      };
    }
  }
  return JSON.stringify(answer);
}

type Told = NonNullable<HomeAnswer['rows'][number]['items'][number]['explanation']>;

/** Of one row: why a title is at its place, undefined where it was not ranked for this page, and what was asked for it. */
interface Reasons {
  find(at: number, title: number): Explanation | undefined;
  asked(at: number): RankRequest;
}

function createReasons(page: HomePage, isAlone: boolean): (row: ShownRow) => Reasons {
  const { step, library } = page;
  const { ranker } = library;
  const rank = step === 'profile' ? page.rank : { ...page.rank, profile: null };
  const ofPage = isAlone || step === 'catalogue' ? [] : ranker.explain(rank);
  const explain = (row: ShownRow): RowExplanation | undefined => {
    const { kind, subject } = row;
    if (step === 'catalogue' || wasMadeAhead(page, row)) return undefined;
    if (!isAlone) return ofPage.find(({ row: one }) => one.kind === kind && one.subject === subject);
    return step === 'popular'
      ? ranker.explainRow(rank, 'popular', -1)
      : ranker.explainRow(rank, kind, subject);
  };
  return (row) => {
    const { asked = [rank], kind, subject } = row;
    const explanations =
      row.asked === undefined ? [explain(row)] : asked.map((one) => ranker.explainRow(one, kind, subject));
    const byTitle = explanations.map((one) => new Map(one?.titles.map((title) => [title.title, title])));
    return {
      find: (at, title) => byTitle[teamAt(row, at)]?.get(title),
      asked: (at) => asked[teamAt(row, at)] ?? rank,
    };
  };
}

/** The place of a title's team; 0 in rows that are not interleaved. */
const teamAt = ({ teams }: ShownRow, at: number): number =>
  teams === undefined ? 0 : TEAMS.findIndex((team) => team === teams[at]);

const wasMadeAhead = ({ known }: HomePage, { kind, subject, titles }: ShownRow): boolean =>
  known.ahead?.some(
    (row) => row.kind === kind && row.subject === subject && titles.every((one) => row.titles.includes(one)),
  ) === true;

const unranked = (score: number) => ({
  score: finite(score),
  ...{ parts: [], seen: 0, diversity: 0, candidates: 0 },
});

const tellScore = ({ score, parts, seen, diversity, candidates }: Explanation) => ({
  ...{ score: finite(score), seen: finite(seen), diversity: finite(diversity), candidates },
  parts: parts.map(({ ingredient, weight, value, standard }) => ({
    ...{ ingredient, weight, standard: finite(standard) },
    value: Number.isFinite(value) ? value : null,
  })),
});

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

function policyOf(row: ShownRow, at: number, policy: RankingPolicy | undefined): Told['policy'] {
  const team = row.teams === undefined ? null : TEAMS[teamAt(row, at)]!;
  return { version: policy?.version ?? null, arm: policy?.arm ?? null, team };
}

/** What is known of the profile, whether the row was ranked for it or not. */
function capsOf(
  { rank: { profile } }: HomePage,
  policy: RankingPolicy,
  kind: RowKind,
  title: number,
): Told['caps'] {
  const shown = profile?.shownOf?.(title);
  return {
    lastDay: shown?.lastDay ?? null,
    week: shown?.week ?? null,
    capped: profile === null || shown === undefined ? null : hasTitle(profile.capped, title),
    obeyed: obeysCap(policy, kind),
  };
}

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
