import { examine } from '../local/programs/doctor.ts';
import { EXIT, examples, type Register } from './deps.ts';

/** `marquee doctor`: exits 3 when something is missing. */
export const register: Register = (program, deps) => {
  program
    .command('doctor')
    .description('say what the machine has for the local servers, what is missing and how to get it')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee doctor', 'marquee doctor --json']))
    .action(async (options: { json?: true }) => {
      const findings = await examine(deps.loadLocalConfig());
      const missing = findings.filter(({ state }) => state === 'missing');
      if (options.json === true) deps.output.json({ findings });
      else {
        for (const { name, state, detail, remedy } of findings) {
          const mark =
            state === 'missing' ? deps.output.style('red', 'missing') : deps.output.style('green', state);
          deps.output.data(`${name}: ${mark}, ${detail}`);
          if (remedy !== undefined) deps.output.data(`  ${remedy}.`);
        }
      }
      if (missing.length > 0) deps.exitWith(EXIT.missing);
    });
};
