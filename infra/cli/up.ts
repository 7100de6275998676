import { listSettings } from '../config.ts';
import type { ComponentName } from '../local/server.ts';
import { OPTIONAL_SERVERS, SERVERS } from '../local/server.ts';
import { createStack, DEFAULT_COMPONENTS } from '../local/stack.ts';
import { examples, type Register } from './deps.ts';
import { renderTable } from './output.ts';
import { withProgress } from './progress.ts';

const isSecret = (key: string): boolean =>
  listSettings().some(({ meta }) => meta.env === key && meta.secret === true);

/** `marquee up`: the servers run when it ends, and go on running. */
export const register: Register = (program, deps) => {
  program
    .command('up')
    .argument('[servers...]', `which of ${SERVERS.join(', ')}; all but the optional ones unless named`)
    .option('--with <server>', `also an optional one: ${OPTIONAL_SERVERS.join(', ')}`)
    .description('fetch, verify and start the local servers; those that run already are left alone')
    .option('--json', 'print the addresses as one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee up',
        'marquee up kafka',
        'marquee up --with cassandra',
        'marquee up --json | jq .KAFKA_BROKERS',
      ]),
    )
    .action(async (servers: string[], options: { json?: true; with?: string }) => {
      const named = servers.length === 0 ? DEFAULT_COMPONENTS : servers.map(known);
      const components = options.with === undefined ? named : [...new Set([...named, known(options.with)])];
      const config = deps.loadLocalConfig();
      const environment = await withProgress(deps.output, components, (report) =>
        createStack({ config, report }).up(components),
      );
      const shown = Object.entries(environment).filter(([key]) => !isSecret(key));
      if (options.json === true) return deps.output.json(Object.fromEntries(shown));
      for (const line of renderTable(shown.map(([key, value]) => [key, value]))) deps.output.data(line);
      deps.output.say(`Data and logs are in ${config.dataDir}; \`marquee down\` stops the servers.`);
    });

  function known(name: string): ComponentName {
    const server = SERVERS.find((each) => each === name);
    if (server === undefined) {
      return program.error(`error: there is no server ${name}; there are ${SERVERS.join(', ')}`, {
        exitCode: 2,
      });
    }
    return server;
  }
};
