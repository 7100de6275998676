/** Titles like one; where nothing is like it, what is popular, then the catalogue in its order. */
import type { TitleId } from '../../domain/ids.ts';
import { hasNeighbours, isOfFactors } from '../../domain/ranking/similar.ts';
import type { RankedList } from '../../domain/ranking/types.ts';
import type { ServedRow } from '../../domain/served-rows.ts';
import type { Log } from '../../infra/log.ts';
import { sourceHeader, sourceText, tellStanding } from '../api/tell.ts';
import type { Library } from '../library/library.ts';
import type { Source } from '../standing.ts';
import { countInputs, input, viewInputs, viewVersionsOf, type PageInput } from './inputs.ts';
import { catalogueRow, without, type Asked, type PageRequest } from './page.ts';
import type { Written } from './page-json.ts';
import type { SimilarAnswer } from './schemas.ts';

/** How the row is counted, and how its name begins. */
export const SIMILAR = 'similar';
const POPULAR = { kind: 'popular', subject: -1 } as const;

type Step = 'similar' | 'popular' | 'catalogue';

/** Published models alone say what is alike; what stands in its place is nobody's choice. */
const SOURCES: Readonly<Record<Step, Source>> = {
  similar: 'batch',
  popular: 'fallback',
  catalogue: 'fallback',
};
const REASONS: Readonly<Record<Step, string | null>> = {
  similar: null,
  popular: 'nothing is like the title: popular titles instead',
  catalogue: 'nothing is like the title, and nothing can be ranked: the catalogue in its order',
};

export interface SimilarRow {
  readonly titleId: TitleId;
  /** As impressions quote it. */
  readonly name: string;
  readonly library: Library;
  readonly request: PageRequest;
  readonly asked: Asked;
  readonly step: Step;
  readonly source: Source;
  readonly list: RankedList;
}

/** `title` is a number of the library, and never in the row. The row is empty where no other title may be shown. */
export function similarRow(
  library: Library,
  request: PageRequest,
  asked: Asked,
  title: number,
  log: Log,
): SimilarRow {
  const titleId = library.titles.ids[title]!;
  const { step, list } = descend(library, asked, title, log);
  const name = `${SIMILAR}:${titleId}`;
  return { titleId, name, library, request, asked, step, source: SOURCES[step], list };
}

function descend(
  library: Library,
  { rank }: Asked,
  title: number,
  log: Log,
): Pick<SimilarRow, 'step' | 'list'> {
  const available = without(rank.context.available, [title]);
  const others = { ...rank, context: { ...rank.context, available } };
  const steps = [
    ['similar', () => library.ranker.similar(others, title)],
    ['popular', () => library.ranker.row(others, POPULAR.kind, POPULAR.subject)],
  ] as const;
  for (const [step, make] of steps) {
    try {
      const list = make();
      if (list.titles.length > 0) return { step, list };
    } catch (err) {
      log.warn({ err, step }, 'a step of similar titles had no answer');
    }
  }
  return { step: 'catalogue', list: catalogueRow(library, others, POPULAR) };
}

export function writeSimilar(row: SimilarRow, recommendationId: string): Written {
  const { titleId, name, library, request, asked, step, source, list } = row;
  const { entries } = library.titles;
  const { standing } = asked.lists;
  const views = viewVersionsOf(library, standing.viewVersion);
  const answer: SimilarAnswer = {
    ...{ titleId, row: name, country: request.country, recommendationId, source },
    fallbackReason: REASONS[step],
    views,
    inputs: [...inputsOf(row)],
    counts: tellStanding(standing),
    items: Array.from(list.titles, (one, rank) => {
      const { titleId: id, name: called, kind, year, genres } = entries[one]!;
      return { titleId: id, name: called, kind, year, genres: [...genres], rank };
    }),
  };
  return {
    body: JSON.stringify(answer),
    header: sourceHeader(source, sourceText('none', standing, views)),
  };
}

function inputsOf({ library, request, asked, step, list }: SimilarRow): readonly PageInput[] {
  const { versions } = library;
  const inputs = step === 'popular' ? countInputs(asked.lists.standing) : [];
  inputs.push(...viewInputs(versions, ['catalogue']));
  if (step === 'similar') {
    if (hasNeighbours(list)) inputs.push(...viewInputs(versions, ['neighbours']));
    if (isOfFactors(list)) inputs.push(...viewInputs(versions, ['item-factors']));
  } else if (step === 'popular') inputs.push(...viewInputs(versions, ['ranking-policy']));
  if (request.country !== null) inputs.push(input('country', 'signal', 'online'));
  return inputs;
}

/** What is kept of it, as of a row of a page; nothing where it shows nothing. */
export function servedSimilar(
  { name, library, request, asked, source, list }: SimilarRow,
  recommendationId: string,
): ServedRow[] {
  if (list.titles.length === 0) return [];
  return [
    {
      ...{ recommendationId, row: name, time: asked.at, source },
      country: request.country ?? undefined,
      titleIds: Array.from(list.titles, (title) => library.titles.ids[title]!),
      viewVersion: asked.lists.standing.viewVersion ?? undefined,
    },
  ];
}
