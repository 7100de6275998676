/** The client of erasures as it is configured; nothing connects before a verb does. */
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { Temporal } from '../temporal/client.ts';
import { createErasures, type ErasureClient } from '../temporal/erasures.ts';
import { createErasureSecret } from './secret.ts';
import { createErasureStore } from './store.ts';

/** Throws ERASURE_REFUSED where no key is configured. */
export function openErasures(
  { region, erasure }: Pick<Config, 'region' | 'erasure'>,
  { temporal, store }: { readonly temporal: Temporal; readonly store: ObjectStore },
): ErasureClient {
  if (erasure.key === undefined)
    throw new MarqueeError('ERASURE_REFUSED', {
      reason: 'ERASURE_KEY is not set; every process of the region needs the same one',
    });
  const secret = createErasureSecret(erasure.key);
  const erasures = createErasureStore(store, region, secret);
  return createErasures({ temporal, region, settings: erasure, store: erasures, secret });
}
