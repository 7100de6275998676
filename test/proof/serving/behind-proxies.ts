/**
 * The serving process, with some ports reached by others: `behind-proxies.ts '{"9092":40001}'`. A broker tells its clients
 * where it is, so that an address in the configuration would not keep them on the way through a proxy.
 */
import net from 'node:net';

const detours = new Map(Object.entries(JSON.parse(process.argv[2] ?? '{}') as Record<string, number>));
const { connect } = net;

const detoured = ((...args: [net.NetConnectOpts, ...never[]]) => {
  const [options, ...rest] = args;
  const port =
    typeof options === 'object' && 'port' in options ? detours.get(String(options.port)) : undefined;
  return port === undefined ? connect(...args) : connect({ ...options, port } as net.NetConnectOpts, ...rest);
}) as typeof net.connect;
Object.assign(net, { connect: detoured, createConnection: detoured });

await import('../../../infra/bin/serving.ts');
