/** What an answer says of itself, and what is wrong with it: rows, pages and similar titles alike. */
import { MODEL_VIEWS } from './published.ts';

export interface ReadAnswer {
  /** Absent in what has none. */
  readonly source: string | undefined;
  /** How it was made to fit its profile; absent in what is of no profile. */
  readonly mode: string | undefined;
  /** Undefined for nothing. */
  readonly fault: string | undefined;
}

interface Body {
  readonly source?: string;
  readonly profileId?: string | null;
  readonly items?: readonly unknown[];
  readonly row?: { readonly items: readonly unknown[] };
  readonly rows?: readonly { readonly items: readonly unknown[] }[];
  readonly personal?: { readonly mode: string };
  readonly views?: Readonly<Record<string, number | null>>;
}

const MOST_TOLD = 200;

/** It must be 200, have titles, and be made with models where it names its views. */
export function readAnswer(status: number | undefined, text: string): ReadAnswer {
  const told = text.slice(0, MOST_TOLD);
  if (status !== 200) return { source: undefined, mode: undefined, fault: `${status} ${told}` };
  const { source, profileId, items, row, rows, personal, views } = JSON.parse(text) as Body;
  const mode = typeof profileId === 'string' ? personal?.mode : undefined;
  const titles = items ?? row?.items ?? rows?.flatMap((one) => one.items) ?? [];
  const missing = views === undefined ? [] : MODEL_VIEWS.filter((view) => (views[view] ?? null) === null);
  if (titles.length === 0) return { source, mode, fault: `empty: ${told}` };
  return { source, mode, fault: missing.length === 0 ? undefined : `without ${missing.join(', ')}` };
}
