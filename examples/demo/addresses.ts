/** Where the demo's processes listen, chosen before they start. */
import { choosePorts } from '../../infra/local/ports.ts';
import type { ProcessName } from './plan.ts';

export interface Addresses {
  readonly ingest: string;
  readonly serving: string;
  /** Where the stages without an API answer `/metrics`. */
  readonly metrics: readonly string[];
  /** Where each says that it is ready. */
  readonly readyUrls: Readonly<Partial<Record<ProcessName, string>>>;
  /** The catalogue file that serving reads. */
  readonly catalogue: string;
  /** The environment that makes the processes listen there. */
  readonly env: Readonly<Record<string, string>>;
}

/** The documented ports where they are free, others where not. */
const PREFERRED = { ingest: 4040, serving: 4000 } as const;
/** The sink commits this often in the demo, so that a refresh soon has something to count. */
const SINK_FLUSH_INTERVAL_MS = 10_000;

export async function chooseAddresses(catalogue: string): Promise<Addresses> {
  const names = ['ingest', 'serving', 'extract', 'speed'] as const;
  const ports = await choosePorts({ names, preferred: PREFERRED });
  const urlOf = (name: (typeof names)[number]): string => `http://127.0.0.1:${ports[name] ?? 0}`;
  return {
    ingest: urlOf('ingest'),
    serving: urlOf('serving'),
    metrics: [urlOf('extract'), urlOf('speed')],
    readyUrls: Object.fromEntries(names.map((name) => [name, `${urlOf(name)}/readyz`])),
    catalogue,
    env: {
      INGEST_PORT: String(ports['ingest']),
      SERVING_PORT: String(ports['serving']),
      EXTRACT_METRICS_PORT: String(ports['extract']),
      SPEED_METRICS_PORT: String(ports['speed']),
      SERVING_CATALOG_PATH: catalogue,
      SINK_FLUSH_INTERVAL_MS: String(SINK_FLUSH_INTERVAL_MS),
    },
  };
}
