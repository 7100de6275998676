/** Starts the serving process. */
import { startServing } from '../../serving/process.ts';
import { runService } from '../service.ts';

await runService('serving', startServing, { follows: false });
