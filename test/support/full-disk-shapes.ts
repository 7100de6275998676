/**
 * Run as a process of its own whose files may not grow past a limit: stores entries until that fails, the last ones of a
 * shape that none had before; then smaller ones of that shape, for which there is room.
 */
import { isMarqueeError } from '../../domain/errors.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';

/** As the process was started with. */
const LIMIT_BYTES = 2_000 * 1024;
const states = createLmdbKeyedStates<object>(process.argv[2] ?? '', 1);
const partition = states.partition(0);
const { epoch } = await partition.open();
let next = 0;
const put = (entries: [string, { state: object }][]): Promise<void> =>
  partition.commit({
    ...{ epoch, entries: new Map(entries) },
    positions: { plays: { next: ++next, rawHigh: next, logTime: next } },
  });

const large = 'x'.repeat(400_000);
await put([['first', { state: { first: 1 } }]]);
for (;;) {
  try {
    const isLast = next * large.length > LIMIT_BYTES - large.length;
    await put([
      [`large-${next}`, { state: { early: large } }],
      ...(isLast ? [['small', { state: { a: 0, new: 'shape' } }] as [string, { state: object }]] : []),
    ]);
  } catch (error) {
    if (!isMarqueeError(error, 'STATE_UNWRITABLE')) throw error;
    break;
  }
}
await put([['small', { state: { a: 1, new: 'shape' } }]]);
console.log(JSON.stringify({ next, small: partition.get('small')?.state }));
