/** Starts the behaviour process: attribution, impression memory and signals. */
import { startBehaviour } from '../../streaming/behaviour/process.ts';
import { runService } from '../service.ts';

await runService('behaviour', startBehaviour);
