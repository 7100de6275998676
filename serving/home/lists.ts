/** Keeps the shared lists of each country that is asked for no older than a second, made between requests where it can be. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Country } from '../../domain/ids.ts';
import { leastPlaysOf } from '../../domain/ranking/policy.ts';
import type { SharedLists } from '../../domain/ranking/types.ts';
import type { Log } from '../../infra/log.ts';
import type { Library } from '../library/library.ts';
import { inTurns } from '../in-turns.ts';
import type { NumberedTitles } from '../library/titles.ts';
import { withoutSpeed, type Source, type Standing, type Standings } from '../standing.ts';
import {
  countFor,
  countInSteps,
  createListMaker,
  emptyLists,
  type CountedStanding,
  type ListMaker,
  type ListRules,
} from './country-lists.ts';
import { tellStanding } from '../api/tell.ts';

export interface CountryLists {
  readonly lists: SharedLists;
  /** What they were counted from. */
  readonly standing: Standing;
  readonly source: Source;
  readonly fallbackReason: string | null;
  /** What an answer says of it, as JSON. */
  readonly told: string;
  /** When it was counted: milliseconds, monotonic. */
  readonly madeAt: number;
}

export interface ListsDeps {
  readonly standings: Pick<Standings, 'current'>;
  readonly rules: ListRules;
  /** No list that is answered from is older. */
  readonly maxAgeMs: number;
  /** How often those that are asked for are made anew. */
  readonly refreshMs: number;
  /** Countries whose lists are kept. */
  readonly mostCountries: number;
  readonly clock: () => number;
  readonly log: Log;
}

export interface ListsKeeper {
  of(library: Library, country: Country | null): CountryLists;
  /** Makes for a library that comes what is asked of the one before it. */
  prepare(library: Library): Promise<void>;
  close(): void;
}

/** How often it is counted in steps, each time given up because a view came or somebody could not wait, before it is done in one go. */
const MOST_TRIES = 3;
/** Lists that nobody asked for in this time are not made anew. */
const FORGOTTEN_MS = 10_000;

interface Kept {
  readonly maker: ListMaker;
  readonly country: Country | null;
  /** As the policy has it that the lists are asked by: another is on trial beside it now and then. */
  readonly minPlays: number;
  /** Counted together with others, and not listed yet. */
  counted: (CountedStanding & { readonly countedAt: number }) | undefined;
  lists: CountryLists | undefined;
  askedAt: number;
}

export function createListsKeeper(deps: ListsDeps): ListsKeeper {
  const { standings, rules, clock, log } = deps;
  const keptOf = new WeakMap<NumberedTitles, LRUCache<string, Kept>>();
  /** One standing is told of by the lists of many countries. */
  const toldOf = new WeakMap<Standing, string>();
  let newest: Library | undefined;
  let isTurning = false;
  /** Which count is under way: it is given up when another begins. */
  let counting = 0;

  const all = (titles: NumberedTitles): LRUCache<string, Kept> => {
    let found = keptOf.get(titles);
    if (found === undefined) {
      found = new LRUCache<string, Kept>({ max: deps.mostCountries });
      keptOf.set(titles, found);
    }
    return found;
  };

  const keptFor = ({ titles, policy }: Library, country: Country | null, askedAt: number): Kept => {
    const kept = all(titles);
    const minPlays = leastPlaysOf(policy, rules.minPlays);
    const key = `${country ?? ''} ${minPlays}`;
    let found = kept.get(key);
    if (found === undefined) {
      const maker = createListMaker(titles, country, rules);
      found = { maker, country, minPlays, counted: undefined, lists: undefined, askedAt };
      kept.set(key, found);
    }
    return found;
  };

  /** Down the ladder: both lanes, the batch view alone, nothing counted. */
  function make(library: Library, kept: Kept): CountryLists {
    const { minPlays } = kept;
    const now = clock();
    const before = kept.counted;
    const waiting = before !== undefined && now - before.countedAt < deps.maxAgeMs ? before : undefined;
    kept.counted = undefined;
    let standing = waiting?.standing ?? standings.current();
    try {
      if (waiting === undefined) counting += 1;
      const counted = waiting ?? countFor(library.titles, [kept.maker], standing, rules);
      kept.lists = tell(kept.maker.make(counted, minPlays), standing, waiting?.countedAt ?? now);
    } catch (error) {
      const reason = `merging failed: ${error instanceof Error ? error.message : String(error)}`;
      log.warn({ err: error }, 'lists cannot be merged: from the batch view alone');
      standing = withoutSpeed(standing, reason);
      kept.lists = tell(fromBatch(library, kept.maker, standing, minPlays), standing, now);
    }
    return kept.lists;
  }

  function fromBatch(library: Library, maker: ListMaker, standing: Standing, minPlays: number): SharedLists {
    try {
      counting += 1;
      return maker.make(countFor(library.titles, [maker], standing, rules), minPlays);
    } catch (error) {
      log.warn({ err: error }, 'nothing can be counted: the catalogue in its order');
      return emptyLists(library.titles);
    }
  }

  const askedLately = (library: Library): readonly Kept[] => {
    const now = clock();
    return [...all(library.titles).values()].filter(({ askedAt }) => now - askedAt <= FORGOTTEN_MS);
  };

  const countedNow = (
    asked: readonly Kept[],
    counted: CountedStanding | undefined,
    countedAt: number,
  ): void => {
    for (const kept of asked) kept.counted = counted && { ...counted, countedAt };
  };

  /** Counts for all that are asked for in one go; where that fails each is made by itself, down the ladder. */
  function countTogether(library: Library): void {
    const asked = askedLately(library);
    const makers = asked.map(({ maker }) => maker);
    counting += 1;
    const countedAt = clock();
    try {
      countedNow(asked, countFor(library.titles, makers, standings.current(), rules), countedAt);
    } catch {
      countedNow(asked, undefined, countedAt);
    }
  }

  /** The same with requests in between; undefined where it fails, somebody counted meanwhile or another view came. */
  async function countSlowly(library: Library, asked: readonly Kept[]): Promise<CountedStanding | undefined> {
    const mine = ++counting;
    const standing = standings.current();
    const makers = asked.map(({ maker }) => maker);
    function* whileGood(): Generator<undefined, CountedStanding | undefined> {
      const steps = countInSteps(library.titles, makers, standing, rules);
      for (;;) {
        if (counting !== mine || standings.current().batch !== standing.batch) return undefined;
        const { done, value } = steps.next();
        if (done === true) return value;
        yield;
      }
    }
    return inTurns(whileGood()).catch(() => undefined);
  }

  function tell(lists: SharedLists, standing: Standing, madeAt: number): CountryLists {
    const { source, fallbackReason } = standing;
    let told = toldOf.get(standing);
    if (told === undefined) toldOf.set(standing, (told = JSON.stringify(tellStanding(standing))));
    return { lists, standing, source, fallbackReason, told, madeAt };
  }

  async function turn(): Promise<void> {
    if (isTurning || newest === undefined) return;
    isTurning = true;
    const library = newest;
    try {
      const asked = askedLately(library);
      if (asked.length === 0) return;
      countedNow(asked, undefined, 0);
      const isUncounted = (): boolean => asked.every((kept) => kept.counted === undefined);
      let countedAt = clock();
      for (let tries = 0; isUncounted() && tries < MOST_TRIES; tries++) {
        countedAt = clock();
        const counted = await countSlowly(library, asked);
        if (counted !== undefined) countedNow(asked, counted, countedAt);
      }
      if (isUncounted()) countTogether(library);
      for (const kept of asked) {
        await nextTurn();
        // Somebody may have asked for it meanwhile.
        if (kept.lists === undefined || kept.lists.madeAt < countedAt) make(library, kept);
      }
    } catch (error) {
      log.warn({ err: error }, 'lists cannot be made anew');
    } finally {
      isTurning = false;
    }
  }

  const timer = setInterval(() => void turn(), deps.refreshMs).unref();
  return {
    of(library, country) {
      newest = library;
      const now = clock();
      const kept = keptFor(library, country, now);
      kept.askedAt = now;
      if (kept.lists !== undefined && now - kept.lists.madeAt < deps.maxAgeMs) return kept.lists;
      // Late: what this one waits for, the others will not have to.
      if (kept.counted === undefined) countTogether(library);
      return make(library, kept);
    },
    async prepare(library) {
      const before = newest;
      if (before === undefined) return;
      const now = clock();
      for (const { country, askedAt } of [...all(before.titles).values()]) {
        if (now - askedAt > FORGOTTEN_MS) continue;
        const kept = keptFor(library, country, askedAt);
        if (kept.lists !== undefined) continue;
        await nextTurn();
        make(library, kept);
      }
    },
    close: () => clearInterval(timer),
  };
}
