/** Which files of which hours to make into fewer: plain data in, plain data out. */
import { HOUR_MS, type EpochMs } from '../../../domain/time.ts';
import { CONTENT, type DataFile } from '../catalog/manifests.ts';

export interface CompactionRules {
  /** A file below this is small. */
  readonly smallBytes: number;
  /** What a new file is made from: the bytes of its sources together. */
  readonly targetBytes: number;
  /** An hour with fewer small files is left alone. */
  readonly leastFiles: number;
  /** Hours of one commit. */
  readonly mostHours: number;
  /** Bytes that one commit reads; the first hour is taken whatever it has. */
  readonly mostBytes: number;
}

/** Hours since the epoch. */
export interface HourPlan {
  readonly hour: number;
  /** Sources of each new file. */
  readonly bins: readonly (readonly DataFile[])[];
  /** Files of deletes that the new files obey already. */
  readonly deletes: readonly DataFile[];
}

export interface CompactionPlan {
  readonly hours: readonly HourPlan[];
  /** Hours that are worth it beyond those of this commit. */
  readonly waiting: number;
}

/** Hours since the epoch. Rows that come later than that are right as well: they wait in small files for the next time. */
export function sealedBeforeOf(
  files: readonly DataFile[],
  hourName: string,
  asOf: EpochMs,
  sealAfterMs: number,
): number {
  const newest = files.reduce((highest, { partition }) => Math.max(highest, partition[hourName] ?? -1), -1);
  const now = Math.min(asOf, newest * HOUR_MS);
  return Math.floor((now - sealAfterMs) / HOUR_MS);
}

/**
 * Hours before `sealedBefore` that have enough small files, or files of deletes, the oldest first. An hour with deletes is
 * made anew whole, so that none of its deletes is needed any more; else only its small files are taken.
 */
export function planCompaction(
  files: readonly DataFile[],
  hourName: string,
  sealedBefore: number,
  rules: CompactionRules,
): CompactionPlan {
  const byHour = Map.groupBy(files, ({ partition }) => partition[hourName] ?? null);
  const worth: HourPlan[] = [];
  for (const [hour, ofHour] of byHour) {
    if (hour === null || hour >= sealedBefore) continue;
    const bins = binsOf(ofHour, rules);
    const deletes = ofHour.filter(({ content }) => content !== CONTENT.data);
    if (bins.length > 0 || deletes.length > 0) worth.push({ hour, bins, deletes });
  }
  worth.sort((a, b) => a.hour - b.hour);
  let bytes = 0;
  const hours: HourPlan[] = [];
  for (const plan of worth) {
    bytes += plan.bins.flat().reduce((sum, file) => sum + Number(file.file_size_in_bytes), 0);
    if (hours.length > 0 && (bytes > rules.mostBytes || hours.length >= rules.mostHours)) break;
    hours.push(plan);
  }
  return { hours, waiting: worth.length - hours.length };
}

function binsOf(ofHour: readonly DataFile[], rules: CompactionRules): DataFile[][] {
  const data = ofHour.filter(({ content }) => content === CONTENT.data);
  const isCorrected = data.length < ofHour.length;
  const taken = isCorrected ? data : data.filter((file) => file.file_size_in_bytes < rules.smallBytes);
  if (!isCorrected && taken.length < rules.leastFiles) return [];
  const bins: DataFile[][] = [];
  let room = 0;
  for (const file of taken.toSorted((a, b) => (a.file_path < b.file_path ? -1 : 1))) {
    const size = Number(file.file_size_in_bytes);
    if (bins.length === 0 || size > room) {
      bins.push([]);
      room = rules.targetBytes;
    }
    bins.at(-1)!.push(file);
    room -= size;
  }
  return isCorrected ? bins : bins.filter((bin) => bin.length > 1);
}
