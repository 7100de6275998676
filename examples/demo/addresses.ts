/** Where the demo's processes listen, chosen before they start. */
import { join } from 'node:path';
import { PAST_LIMIT_MS } from '../../domain/time.ts';
import { choosePorts } from '../../infra/local/ports.ts';
import { COUNTRIES } from './audience.ts';
import type { ProcessName } from './plan.ts';

export interface Addresses {
  readonly ingest: string;
  readonly serving: string;
  /** Where the stages without an API answer `/metrics`. */
  readonly metrics: readonly string[];
  /** Where each says that it is ready. */
  readonly readyUrls: Readonly<Partial<Record<ProcessName, string>>>;
  /** Where the sources of the views `catalogue` and `pages` are written. */
  readonly catalogue: string;
  readonly pages: string;
  readonly args: Readonly<Partial<Record<ProcessName, readonly string[]>>>;
  /** The environment that makes the processes listen there. */
  readonly env: Readonly<Record<string, string>>;
}

/** The documented ports where they are free, others where not. */
const PREFERRED = { ingest: 4040, serving: 4000 } as const;
/** The sink commits this often in the demo, so that a refresh soon has something to count. */
const SINK_FLUSH_INTERVAL_MS = 10_000;

/** The events of a week are sent within minutes, so they come up to a week late. */
const LATENESS_MS = PAST_LIMIT_MS;
/** A week's plays would all stay open to late events: so many at most. */
const OPEN_PLAYS = 200;

export async function chooseAddresses(folder: string): Promise<Addresses> {
  const [catalogue, pages] = [join(folder, 'catalogue.ndjson'), join(folder, 'pages.ndjson')];
  const names = ['ingest', 'serving', 'extract', 'speed', 'behaviour', 'audit', 'profiles'] as const;
  const ports = await choosePorts({ names, preferred: PREFERRED });
  const urlOf = (name: (typeof names)[number]): string => `http://127.0.0.1:${ports[name] ?? 0}`;
  return {
    ingest: urlOf('ingest'),
    serving: urlOf('serving'),
    metrics: [urlOf('extract'), urlOf('speed'), urlOf('behaviour')],
    readyUrls: {
      ...Object.fromEntries(names.map((name) => [name, `${urlOf(name)}/readyz`])),
      profiles: `${urlOf('profiles')}/health`,
    },
    args: {
      profiles: [
        '--port',
        String(ports['profiles']),
        '--countries',
        COUNTRIES.map(({ value }) => value).join(),
      ],
    },
    catalogue,
    pages,
    env: {
      INGEST_PORT: String(ports['ingest']),
      SERVING_PORT: String(ports['serving']),
      EXTRACT_METRICS_PORT: String(ports['extract']),
      SPEED_METRICS_PORT: String(ports['speed']),
      BEHAVIOUR_METRICS_PORT: String(ports['behaviour']),
      AUDIT_METRICS_PORT: String(ports['audit']),
      AUDIT_SERVING_METRICS_URL: `${urlOf('serving')}/metrics`,
      PROFILE_SERVICE_URL: urlOf('profiles'),
      MARQUEE_CATALOGUE_SOURCE: catalogue,
      MARQUEE_PAGES_SOURCE: pages,
      SERVING_CATALOG_PATH: catalogue,
      ATTRIBUTION_LATENESS_MS: String(LATENESS_MS),
      SIGNALS_LATENESS_MS: String(LATENESS_MS),
      SIGNALS_PLAYS_PER_PROFILE: String(OPEN_PLAYS),
      SINK_FLUSH_INTERVAL_MS: String(SINK_FLUSH_INTERVAL_MS),
    },
  };
}
