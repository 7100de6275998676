/** What the live stage knows beside a batch of events: the views as they are now, and what the profile service answers. */
import type { SideInputs } from '../../domain/side-inputs.ts';
import type { Answers, ProfileClient } from '../../infra/profiles/client.ts';
import type { SideViews } from '../../infra/side-inputs/views.ts';
import type { SideInputSource } from './extractor.ts';

export interface LiveInputsDeps {
  readonly views: Pick<SideViews, 'catalogue' | 'pages'>;
  readonly countries: SideInputs['countries'];
  /** Absent where no profile service is configured. */
  readonly profiles: Pick<ProfileClient, 'answers'> | undefined;
}

const NOBODY_ASKED: Answers = new Map();

export function createLiveInputs({ views, countries, profiles }: LiveInputsDeps): SideInputSource {
  const inputsOf = (answers: Answers): SideInputs => ({
    catalogue: views.catalogue(),
    pages: views.pages(),
    countries,
    profileOf: (profileId) => answers.get(profileId),
  });
  return {
    lookUp(profileIds) {
      const answers = profiles?.answers(profileIds) ?? NOBODY_ASKED;
      return answers instanceof Promise ? answers.then(inputsOf) : inputsOf(answers);
    },
  };
}
