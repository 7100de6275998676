import type { ProfileReader } from '../../serving/profiles/port.ts';

const nothing = () => Promise.resolve(undefined);

/** Profiles of which nothing is known. */
export const NOBODY: ProfileReader = {
  memoryOf: nothing,
  signalsOf: nothing,
  titlePairsOf: nothing,
  watchingOf: nothing,
  rowsOf: nothing,
};
