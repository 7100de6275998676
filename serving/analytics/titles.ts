/** How titles do, from the counts that rows are made of. */
import type { CatalogueEntry } from '../../domain/catalogue.ts';
import { wilsonInterval } from '../../domain/contracts/proportion.ts';
import type { Country, TitleId } from '../../domain/ids.ts';
import { IMPRESSIONS, PLAYS } from '../../domain/measures.ts';
import { mergeTitle } from '../../domain/merge.ts';
import { MOST_PRIOR_MEAN } from '../../domain/take-rate.ts';
import { DAY_MS, type EpochMs } from '../../domain/time.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Standing } from '../standing.ts';
import { Z } from './performance.ts';
import type { LaunchesAnswer, UnengagedAnswer } from './schemas.ts';

interface Asked {
  /** All countries without. */
  readonly country: Country | undefined;
  readonly limit: number;
}

/** Titles launched lately, the newest first; ties by id. */
export function launches(
  standing: Standing,
  catalogue: Pick<Catalogue, 'inOrder'>,
  { country, limit, days, now }: Asked & { readonly days: number; readonly now: EpochMs },
): LaunchesAnswer {
  const lately = catalogue
    .inOrder()
    .filter((one): one is CatalogueEntry & { launchTime: number } =>
      isWithin(one.launchTime, now - days * DAY_MS, now),
    )
    .sort((a, b) => b.launchTime - a.launchTime || (a.titleId < b.titleId ? -1 : 1));
  return {
    ...tell(standing, country),
    titles: lately.slice(0, limit).map((one) => {
      const merged = mergeTitle(standing.batch, standing.speed, one.titleId, country);
      const counted = { impressions: merged?.impressions.total ?? 0, plays: merged?.plays.total ?? 0 };
      return {
        ...titleOf(one.titleId, one.name, counted),
        launchedAt: new Date(one.launchTime).toISOString(),
      };
    }),
  };
}

const isWithin = (time: number | null, from: number, to: number): boolean =>
  time !== null && time >= from && time <= to;

/** Titles shown and not engaged with: even the upper end of their rate's interval is below what is usual. */
export function unengaged(
  standing: Standing,
  catalogue: Pick<Catalogue, 'find'>,
  { country, limit, minimum }: Asked & { readonly minimum: number },
): UnengagedAnswer {
  const all = countAll(standing, country);
  let [plays, impressions] = [0, 0];
  for (const one of all.values()) {
    // Plays beyond the impressions came from elsewhere.
    plays += Math.min(one.plays, one.impressions);
    impressions += one.impressions;
  }
  const usual = impressions === 0 ? 0 : Math.min(MOST_PRIOR_MEAN, plays / impressions);
  const passedOver = [...all]
    .filter(([, one]) => {
      if (one.impressions < minimum || one.plays >= one.impressions) return false;
      return wilsonInterval(one.plays, one.impressions, Z).high < usual;
    })
    .sort(([a, one], [b, other]) => other.impressions - one.impressions || (a < b ? -1 : 1));
  return {
    ...tell(standing, country),
    usual,
    titles: passedOver
      .slice(0, limit)
      .map(([id, counted]) => titleOf(id, catalogue.find(id)?.name ?? null, counted)),
  };
}

interface Counted {
  impressions: number;
  plays: number;
}

function countAll({ batch, speed }: Standing, country: Country | undefined): Map<TitleId, Counted> {
  const all = new Map<TitleId, Counted>();
  for (const lane of [batch, speed]) {
    lane.eachTotal(country, (title, measures, base) => {
      const known = all.get(title) ?? { impressions: 0, plays: 0 };
      known.impressions += measures[base + IMPRESSIONS]!;
      known.plays += measures[base + PLAYS]!;
      all.set(title, known);
    });
  }
  return all;
}

function titleOf(titleId: TitleId, name: string | null, { impressions, plays }: Readonly<Counted>) {
  const isRate = impressions > 0 && plays <= impressions;
  return {
    ...{ titleId, name, impressions, plays },
    rate: isRate ? { value: plays / impressions, ...wilsonInterval(plays, impressions, Z) } : null,
  };
}

const tell = ({ complete, incompleteReason }: Standing, country: Country | undefined) => ({
  ...{ complete, incompleteReason },
  country: country ?? null,
});
