/** What the local stack needs, and whether this machine has it. Fetches nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalConfig } from '../../config.ts';
import { DUCKDB_VERSION } from './duckdb-extensions.ts';
import { findProgram } from './find.ts';
import { CASSANDRA_VERSION, KAFKA_VERSION } from './maven-jars.ts';
import { findJava, findMaven, findPython, type Prerequisite } from './prerequisites.ts';
import { SEAWEEDFS_VERSION, TEMPORAL_VERSION } from './programs.ts';
import { isWhole } from './sealed-folder.ts';

export interface Finding {
  readonly name: string;
  /** `fetchable`: not there yet, and `marquee up` can fetch it. */
  readonly state: 'ok' | 'fetchable' | 'missing';
  readonly detail: string;
  /** How to get it; only when missing. */
  readonly remedy?: string;
}

/** Prerequisites first, then the programs of each server. */
export async function examine(config: LocalConfig): Promise<Finding[]> {
  const { cacheDir, javaHome, kafkaHome } = config.local;
  const { searchPath } = config;
  const [java, maven, python] = await Promise.all([
    findJava(searchPath, javaHome),
    findMaven(searchPath),
    findPython(searchPath),
  ]);
  const cached = (folder: string): Promise<boolean> => isWhole(join(cacheDir, folder));
  const [kafka, temporal, weed, duckdb, cassandra] = await Promise.all([
    cached(`kafka-${KAFKA_VERSION}`),
    cached(`temporal-${TEMPORAL_VERSION}`),
    cached(`seaweedfs-${SEAWEEDFS_VERSION}`),
    cached(`duckdb-extensions-${DUCKDB_VERSION}`),
    cached(`cassandra-${CASSANDRA_VERSION}`),
  ]);
  const { external } = config;
  const kafkaOwn = kafkaHome !== undefined && existsSync(join(kafkaHome, 'libs')) ? kafkaHome : undefined;
  const kafkaHere = { configured: external['KAFKA_BROKERS'], own: kafkaOwn, cached: kafka };
  const temporalHere = {
    configured: external['TEMPORAL_ADDRESS'],
    own: findProgram('temporal', searchPath),
    cached: temporal,
  };
  const weedHere = {
    configured: external['S3_ENDPOINT'],
    own: findProgram('weed', searchPath),
    cached: weed,
  };
  const duckdbHere = { configured: external['DUCKDB_EXTENSION_DIR'], own: undefined, cached: duckdb };
  const cassandraHere = {
    configured: external['CASSANDRA_CONTACT_POINTS'],
    own: undefined,
    cached: cassandra,
  };
  const fromPython = [temporalHere, weedHere, duckdbHere];
  return [
    prerequisite(java, kafkaHere.configured === undefined),
    prerequisite(maven, !isHere(kafkaHere)),
    prerequisite(
      python,
      fromPython.some((each) => !isHere(each)),
    ),
    program('Apache Kafka', kafkaHere, maven),
    program('Temporal', temporalHere, python),
    program('SeaweedFS', weedHere, python),
    program('DuckDB extensions', duckdbHere, python),
    optional('Apache Cassandra', cassandraHere, maven),
  ];
}

interface Presence {
  /** The address or folder that the environment names. */
  readonly configured: string | undefined;
  /** The machine's own program. */
  readonly own: string | undefined;
  readonly cached: boolean;
}

const isHere = ({ configured, own, cached }: Presence): boolean =>
  configured !== undefined || own !== undefined || cached;

function prerequisite(found: Prerequisite, needed: boolean): Finding {
  const { name, program: path, version, fault, remedy } = found;
  if (path !== undefined) return { name, state: 'ok', detail: `${version} at ${path}` };
  if (!needed) return { name, state: 'ok', detail: `${fault}, and nothing here needs it` };
  return { name, state: 'missing', detail: fault ?? 'it is not usable', remedy };
}

/** Nothing needs it unless it is asked for with `marquee up --with`. */
function optional(name: string, presence: Presence, source: Prerequisite): Finding {
  const found = program(name, presence, source);
  if (found.state !== 'missing') return found;
  return { name, state: 'ok', detail: `optional; ${found.detail}, which is not here` };
}

function program(name: string, presence: Presence, source: Prerequisite): Finding {
  const { configured, own, cached } = presence;
  if (configured !== undefined) return { name, state: 'ok', detail: `configured: ${configured}` };
  if (own !== undefined) return { name, state: 'ok', detail: own };
  if (cached) return { name, state: 'ok', detail: 'fetched and whole' };
  if (source.program !== undefined) return { name, state: 'fetchable', detail: '`marquee up` fetches it' };
  return { name, state: 'missing', detail: `it is fetched with ${source.name}`, remedy: source.remedy };
}
