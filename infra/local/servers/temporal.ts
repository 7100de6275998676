/** Temporal's dev server with its Web UI and a database file. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { grpcServes } from '../health.ts';
import type { Programs } from '../programs/programs.ts';
import type { Ports, ServerPlan } from '../server.ts';

export const TEMPORAL_PORTS = ['frontend', 'ui', 'metrics'] as const;
const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

export interface TemporalOptions {
  /** Folder of its own; holds the database file and the output. */
  readonly dir: string;
  readonly ports: Ports;
}

export async function planTemporal(programs: Programs, options: TemporalOptions): Promise<ServerPlan> {
  const { dir, ports } = options;
  const program = await programs.temporal();
  await mkdir(dir, { recursive: true });
  return {
    name: 'temporal',
    command: [
      ...([
        program,
        'server',
        'start-dev',
        '--ip',
        '127.0.0.1',
        '--port',
        String(ports['frontend']),
      ] as const),
      ...['--ui-port', String(ports['ui']), '--metrics-port', String(ports['metrics'])],
      ...['--db-filename', join(dir, 'temporal.db'), '--log-level', 'warn'],
    ],
    env: {},
    log: join(dir, 'temporal.log'),
    ports,
    environment: {
      TEMPORAL_ADDRESS: `127.0.0.1:${ports['frontend']}`,
      TEMPORAL_UI_URL: `http://127.0.0.1:${ports['ui']}`,
    },
    healthy: () => temporalHealthy(ports),
  };
}

export const temporalHealthy = (ports: Ports): Promise<boolean> =>
  grpcServes(ports['frontend'] ?? 0, SERVICE);
