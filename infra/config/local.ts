import { z } from 'zod';
import { integer, optionalText, text } from './setting.ts';

/** The local stack: what `marquee up` fetches and starts. */
export const localSection = z.object({
  cacheDir: text('MARQUEE_CACHE_DIR', {
    default: '.cache/marquee',
    expects: 'a folder',
    reason: 'Where fetched server programs are kept, checked by their checksums.',
  }),
  kafkaHeapMb: integer('MARQUEE_KAFKA_HEAP_MB', {
    default: 512,
    min: 128,
    max: 65_536,
    reason: 'Heap of the local Kafka broker.',
  }),
  cassandraHeapMb: integer('MARQUEE_CASSANDRA_HEAP_MB', {
    default: 768,
    min: 256,
    max: 65_536,
    reason: 'Heap of the local Cassandra node.',
  }),
  startTimeoutMs: integer('MARQUEE_START_TIMEOUT_MS', {
    default: 90_000,
    min: 1000,
    max: 1_800_000,
    reason: 'How long a server may take to become healthy.',
  }),
  stopTimeoutMs: integer('MARQUEE_STOP_TIMEOUT_MS', {
    default: 15_000,
    min: 100,
    max: 600_000,
    reason: 'How long a server may take to stop before it is killed.',
  }),
  kafkaHome: optionalText('KAFKA_HOME', {
    expects: 'the folder of an Apache Kafka 4 distribution',
    reason: 'A Kafka that is already on the machine. Unset: fetched from Maven Central.',
  }),
  javaHome: optionalText('JAVA_HOME', {
    expects: 'a folder',
    reason: 'The Java to run Kafka and Cassandra with. Unset: `java` on PATH.',
  }),
});
