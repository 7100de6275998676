/** Starts the extract process. */
import { startExtract } from '../../streaming/extract/process.ts';
import { runService } from '../service.ts';

await runService('extract', startExtract);
