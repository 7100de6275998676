/**
 * Prints each notice that is posted to it, one JSON line each:
 *
 *   node examples/webhook/main.ts whsec_… 8099
 *
 * It goes on until it is interrupted.
 */
import { createReceiver } from './receiver.ts';

const [secret, port = '8099'] = process.argv.slice(2);
if (secret === undefined)
  throw new RangeError('say the secret: node examples/webhook/main.ts whsec_… [port]');
const server = createReceiver(secret, (notice) => void process.stdout.write(`${JSON.stringify(notice)}\n`));
server.listen(Number(port), '127.0.0.1', () => process.stderr.write(`listening on 127.0.0.1:${port}\n`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
