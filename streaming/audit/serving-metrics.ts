/** What serving's metrics say about the rows it answered, asked for now and then. */
import type { Figure } from '../../domain/audit/figure.ts';
import { bearing } from '../../infra/http/bearing.ts';
import type { Surroundings } from './auditor.ts';

export interface ServingWatch {
  /** What was last heard; nothing while serving does not answer. */
  read(): Pick<Surroundings, 'catalogueSize' | 'figures'>;
  stop(): void;
}

const ROWS = 'marquee_serving_rows_total';
const CATALOGUE = 'marquee_catalogue_titles';

interface Sample {
  readonly rows: ReadonlyMap<string, number>;
  readonly fallbacks: ReadonlyMap<string, number>;
  readonly catalogueSize: number | undefined;
}

/** Without an address nothing is asked and nothing is known. `token` is sent as credentials. */
export function watchServing(url: string | undefined, everyMs: number, token?: string): ServingWatch {
  let before: Sample | undefined;
  let heard: Pick<Surroundings, 'catalogueSize' | 'figures'> = { figures: [] };
  const ask = async (address: string): Promise<void> => {
    try {
      const response = await fetch(address, {
        headers: bearing(token),
        signal: AbortSignal.timeout(everyMs),
      });
      const sample = parseSample(response.ok ? await response.text() : '');
      heard = {
        figures: before === undefined ? [] : fallbackShares(before, sample),
        ...(sample.catalogueSize === undefined ? {} : { catalogueSize: sample.catalogueSize }),
      };
      before = sample;
    } catch {
      heard = { figures: [] };
      before = undefined;
    }
  };
  const timer = url === undefined ? undefined : setInterval(() => void ask(url), everyMs);
  timer?.unref();
  return { read: () => heard, stop: () => clearInterval(timer) };
}

/** Reads Prometheus' text format: `name{label="value",…} number`. */
export function parseSample(text: string): Sample {
  const rows = new Map<string, number>();
  const fallbacks = new Map<string, number>();
  let catalogueSize: number | undefined;
  for (const line of text.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) continue;
    const [, name, labels = '', value] = found;
    if (name === CATALOGUE) catalogueSize = Number(value);
    if (name !== ROWS) continue;
    const row = labelIn(labels, 'row');
    rows.set(row, (rows.get(row) ?? 0) + Number(value));
    if (labelIn(labels, 'source') === 'fallback') {
      fallbacks.set(row, (fallbacks.get(row) ?? 0) + Number(value));
    }
  }
  return { rows, fallbacks, catalogueSize };
}

const labelIn = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';

/** Share of each row's answers since the last sample that came from the fallback; a restart of serving begins anew. */
export function fallbackShares(before: Sample, after: Sample): Figure[] {
  return Array.from(after.rows, ([row, total]): Figure[] => {
    const weight = total - (before.rows.get(row) ?? 0);
    const fallbacks = (after.fallbacks.get(row) ?? 0) - (before.fallbacks.get(row) ?? 0);
    if (weight <= 0 || fallbacks < 0) return [];
    return [{ metric: 'fallback_share', scope: { row }, value: fallbacks / weight, weight }];
  }).flat();
}
