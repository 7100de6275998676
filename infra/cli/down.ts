import { SERVERS } from '../local/server.ts';
import { createStack } from '../local/stack.ts';
import { examples, type Register } from './deps.ts';
import { withProgress } from './progress.ts';

/** `marquee down`: stops what `marquee up` started, and nothing else; data stays. */
export const register: Register = (program, deps) => {
  program
    .command('down')
    .description('stop the servers that `marquee up` started; their data stays')
    .option('--json', 'print the names of what was stopped as one JSON object')
    .addHelpText('before', examples(['marquee down']))
    .action(async (options: { json?: true }) => {
      const config = deps.loadLocalConfig();
      const stopped = await withProgress(deps.output, SERVERS, (report) =>
        createStack({ config, report }).down(),
      );
      if (options.json === true) return deps.output.json({ stopped });
      deps.output.say(stopped.length === 0 ? 'Nothing was running.' : `Stopped ${stopped.join(', ')}.`);
    });
};
