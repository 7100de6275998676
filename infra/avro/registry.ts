/** Where writer schemas are kept by fingerprint, so that a record outlives the code that wrote it. */
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { Fingerprint } from './fingerprint.ts';

export interface SchemaRegistry {
  /** The schema's JSON text, or undefined where none has this fingerprint. */
  load(fingerprint: Fingerprint): Promise<string | undefined>;
  /** Keeps the schema. Saving the same one again changes nothing. */
  save(fingerprint: Fingerprint, schema: string): Promise<void>;
}

/** A registry in the object store: `<region>/schemas/<fingerprint>.avsc`. */
export function createStoredRegistry(store: ObjectStore, region: Region): SchemaRegistry {
  const keyOf = (fingerprint: Fingerprint): string => `${region}/schemas/${fingerprint}.avsc`;
  return {
    async load(fingerprint) {
      const found = await store.get(keyOf(fingerprint));
      return found === undefined ? undefined : Buffer.from(found.body).toString('utf8');
    },
    async save(fingerprint, schema) {
      try {
        await store.put(keyOf(fingerprint), Buffer.from(schema), { ifAbsent: true });
      } catch (error) {
        if (!(error instanceof MarqueeError && error.code === 'OBJECT_PRECONDITION_FAILED')) throw error;
      }
    },
  };
}
