import type { PublishOutcome } from '../domain/publishing.ts';
import type { RefreshRequest } from './messages.ts';
import { refreshSideInput } from './refresh-side-input.ts';

/** Publishes how rows are ranked, as the file says that declares it, unless the current version says the same. */
export const refreshRankingPolicy = (request: RefreshRequest): Promise<PublishOutcome> =>
  refreshSideInput(request);
