/** What an answer says of the counts that it is made of. */
import { behindOfAll } from '../log-end.ts';
import type { Source, Standing } from '../standing.ts';

const MOST_HOLES = 100;

export function tellStanding(standing: Standing) {
  const { source, fallbackReason, viewVersion, cutAgeMs, cut, watermark, holes, silent } = standing;
  const { complete, incompleteReason, generation, later } = standing;
  return {
    source,
    fallbackReason,
    viewVersion,
    cut: { plays: [...cut.plays], impressions: [...cut.impressions] },
    cutAgeMs,
    watermark: { plays: [...watermark.plays], impressions: [...watermark.impressions] },
    generation,
    later: later.map((one) => ({
      generation: one.generation,
      watermark: { plays: [...one.watermark.plays], impressions: [...one.watermark.impressions] },
    })),
    behind: behindOfAll([standing, ...later]),
    complete,
    incompleteReason,
    holes: holes.slice(0, MOST_HOLES),
    silent: silent.slice(0, MOST_HOLES),
  };
}

/** What the header `Marquee-Source` says of an answer after its source. */
export function sourceText(
  personal: string,
  { complete }: Pick<Standing, 'complete'>,
  views: Readonly<Record<string, number | null>>,
): string {
  const named = Object.entries(views).filter(([, version]) => version !== null);
  return [
    `personal=${personal}`,
    `complete=${complete ? 1 : 0}`,
    ...named.map(([view, version]) => `${view}=${version}`),
  ].join('; ');
}

export const sourceHeader = (source: Source, text: string): string => `${source}; ${text}`;
