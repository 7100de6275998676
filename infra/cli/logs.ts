import { watchFile, unwatchFile } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { SERVERS, type ServerName } from '../local/server.ts';
import { readStackFile } from '../local/stack-file.ts';
import { tail } from '../local/start.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';

const DEFAULT_LINES = 40;
const POLL_MS = 300;

interface Options {
  readonly lines: string;
  readonly follow?: true;
  readonly json?: true;
}

/** `marquee logs`: the end of each server's output; with --follow, what comes until interrupted. */
export const register: Register = (program, deps) => {
  program
    .command('logs')
    .argument('[servers...]', `which of ${SERVERS.join(', ')}; all unless named`)
    .description('print the end of what the servers wrote')
    .option('-n, --lines <count>', 'how many lines of each', String(DEFAULT_LINES))
    .option('-f, --follow', 'go on until interrupted')
    .option('--json', 'one JSON object a line: {server, line}')
    .addHelpText(
      'before',
      examples(['marquee logs', 'marquee logs kafka -n 100', 'marquee logs temporal --follow']),
    )
    .action(async (names: string[], options: Options) => {
      const count = Number(options.lines);
      if (!Number.isInteger(count) || count < 1) {
        program.error(`error: --lines is ${options.lines}, expected a positive integer`, {
          exitCode: EXIT.usage,
        });
      }
      const unknown = names.find((name) => !SERVERS.includes(name as ServerName));
      if (unknown !== undefined) {
        program.error(`error: there is no server ${unknown}; there are ${SERVERS.join(', ')}`, {
          exitCode: EXIT.usage,
        });
      }
      const records = readStackFile(deps.loadLocalConfig().dataDir).servers;
      const wanted = SERVERS.filter((name) => names.length === 0 || names.includes(name));
      const logs = wanted.flatMap((name) =>
        records[name] === undefined ? [] : [{ name, file: records[name].log }],
      );
      if (logs.length === 0) {
        deps.output.say('No server was ever started for this data folder: run `marquee up`.');
        return deps.exitWith(EXIT.notRunning);
      }
      for (const { name, file } of logs)
        for (const line of tail(file, count)) print(deps, options, name, line);
      if (options.follow === true)
        await Promise.all(logs.map(({ name, file }) => follow(deps, options, name, file)));
    });
};

function print(deps: CliDeps, options: Options, server: ServerName, line: string): void {
  if (options.json === true) deps.output.json({ server, line });
  else deps.output.data(`${deps.output.style('dim', server)} ${line}`);
}

/** Prints what is added to the file until the process is interrupted. */
async function follow(deps: CliDeps, options: Options, server: ServerName, file: string): Promise<void> {
  let position = (await stat(file)).size;
  let rest = '';
  const interrupted = Promise.withResolvers<void>();
  process.once('SIGINT', () => interrupted.resolve());
  watchFile(file, { interval: POLL_MS }, (now) => {
    void (async () => {
      if (now.size <= position) return;
      const handle = await open(file);
      try {
        const { buffer } = await handle.read(
          Buffer.alloc(now.size - position),
          0,
          now.size - position,
          position,
        );
        position = now.size;
        const lines = (rest + buffer.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) print(deps, options, server, line);
      } finally {
        await handle.close();
      }
    })();
  });
  await interrupted.promise;
  unwatchFile(file);
}
