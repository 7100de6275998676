/** Serving's two ports: rows for everybody who may, operations for the few. */
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import type { Config } from '../infra/config.ts';
import { openAccessOf, type OpenAccessDeps } from '../infra/http/auth/open.ts';
import { listen, type HttpServer } from '../infra/http/listen.ts';
import { createOperatorLog } from '../infra/http/operator-log.ts';
import type { ServiceContext } from '../infra/service.ts';
import type { ServingAccess } from './access.ts';

/** Throws CONFIG_INVALID where serving would be open to others than this machine. */
export async function openServingAccess(deps: OpenAccessDeps): Promise<ServingAccess> {
  const { limits, ops, serving, dataDir } = deps.config;
  const access = await openAccessOf(
    deps,
    { setting: 'SERVING_HOST', host: serving.host },
    { setting: 'SERVING_OPS_HOST', host: ops.host },
  );
  const operatorLog = createOperatorLog(ops.logPath ?? join(dataDir, 'operator-actions.ndjson'));
  return { access, limits, operatorLog };
}

/** Both are listened on, or none. */
export async function listenOnBoth(
  { config, log, onClose }: ServiceContext,
  app: RequestListener,
  opsApp: RequestListener,
): Promise<{ url: string; opsUrl: string }> {
  const { host, port } = config.serving;
  const { maxConnections } = config.limits;
  const server = await listen(app, { host, port, maxConnections });
  onClose(server.close);
  const ops = await listenForOperators(opsApp, config);
  onClose(ops.close);
  log.info({ url: server.url, opsUrl: ops.url }, 'listening');
  return { url: server.url, opsUrl: ops.url };
}

async function listenForOperators(app: RequestListener, config: Config): Promise<HttpServer> {
  const { host, port } = config.ops;
  const { port: beside, worker } = config.serving;
  const { maxConnections } = config.limits;
  const on = (chosen: number): Promise<HttpServer> => listen(app, { host, port: chosen, maxConnections });
  if (port !== undefined) return on(Number(port) === 0 ? 0 : Number(port) + worker);
  if (beside === 0 || beside + worker >= 65_535) return on(0);
  try {
    return await on(beside + 1 + worker);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return on(0);
  }
}
