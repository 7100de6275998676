import { createStack, type ServerStatus } from '../local/stack.ts';
import { EXIT, examples, type Register } from './deps.ts';
import { renderTable } from './output.ts';

/** `marquee status`: exits 4 unless every server runs or is configured. */
export const register: Register = (program, deps) => {
  program
    .command('status')
    .description('say which servers run, where, and since when')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee status', 'marquee status --json']))
    .action(async (options: { json?: true }) => {
      const servers = await createStack({ config: deps.loadLocalConfig() }).status();
      if (options.json === true) deps.output.json({ servers });
      else for (const line of renderTable(servers.map(row))) deps.output.data(line);
      const good = servers.every(({ state }) => state === 'running' || state === 'external');
      if (!good) deps.exitWith(EXIT.notRunning);
    });
};

function row(status: ServerStatus): string[] {
  const ports = Object.entries(status.ports ?? {}).map(([name, port]) => `${name}:${port}`);
  const live = status.state === 'running' || status.state === 'unhealthy';
  return [
    status.server,
    status.state,
    live ? `pid ${status.pid}` : '',
    live ? ports.join(' ') : '',
    live ? `since ${status.startedAt}` : '',
  ];
}
