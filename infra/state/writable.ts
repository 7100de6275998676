/** Tells a disk that is full, or cannot be written, from other faults of LMDB. */
import { MarqueeError } from '../../domain/errors.ts';

/** EIO (which LMDB also says of a write that was cut short), EFBIG, ENOSPC, EROFS, EDQUOT; MDB_MAP_FULL. */
const NUMBERS: ReadonlySet<unknown> = new Set([5, 27, 28, 30, 122, -30792]);
const NAMES: ReadonlySet<unknown> = new Set(['EIO', 'EFBIG', 'ENOSPC', 'EROFS', 'EDQUOT']);

/** STATE_UNWRITABLE in place of what LMDB or the file system says of a full disk; other errors as they are. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { readonly code?: unknown };
  if (!NUMBERS.has(code) && !NAMES.has(code)) return error;
  return new MarqueeError('STATE_UNWRITABLE', { folder, reason: error.message }, { cause: error });
}
