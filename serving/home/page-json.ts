/**
 * Pages as JSON, put together from what was written before: titles by their library, counts by their lists, the rest once
 * for each combination of both. A test holds it to what JSON.stringify writes of the same answer.
 */
import type { WatchedNumber } from '../../domain/ranking/types.ts';
import { sourceHeader, sourceText } from '../api/tell.ts';
import { writeCursor, type RowShown } from './cursor.ts';
import { inputsOf, viewVersionsOf } from './inputs.ts';
import type { CountryLists } from './lists.ts';
import type { HomePage, ShownRow } from './page.ts';
import { rowHead } from './row-heads.ts';
import type { Source } from '../standing.ts';

export interface Written {
  readonly body: string;
  /** The same in short, for a header. */
  readonly header: string;
}

/** What is the same for all pages of one kind that were made of one set of lists. */
interface Shared {
  readonly middle: string;
  readonly header: string;
}

const SOURCE_ORDER: readonly Source[] = ['merged', 'batch', 'fallback'];

export interface PageWriter {
  home(page: HomePage, recommendationId: string): Written;
  row(page: HomePage, recommendationId: string): Written;
}

export function createPageWriter(): PageWriter {
  const kept = new WeakMap<CountryLists, Map<string, Shared>>();

  function sharedOf(page: HomePage): Shared {
    const { lists, known, step, library, request } = page;
    let byKind = kept.get(lists);
    if (byKind === undefined) kept.set(lists, (byKind = new Map<string, Shared>()));
    const key = `${library.versionsKey} ${step} ${known.mode} ${known.hasMemory} ${known.ahead !== null} ${request.device !== null} ${request.country} ${page.hasContext}`;
    let shared = byKind.get(key);
    if (shared === undefined) byKind.set(key, (shared = writeShared(page)));
    return shared;
  }

  function write(page: HomePage, recommendationId: string, rows: string): Written {
    const { request, known, lists } = page;
    const { middle, header } = sharedOf(page);
    const source = sourceOf(page);
    const { version, arm } = page.library.policyOf(request.arm);
    return {
      body:
        `{"profileId":${text(request.profile)},"recommendationId":"${recommendationId}",` +
        `"continues":${text(request.from?.recommendationId ?? null)},"country":${text(request.country)},` +
        `"device":${text(request.device)},"hour":${request.hour},"source":"${source}",` +
        `"fallbackReason":${text(reasonOf(page))},` +
        `"personal":{"mode":"${known.mode}","reason":${text(known.reason)},"taste":"${page.tasteSource}"},` +
        `"policy":{"version":${version},"arm":${text(arm)}},${middle},"counts":${lists.told},` +
        `"cursor":${cursorOf(page, recommendationId)},${rows}}`,
      header: sourceHeader(source, header),
    };
  }

  return {
    home(page, recommendationId) {
      let rows = '"rows":[';
      page.rows.forEach((row, at) => {
        if (at > 0) rows += ',';
        rows += rowJson(page, row);
      });
      return write(page, recommendationId, `${rows}]`);
    },
    row: (page, recommendationId) => write(page, recommendationId, `"row":${rowJson(page, page.rows[0]!)}`),
  };
}

/** What most texts are made of, and nothing that has to be escaped. */
const PLAIN = /^[\w.:-]*$/;

const text = (value: string | null): string =>
  value === null ? 'null' : PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);

function writeShared(page: HomePage): Shared {
  const { library, lists, known } = page;
  const views = viewVersionsOf(library, lists.standing.viewVersion);
  return {
    middle: `"views":${JSON.stringify(views)},"inputs":${JSON.stringify(inputsOf(page))}`,
    header: sourceText(known.mode, lists.standing, views),
  };
}

/** The least of its rows. */
function sourceOf({ rows, lists, step }: HomePage): Source {
  let least = step === 'catalogue' || step === 'popular' ? 2 : SOURCE_ORDER.indexOf(lists.source);
  for (const { source } of rows) least = Math.max(least, SOURCE_ORDER.indexOf(source));
  return SOURCE_ORDER[least]!;
}

function reasonOf({ step, lists, known, relaxed }: HomePage): string | null {
  if (step === 'catalogue') return 'nothing can be ranked: the catalogue in its order';
  if (step === 'popular') return 'the row has nothing to show: popular titles instead';
  if (lists.fallbackReason !== null) return lists.fallbackReason;
  if (known.isFailed) return known.reason;
  return relaxed ? 'nothing else is left: titles that were watched, or shown too often' : null;
}

/** As JSON: null where there is no going on. */
function cursorOf({ request, library, rows, at }: HomePage, recommendationId: string): string {
  const titles: number[] = [...(request.from?.titles ?? [])];
  const shown: RowShown[] = [];
  for (const { kind, subject, titles: ofRow, firstRank } of rows) {
    if (ofRow.length > 0) shown.push({ kind, subject, shown: firstRank + ofRow.length });
    for (let at = 0; at < ofRow.length; at++) titles.push(ofRow[at]!);
  }
  if (shown.length === 0) return 'null';
  for (const row of request.from?.rows ?? [])
    if (!shown.some(({ kind, subject }) => kind === row.kind && subject === row.subject)) shown.push(row);
  const cursor = writeCursor({ recommendationId, at, rows: shown, titles }, library.titles);
  // Nothing in it has to be escaped.
  return cursor === null ? 'null' : `"${cursor}"`;
}

/** How an item ends and the next one begins, and how the last one ends, by rank. */
const BETWEEN: string[] = [];
const LAST: string[] = [];
for (let rank = 0; rank < 1000; rank++) {
  BETWEEN.push(`,"rank":${rank}},`);
  LAST.push(`,"rank":${rank}}`);
}

function rowJson({ library, known }: HomePage, row: ShownRow): string {
  const { fragments } = library.titles;
  const { titles, firstRank } = row;
  let json = `${rowHead(row, library.titles).json},"source":"${row.source}","items":[`;
  const last = titles.length - 1;
  if (row.kind === 'continue-watching') {
    const watched = known.view?.watched ?? [];
    for (let at = 0; at <= last; at++) {
      const resume = resumeJson(watched.find(({ title }) => title === titles[at]));
      json += `${at > 0 ? ',' : ''}${fragments[titles[at]!]!},"rank":${firstRank + at}${resume}}`;
    }
  } else if (firstRank + last >= LAST.length) {
    for (let at = 0; at <= last; at++)
      json += `${at > 0 ? ',' : ''}${fragments[titles[at]!]!},"rank":${firstRank + at}}`;
  } else {
    for (let at = 0; at < last; at++) json += fragments[titles[at]!]! + BETWEEN[firstRank + at]!;
    if (last >= 0) json += fragments[titles[last]!]! + LAST[firstRank + last]!;
  }
  return `${json}]}`;
}

function resumeJson(watched: WatchedNumber | undefined): string {
  if (watched === undefined) return '';
  const { playedId, positionSeconds, share } = watched;
  return `,"resume":{"titleId":${text(playedId)},"positionSeconds":${positionSeconds},"share":${share}}`;
}
