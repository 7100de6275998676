/** SeaweedFS: an S3 server and an Iceberg REST catalog in one process. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { httpAnswers, httpJson } from '../health.ts';
import type { Programs } from '../programs/programs.ts';
import type { Ports, ServerPlan } from '../server.ts';

export const SEAWEEDFS_PORTS = ['s3', 'iceberg', 'master', 'volume', 'filer', 'admin'] as const;
/** The gRPC port of each of its parts is its HTTP port + 10,000. */
export const SEAWEEDFS_PORT_OFFSET = 10_000;

export interface SeaweedfsOptions {
  /** Folder of its own; holds the objects, the keys and the output. */
  readonly dir: string;
  readonly ports: Ports;
  /** Created when it is not there. */
  readonly bucket: string;
  /** The table bucket that Iceberg tables live in; created when it is not there. */
  readonly warehouse: string;
}

/** Plans the start; makes the keys the first time, and keeps them beside the data they open. */
export async function planSeaweedfs(programs: Programs, options: SeaweedfsOptions): Promise<ServerPlan> {
  const { dir, ports, bucket, warehouse } = options;
  const program = await programs.seaweedfs();
  await mkdir(join(dir, 'objects'), { recursive: true });
  const { ERASURE_KEY, ...keys } = await readKeys(join(dir, 'keys.json'));
  return {
    name: 'seaweedfs',
    command: [
      ...([program, '-logtostderr=true', 'mini', `-dir=${join(dir, 'objects')}`, '-ip=127.0.0.1'] as const),
      ...['-ip.bind=127.0.0.1', '-webdav=false', '-s3.port.lance=0', '-master.telemetry=false'],
      ...[
        `-s3.port=${ports['s3']}`,
        `-s3.port.iceberg=${ports['iceberg']}`,
        `-master.port=${ports['master']}`,
      ],
      ...[
        `-volume.port=${ports['volume']}`,
        `-filer.port=${ports['filer']}`,
        `-admin.port=${ports['admin']}`,
      ],
      ...[`-bucket=${bucket}`, `-tableBucket=${warehouse}`],
    ],
    env: keys,
    log: join(dir, 'seaweedfs.log'),
    ports,
    environment: {
      S3_ENDPOINT: addressOf(ports, 's3'),
      ...keys,
      // Tombstones lie in the store, and are of no use without it.
      ERASURE_KEY,
      ICEBERG_CATALOG_URI: addressOf(ports, 'iceberg'),
      ICEBERG_WAREHOUSE: warehouse,
      ICEBERG_AUTH: 'oauth2',
    },
    healthy: () => seaweedfsHealthy(ports),
  };
}

export async function seaweedfsHealthy(ports: Ports): Promise<boolean> {
  return (
    (await httpAnswers(addressOf(ports, 's3'))) &&
    (await httpAnswers(`${addressOf(ports, 'iceberg')}/v1/config`)) &&
    (await hasVolumes(ports))
  );
}

/** Whether the volume server has joined: S3 answers before that, but every read and write of an object fails. */
async function hasVolumes(ports: Ports): Promise<boolean> {
  const status = await httpJson(`${addressOf(ports, 'master')}/dir/status`);
  return ((status as { Topology?: { Max?: number } } | undefined)?.Topology?.Max ?? 0) > 0;
}

const addressOf = (ports: Ports, name: 's3' | 'iceberg' | 'master'): string =>
  `http://127.0.0.1:${ports[name]}`;

type Keys = Readonly<{ AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string }>;

/** Keys of a store of earlier code lack what came since: that is made, and what there was stays. */
async function readKeys(file: string): Promise<Keys & { readonly ERASURE_KEY: string }> {
  const found = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Partial<Keys>,
    () => ({}),
  );
  const keys = {
    ...{ AWS_ACCESS_KEY_ID: 'marquee', AWS_SECRET_ACCESS_KEY: randomBytes(24).toString('hex') },
    ERASURE_KEY: randomBytes(32).toString('hex'),
    ...found,
  };
  if (Object.keys(found).length < Object.keys(keys).length)
    await writeFile(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}
