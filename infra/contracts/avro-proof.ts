/** Proof, by the library that reads the records, that a schema's records can be read with another schema. */
import avro from 'avsc';
import type { AvroRecordSchema } from '../../domain/events/schemas.ts';

/** Why records written with `writer` cannot be read with `reader`, in the library's words; undefined where they can. */
export function avroFault(reader: AvroRecordSchema, writer: AvroRecordSchema): string | undefined {
  const schemas = [reader, writer].map((schema) => avro.Type.forSchema(schema as unknown as avro.Schema));
  try {
    schemas[0]!.createResolver(schemas[1]!);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
