/** Ranks rows and pages for one snapshot of titles and models. */
import type { Ranker } from './request.ts';
import { hasTitle, type RankedRow, type RankingModels, type RowKind, type TitleTable } from './types.ts';
import type { RankRequest } from './request.ts';

export interface RankerInput {
  readonly titles: TitleTable;
  readonly models: RankingModels;
}

export function createRanker({ titles }: RankerInput): Ranker {
  const row = (request: RankRequest, kind: RowKind, subject = -1): RankedRow => {
    const from = kind === 'trending' ? request.lists.trending : request.lists.popular;
    const shown: number[] = [];
    for (const title of from.titles)
      if (shown.length < request.limit && hasTitle(request.context.available, title)) shown.push(title);
    return {
      kind,
      subject,
      titles: Uint32Array.from(shown),
      scores: Float32Array.from(shown, (_, i) => -i),
    };
  };
  return {
    page: (request) => ({ rows: [row(request, 'popular')], tasteSource: 'none', relaxed: false }),
    row,
    similar: (request) => row(request, 'popular'),
    explain: () => [],
    explainRow: (request, kind, subject) => ({
      row: row(request, kind, subject),
      tasteSource: 'none',
      policyVersion: request.policy.version,
      titles: [],
    }),
    whyNot: (_, title) => ({ title: titles.numberOf(title), shown: null, reasons: [] }),
  };
}
