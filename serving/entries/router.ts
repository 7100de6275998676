/** `/v1/views/{view}/{key}`: one entry of a view that is read by key. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { readInput } from '../api/validate.ts';
import type { Entries } from './entries.ts';
import { entryPath, type EntryAnswer } from './schemas.ts';

export interface EntriesRouteDeps {
  /** Undefined where no view is read by key. */
  readonly entries: Pick<Entries, 'find'> | undefined;
}

export function createEntriesRouter({ entries }: EntriesRouteDeps): Router {
  const router = Router();
  router.get('/v1/views/:view/:key', async (request, response) => {
    const { view, key } = readInput(entryPath, request.params);
    const values = valuesOf(key);
    if (entries === undefined) throw new MarqueeError('ENTRIES_NOT_SERVED', { view });
    const found = await entries.find(view, values);
    if (Object.keys(found.parts).length === 0)
      throw new MarqueeError('ENTRY_NOT_FOUND', { view, key: key.slice(0, 100) });
    const { version, asOf } = found.manifest;
    const answer: EntryAnswer = {
      ...{ view, version, asOf },
      key: Object.fromEntries(values.map((value, at) => [found.key[at]!, value])),
      parts: Object.fromEntries(Object.entries(found.parts).map(([part, rows]) => [part, [...rows]])),
      truncated: found.isCut,
    };
    response.json(answer);
  });
  return router;
}

function valuesOf(key: string): readonly string[] {
  try {
    return key.split(',').map((value) => decodeURIComponent(value));
  } catch {
    const expected = 'percent-encoded values';
    throw new MarqueeError('REQUEST_INVALID', {
      field: 'key',
      shape: 'text that cannot be decoded',
      expected,
    });
  }
}
