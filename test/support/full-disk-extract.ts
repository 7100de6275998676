/** Run as a process of its own whose files may not grow past a limit: commits sightings until that fails, then prints where it stands. */
import { isMarqueeError } from '../../domain/errors.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';

const SIGHTINGS = 1000;
const state = createLmdbExtractState(process.argv[2] ?? '');
let position = 0;
for (;;) {
  const next = position + SIGHTINGS;
  const keys = Array.from({ length: SIGHTINGS }, (_, i): [string, number] => [`key-${position + i}`, next]);
  try {
    await state.commit(0, {
      ...{ expected: position === 0 ? null : position, position: next, logTime: next },
      ...{ seen: new Map(keys), forgetBefore: 0 },
    });
  } catch (error) {
    if (!isMarqueeError(error, 'STATE_UNWRITABLE')) throw error;
    break;
  }
  position = next;
}
console.log(JSON.stringify({ position, standsAt: state.standsAt(0) }));
