import { quick } from './activity-proxies.ts';
import { beginDelivery } from './notices.ts';

export interface Watched {
  /** Ids of the notices whose delivery has begun. */
  readonly told: readonly string[];
}

/** Looks which views are overdue and which subscribers lag, and has that told, and what operators did since the last look. */
export async function watchViews(): Promise<Watched> {
  const { notices } = await quick.watchViews();
  const told: string[] = [];
  for (const notice of notices) if (await beginDelivery(notice)) told.push(notice.id);
  if (told.length > 0) await quick.settleNotices({ ids: told });
  return { told };
}
