/** Starts the ingest process. */
import { startIngest } from '../../streaming/ingest/process.ts';
import { runService } from '../service.ts';

await runService('ingest', startIngest, { follows: false });
