/** Starts the totals process. */
import { startTotals } from '../../streaming/totals/process.ts';
import { runService } from '../service.ts';

await runService('totals', startTotals);
