/** What a page was made of, by type and mode, as its answer and its header say it. */
import { NO_COUNTS } from '../../domain/merge.ts';
import type { Library, LibraryView } from '../library/library.ts';
import type { Standing } from '../standing.ts';
import type { HomePage } from './page.ts';

/** What an input is: something learned, something known, something noticed. */
export const INPUT_TYPES = ['model', 'data', 'signal'] as const;
/** When it was made: by batch, by a stream a moment ago, or for this request. */
export const INPUT_MODES = ['offline', 'nearline', 'online'] as const;

export interface PageInput {
  readonly input: string;
  readonly type: (typeof INPUT_TYPES)[number];
  readonly mode: (typeof INPUT_MODES)[number];
  /** Of the view; null for what is no view. */
  readonly version: number | null;
}

const OFFLINE: Readonly<Record<LibraryView, PageInput['type']>> = {
  catalogue: 'data',
  'item-factors': 'model',
  neighbours: 'model',
  clusters: 'model',
  'profile-rows': 'data',
  'ranking-policy': 'model',
  'genre-contexts': 'data',
};

export const input = (
  name: string,
  type: PageInput['type'],
  mode: PageInput['mode'],
  version: number | null = null,
): PageInput => ({ input: name, type, mode, version });

/** The counts that something was ranked by. */
export const countInputs = ({ viewVersion, speed }: Pick<Standing, 'viewVersion' | 'speed'>): PageInput[] => [
  ...(viewVersion === null ? [] : [input('popularity', 'data', 'offline', viewVersion)]),
  ...(speed === NO_COUNTS ? [] : [input('speed-view', 'data', 'nearline')]),
];

/** Published views that were used; those that never were published are left out. */
export const viewInputs = (versions: Library['versions'], used: readonly LibraryView[]): PageInput[] =>
  used.flatMap((view) => {
    const version = versions[view];
    return version === null ? [] : [input(view, OFFLINE[view], 'offline', version)];
  });

export function inputsOf(page: HomePage): readonly PageInput[] {
  const { library, lists, known, step, request } = page;
  const inputs: PageInput[] = step === 'catalogue' ? [] : countInputs(lists.standing);
  const views = Object.keys(library.versions) as LibraryView[];
  inputs.push(
    ...viewInputs(
      library.versions,
      views.filter((view) => isUsed(view, page)),
    ),
  );
  if (known.mode === 'nearline') inputs.push(input('nearline-rows', 'data', 'nearline'));
  if (step === 'profile') {
    if (known.mode === 'online') inputs.push(input('plays', 'signal', 'nearline'));
    if (known.hasMemory) inputs.push(input('impressions', 'signal', 'nearline'));
    if (known.mode === 'online' && library.models.factors !== null)
      inputs.push(input('profile-factors', 'model', 'online'));
  }
  if (request.country !== null) inputs.push(input('country', 'signal', 'online'));
  if (isUsed('genre-contexts', page)) {
    inputs.push(input('hour', 'signal', 'online'));
    if (request.device !== null) inputs.push(input('device', 'signal', 'online'));
  }
  return inputs;
}

function isUsed(view: LibraryView, { known, step, hasContext }: HomePage): boolean {
  const isRanked = step === 'profile' || step === 'unpersonalised';
  if (view === 'catalogue') return true;
  if (view === 'profile-rows') return known.mode === 'offline';
  if (view === 'genre-contexts') return isRanked && hasContext;
  return step !== 'catalogue';
}

/** All views of an answer, by name, with the version that was used; null for those that were never published. */
export const viewVersionsOf = (
  { versions }: Pick<Library, 'versions'>,
  popularity: number | null,
): Readonly<Record<string, number | null>> => ({ popularity, ...versions });
