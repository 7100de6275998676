/** The Avro schemas that processes have published, as documents. */
import { asAvroRecord } from '../../domain/contracts/avro-compatibility.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { avroDocument, type ContractDocument } from './documents.ts';

/** Reads every schema of `<region>/schemas/`. They are canonical forms, which tell what was written, not what is read. */
export async function publishedDocuments(store: ObjectStore, region: Region): Promise<ContractDocument[]> {
  const listed = await store.list(`${region}/schemas/`);
  return Promise.all(
    listed.map(async ({ key }) => {
      const found = await store.get(key);
      const schema = asAvroRecord(JSON.parse(new TextDecoder().decode(found?.body)));
      if (schema === undefined)
        throw new MarqueeError('CONTRACT_INVALID', { subject: key, reason: 'it is no Avro record' });
      return avroDocument(schema, false);
    }),
  );
}
