/** Libraries with a candidate in the place of a current version, and who is served by them. */
import { canaryArmText, drawCandidate } from '../../domain/canary/arms.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { ViewName } from '../../domain/views.ts';
import type { Canaries } from '../../infra/hermes/canaries.ts';
import {
  followCandidate,
  type FollowCandidateDeps,
  type FollowedCandidate,
  type LoadedCandidate,
} from '../../infra/hermes/followed-candidate.ts';
import type { LibraryLoaders } from './follow-library.ts';
import { buildLibrary, type Library } from './library.ts';

/** What one profile is served by. */
export interface ServedLibrary {
  readonly library: Library;
  /** Its arm of a canary, as what was served keeps it; null for most. */
  readonly canaryArm: string | null;
}

export interface CandidatesDeps extends Omit<FollowCandidateDeps, 'canaries'> {
  /** Absent where nothing is tried out. */
  readonly canaries: Pick<Canaries, 'find'> | undefined;
  readonly loaders: LibraryLoaders;
  /** The views that can be tried out, and what each is in a library. */
  readonly views: readonly (readonly [view: ViewName, name: keyof LibraryLoaders])[];
  /** Called when candidates came or went: `rebuild` follows. */
  readonly onChange: () => void;
}

export interface Candidates {
  /** Makes libraries of what is tried out now, beside this one. */
  rebuild(live: Library): Promise<void>;
  isStale(live: Library): boolean;
  serve(live: Library, profile: ProfileId | null): ServedLibrary;
  nudge(): void;
  close(): Promise<void>;
}

interface Built {
  readonly of: LoadedCandidate<unknown>;
  readonly beside: Library;
  /** Undefined where the candidate cannot be loaded. */
  readonly library: Library | undefined;
}

export function followCandidates(deps: CandidatesDeps): Candidates {
  const { canaries, loaders, views, onChange, now } = deps;
  const followed = (canaries === undefined ? [] : views).map(
    ([view, name]): {
      readonly name: keyof LibraryLoaders;
      readonly candidate: FollowedCandidate<unknown>;
    } => ({
      name,
      candidate: followCandidate<unknown>({ ...deps, canaries: canaries! }, view, {
        load: loaders[name],
        onChange,
      }),
    }),
  );
  let built: readonly Built[] = [];

  const wanted = () =>
    followed.flatMap(({ name, candidate }) => {
      const of = candidate.current();
      return of === undefined ? [] : [{ name, of }];
    });

  const isDue = ({ of: { candidate } }: Built): boolean => Date.parse(candidate.endsAt) <= now();

  return {
    isStale(live) {
      const open = wanted();
      return (
        open.length !== built.length ||
        open.some(({ of }, at) => built[at]?.of !== of || built[at]?.beside !== live)
      );
    },
    async rebuild(live) {
      const next: Built[] = [];
      for (const { name, of } of wanted()) {
        const known = built.find((one) => one.of === of && one.beside === live);
        if (known !== undefined) {
          next.push(known);
          continue;
        }
        const { version } = of.candidate;
        const library =
          of.value === undefined
            ? undefined
            : await buildLibrary({ ...live.inputs, [name]: { version, value: of.value } }, live);
        next.push({ of, beside: live, library });
      }
      built = next;
    },
    serve(live, profile) {
      if (built.length === 0 || profile === null) return { library: live, canaryArm: null };
      const open = built.filter((one) => !isDue(one));
      const drawn = drawCandidate(
        open.map(({ of }) => of.candidate),
        profile,
      );
      if (drawn === undefined) return { library: live, canaryArm: null };
      const { candidate, cohort } = drawn;
      if (cohort === 'baseline') return { library: live, canaryArm: canaryArmText(candidate, 'baseline') };
      const library = open.find(({ of }) => of.candidate === candidate)?.library;
      return library === undefined
        ? { library: live, canaryArm: canaryArmText(candidate, 'unloaded') }
        : { library, canaryArm: canaryArmText(candidate, 'candidate') };
    },
    nudge: () => followed.forEach(({ candidate }) => candidate.nudge()),
    async close() {
      await Promise.all(followed.map(({ candidate }) => candidate.close()));
    },
  };
}
