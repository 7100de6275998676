/** Ranks rows and pages for one snapshot of titles and models. */
import { explainRow } from './explain.ts';
import { framingInSlices } from './frame.ts';
import { atOnce, type InSlices } from '../in-slices.ts';
import { buildPage, buildRow, type BuiltRow } from './page.ts';
import { createPicker } from './pick.ts';
import type { Ranker, RankRequest, RowExplanation } from './request.ts';
import { ROW_MAKERS } from './rows/rows.ts';
import { createSimilarTitles, type SimilarTitles } from './similar.ts';
import { whyNot } from './why-not.ts';
import type { RankingModels, RowKind, TitleTable } from './types.ts';

export interface RankerInput {
  readonly titles: TitleTable;
  readonly models: RankingModels;
}

/** Makes everything once that requests share; with 10,000 titles of 64 factors some 50 ms, less where their Gram is given. */
export const createRanker = (input: RankerInput): Ranker => atOnce(rankerInSlices(input));

/** The same in slices of a few milliseconds. */
export function* rankerInSlices({ titles, models }: RankerInput): InSlices<Ranker> {
  const framing = yield* framingInSlices(titles, models);
  const picker = createPicker(titles);
  let similar: SimilarTitles | undefined;

  const rank = (request: RankRequest, kind: RowKind, subject: number | undefined) => {
    const frame = framing.open(request);
    const about = subject ?? ROW_MAKERS[kind].subjects(frame, 1)[0] ?? -1;
    return { frame, built: buildRow(frame, picker, { kind, subject: about }) };
  };

  return {
    page: (request) => buildPage(framing.open(request), picker),
    row: (request, kind, subject) => rank(request, kind, subject).built.row,
    similar({ context, profile, limit }, title) {
      similar ??= createSimilarTitles(titles, models);
      const among = context.available.map((word, at) => word & ~(profile?.disliked[at] ?? 0));
      return similar.of(title, among, limit);
    },
    explain(request) {
      const frame = framing.open(request);
      const explained = new Map<BuiltRow['row'], RowExplanation>();
      const { rows } = buildPage(frame, picker, (built) =>
        explained.set(built.row, explainRow(frame, built)),
      );
      return rows.map((row) => explained.get(row)!);
    },
    explainRow(request, kind, subject) {
      const { frame, built } = rank(request, kind, subject);
      return explainRow(frame, built);
    },
    whyNot(request, title) {
      const number = titles.numberOf(title);
      if (number < 0) return { title: number, shown: null, reasons: [{ row: null, rule: 'unknown-title' }] };
      return whyNot(framing.open(request), picker, number);
    },
  };
}
