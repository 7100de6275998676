/** What was answered, as it is kept for training and audit. */
import type { DerivedRecord } from './events/derived.ts';
import { hashText } from './hash.ts';

export interface ServedRow {
  readonly recommendationId: string;
  readonly row: string;
  readonly profileId?: string | undefined;
  readonly country?: string | undefined;
  /** When it was answered, milliseconds since the epoch. */
  readonly time: number;
  /** From rank 0 on. */
  readonly titleIds: readonly string[];
  readonly source: string;
  readonly viewVersion?: number | undefined;
  /** Arms of experiments, as `armsText` writes them; absent or empty without any. */
  readonly arms?: string | undefined;
  /** Whose choice each title of an interleaved row was, as `teamsText` writes it. */
  readonly teams?: string | undefined;
}

/** Between the titles of a row. */
export const SERVED_TITLE_SEPARATOR = '\n';

/** The record of a row, the only one with its key. */
export function servedRecord(served: ServedRow): DerivedRecord<'served-rows'> {
  const { recommendationId, row, profileId, country, time, source, viewVersion, arms, teams } = served;
  return {
    upsertKey: `${recommendationId}/${row}`,
    version: 0,
    appendTime: time,
    ...{ recommendationId, row, eventTime: time, source },
    titles: served.titleIds.join(SERVED_TITLE_SEPARATOR),
    ...(profileId === undefined ? {} : { profileId }),
    ...(country === undefined ? {} : { country }),
    ...(viewVersion === undefined ? {} : { viewVersion }),
    ...(arms === undefined || arms === '' ? {} : { arms }),
    ...(teams === undefined ? {} : { teams }),
  };
}

/** Whether an answer is among the share that is kept: the same for all its rows, on every machine. */
export const isKept = (recommendationId: string, share: number): boolean =>
  share >= 1 || hashText(recommendationId) >>> 0 < share * 2 ** 32;
