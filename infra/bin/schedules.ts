/** `npm run schedules:apply`: `marquee schedules apply`. */
import { runCommandLine } from '../cli/program.ts';

process.exitCode = await runCommandLine(['schedules', 'apply', ...process.argv.slice(2)], {
  stdout: process.stdout,
  stderr: process.stderr,
});
