/** Starts the speed process. */
import { startSpeed } from '../../streaming/speed/process.ts';
import { runService } from '../service.ts';

await runService('speed', startSpeed);
