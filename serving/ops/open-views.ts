/** The adapters behind `/v1/ops/views`. Nothing connects before an operator asks. */
import { createStandingLedger } from '../../infra/hermes/ledger.ts';
import { createViewOperations, type ViewOperationsDeps } from '../../infra/hermes/view-operations.ts';
import type { ViewOps } from './views.ts';

export interface OpenViewOps {
  readonly viewOps: ViewOps;
  close(): Promise<void>;
}

export function openViewOps(deps: ViewOperationsDeps): OpenViewOps {
  const operations = createViewOperations(deps);
  const ledger = createStandingLedger(operations.openLedger);
  return {
    viewOps: { ...operations, ledger },
    async close() {
      await Promise.all([operations.close(), ledger.close()]);
    },
  };
}
