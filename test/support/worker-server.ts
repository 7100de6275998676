/** A server of `runWorkers` for tests: says on stdout where it listens, and answers with who it is. Arguments: how many. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childEnvironment } from '../../infra/config.ts';
import { silentLog } from '../../infra/log.ts';
import { isFirstProcess, runWorkers } from '../../infra/workers.ts';

if (isFirstProcess()) {
  const code = await runWorkers({
    count: Number(process.argv[2]),
    environmentOf: (worker) => ({ TEST_WORKER: String(worker) }),
    shutdownTimeoutMs: 5000,
    log: silentLog(),
  });
  process.exit(code);
}
const server = createServer((_request, response) =>
  response.end(`${childEnvironment()['TEST_WORKER']} ${process.pid}`),
);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.once('SIGTERM', () => process.exit(0));
