/**
 * Makes pages: what is known of who asks, one library, one set of lists, and the ladder from a page ranked for the profile
 * down to the catalogue in its order. A page holds to the library that it began with.
 */
import type { Country, ProfileId } from '../../domain/ids.ts';
import type { RankedPage, RankRequest, RowRef } from '../../domain/ranking/request.ts';
import {
  hasTitle,
  removeTitle,
  type RankedRow,
  type RowKind,
  type TitleSet,
} from '../../domain/ranking/types.ts';
import { usesContext } from '../../domain/ranking/policy.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { Log } from '../../infra/log.ts';
import type { Library } from '../library/library.ts';
import type { Source } from '../standing.ts';
import { aheadRow, withAhead } from './ahead.ts';
import type { Cursor } from './cursor.ts';
import { interleaveRows, type TeamedRow } from '../experiments/interleaved-rows.ts';
import type { CountryLists, ListsKeeper } from './lists.ts';
import { rowHead } from './row-heads.ts';
import { NOBODY_KNOWN, type KnownProfile, type KnownProfiles } from './profile.ts';

export interface PageRequest {
  readonly profile: ProfileId | null;
  readonly country: Country | null;
  readonly device: string | null;
  /** 0 to 23. */
  readonly hour: number;
  readonly rows: number;
  readonly limit: number;
  /** What was shown before; null for a first page. */
  readonly from: Cursor | null;
  /** The arm of an experiment whose policy holds; null without one. */
  readonly arm: string | null;
  /** Its arm of a canary, as what was served keeps it; null without one. */
  readonly canaryArm: string | null;
}

export interface ShownRow extends TeamedRow {
  /** As paths and impressions name it. */
  readonly name: string;
  readonly source: Source;
  /** The rank of its first title. */
  readonly firstRank: number;
}

/** The step of the ladder that the rows came from. */
export const PAGE_STEPS = ['profile', 'unpersonalised', 'popular', 'catalogue'] as const;
export type PageStep = (typeof PAGE_STEPS)[number];

export interface HomePage {
  readonly request: PageRequest;
  readonly at: EpochMs;
  readonly library: Library;
  readonly lists: CountryLists;
  readonly known: KnownProfile;
  /** Whether the hour and the device were ranked by. */
  readonly hasContext: boolean;
  readonly step: PageStep;
  /** Whether titles that were watched or shown too often had to be taken, since nothing else was left. */
  readonly relaxed: boolean;
  /** What the ranker was asked, at the steps for nobody without the profile. */
  readonly rank: RankRequest;
  readonly tasteSource: RankedPage['tasteSource'];
  readonly rows: readonly ShownRow[];
}

export interface PagesDeps {
  readonly lists: Pick<ListsKeeper, 'of'>;
  readonly knownProfiles: KnownProfiles;
  readonly rowRates?: () => ReadonlyMap<string, number> | undefined;
  readonly now: () => EpochMs;
  readonly log: Log;
}

export interface Pages {
  home(library: Library, request: PageRequest): Promise<HomePage>;
  /** One row for itself; `kind` and `subject` of a row of this library. */
  row(library: Library, request: PageRequest, kind: RowKind, subject: number): Promise<HomePage>;
  /** What the ranker is asked for a page. */
  ask(library: Library, request: PageRequest): Promise<Asked>;
}

export interface Asked {
  readonly at: EpochMs;
  readonly lists: CountryLists;
  readonly known: KnownProfile;
  readonly rank: RankRequest;
}

/** Rows that are about the profile and not about counts. */
const PERSONAL: ReadonlySet<RowKind> = new Set<RowKind>([
  'top-picks',
  'my-list',
  'because-you-watched',
  'continue-watching',
]);

/** Rows that hold what the profile put there, and nothing else. */
const OWN: ReadonlySet<RowKind> = new Set<RowKind>(['my-list', 'continue-watching']);

type Taken = Pick<RankedPage, 'tasteSource' | 'relaxed'> & { readonly rows: readonly TeamedRow[] };
type Take = (rank: RankRequest) => Taken;
type Ranked = Taken & Pick<HomePage, 'step'>;

export function createPages({ lists: keeper, knownProfiles, rowRates, now, log }: PagesDeps): Pages {
  async function ask(library: Library, request: PageRequest): Promise<Asked> {
    const { profile, country, device, hour, from } = request;
    const at = now();
    const known = profile === null ? NOBODY_KNOWN : await knownProfiles.read(library, profile, at);
    const lists = keeper.of(library, country);
    const available = without(library.titles.availability.at(at, country), from?.titles);
    const rates = rowRates?.();
    const policy = library.policyOf(request.arm);
    const genreLifts = usesContext(policy) ? library.contextLifts?.of({ country, device, hour }) : undefined;
    return {
      ...{ at, lists, known },
      rank: {
        profile: known.view,
        context: { now: at, hour, country, device, available, genreLifts },
        lists: lists.lists,
        policy,
        rows: request.rows + (from?.rows.length ?? 0),
        limit: request.limit,
        ...(rates === undefined ? {} : { rowRates: rates }),
      },
    };
  }

  /** The first step that has rows to show; the last needs neither models nor counts. */
  function descend(library: Library, asked: Asked, last: RowRef, take: Take, instead?: Take): Ranked {
    const { rank } = asked;
    const nobody = { ...rank, profile: null };
    const steps: readonly (readonly [PageStep, RankRequest, Take | undefined])[] = [
      ['profile', rank, rank.profile === null ? undefined : take],
      ['unpersonalised', nobody, take],
      ['popular', nobody, instead],
    ];
    for (const [step, request, taking] of steps) {
      try {
        const ranked = taking?.(request);
        if (ranked !== undefined && ranked.rows.length > 0) return { ...ranked, step };
      } catch (err) {
        log.warn({ err, step }, 'a step of the ladder had no answer');
      }
    }
    return {
      step: 'catalogue',
      tasteSource: 'none',
      relaxed: false,
      rows: [catalogueRow(library, rank, last)],
    };
  }

  function show(library: Library, request: PageRequest, asked: Asked, ranked: Ranked): HomePage {
    const { at, lists, known } = asked;
    const { step, tasteSource, relaxed } = ranked;
    const rows = ranked.rows.map((row): ShownRow => {
      const { kind, subject, titles, scores, teams, asked: drafted } = row;
      const { name } = rowHead(row, library.titles);
      const firstRank = shownBefore(request.from, row);
      return {
        ...{ kind, subject, titles, scores, teams, asked: drafted, name, firstRank },
        source: sourceOf(kind, step, asked),
      };
    });
    const hasContext = asked.rank.context.genreLifts !== undefined;
    const { rank } = asked;
    return { request, at, library, lists, known, hasContext, step, relaxed, rank, tasteSource, rows };
  }

  return {
    ask,
    async home(library, request) {
      const asked = await ask(library, request);
      const popular: RowRef = { kind: 'popular', subject: -1 };
      const ranked = descend(library, asked, popular, (rank) => library.ranker.page(rank));
      const { known, rank } = asked;
      const made = known.ahead === null ? ranked.rows : withAhead(ranked.rows, known.ahead, rank);
      const rows = made
        .filter((row) => row.titles.length > 0 && shownBefore(request.from, row) === 0)
        .slice(0, request.rows);
      return show(library, request, asked, { ...ranked, rows: interleave(library, request, asked, rows) });
    },
    async row(library, request, kind, subject) {
      const asked = await ask(library, request);
      const { known, rank } = asked;
      const ref: RowRef = { kind, subject };
      const ahead = known.ahead && aheadRow(known.ahead, ref, rank);
      if (ahead)
        return show(library, request, asked, {
          step: 'profile',
          tasteSource: 'none',
          relaxed: false,
          rows: [ahead],
        });
      const filled =
        (of: RowKind): Take =>
        (rank) => {
          const found = library.ranker.row(rank, of, of === kind ? subject : -1);
          const row = of === kind ? found : { ...found, ...ref };
          // A list of the profile's own may be empty; other rows are filled.
          return {
            rows: row.titles.length > 0 || OWN.has(of) ? [row] : [],
            tasteSource: 'none',
            relaxed: false,
          };
        };
      const ranked = descend(library, asked, ref, filled(kind), filled('popular'));
      // As on a page: what takes the place of a row that has nothing is nobody's choice.
      const rows =
        ranked.step === 'profile' || ranked.step === 'unpersonalised'
          ? interleave(library, request, asked, ranked.rows)
          : ranked.rows;
      return show(library, request, asked, { ...ranked, rows });
    },
  };
}

/** Somebody in particular finds the choices of two policies in the rows that an experiment interleaves. */
function interleave(
  library: Library,
  { profile, arm }: PageRequest,
  { at, rank }: Asked,
  rows: readonly TeamedRow[],
): readonly TeamedRow[] {
  const shared = profile === null ? [] : library.interleavedOf(arm);
  return shared.length === 0 ? rows : interleaveRows(library.ranker, rank, rows, shared, `${profile}/${at}`);
}

/** How many titles of a row were shown by the answers that this one goes on from. */
const shownBefore = (from: Cursor | null, { kind, subject }: RowRef): number =>
  from?.rows.find((row) => row.kind === kind && row.subject === subject)?.shown ?? 0;

/** A copy of a set without these titles; the set itself where there are none. */
export function without(set: TitleSet, titles: readonly number[] | undefined): TitleSet {
  if (titles === undefined || titles.length === 0) return set;
  const rest = set.slice();
  for (const title of titles) removeTitle(rest, title);
  return rest;
}

/** What is left where neither counts nor models can be had: the newest launches that may be shown. */
export function catalogueRow({ titles }: Library, { context, limit }: RankRequest, row: RowRef): RankedRow {
  const shown: number[] = [];
  for (let title = 0; title < titles.count && shown.length < limit; title++)
    if (hasTitle(context.available, title)) shown.push(title);
  return {
    ...row,
    titles: Uint32Array.from(shown),
    scores: new Float32Array(shown.length),
  };
}

function sourceOf(kind: RowKind, step: PageStep, { lists, known, rank }: Asked): Source {
  if (step === 'catalogue' || step === 'popular') return 'fallback';
  if (!PERSONAL.has(kind)) return lists.source;
  if (known.ahead?.some((row) => row.kind === kind) === true) return 'batch';
  if (known.isFailed || (step !== 'profile' && rank.profile !== null)) return 'fallback';
  return known.mode === 'online' ? 'merged' : lists.source;
}
