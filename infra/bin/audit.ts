/** Starts the audit process. */
import { startAudit } from '../../streaming/audit/process.ts';
import { runService } from '../service.ts';

await runService('audit', startAudit);
