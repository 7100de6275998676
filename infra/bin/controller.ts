/** Starts the controller process. */
import { startController } from '../../streaming/controller/process.ts';
import { runService } from '../service.ts';

await runService('controller', startController);
