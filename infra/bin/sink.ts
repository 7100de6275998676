/** Starts the sink process. */
import { startSink } from '../../streaming/sink/process.ts';
import { runService } from '../service.ts';

await runService('sink', startSink);
