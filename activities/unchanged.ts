/** Runs that find a view as it should be keep its schedule's promise, although no version comes of them: they leave a mark. */
import type { ModelTarget } from '../domain/training.ts';
import { ROW_PERFORMANCE_VIEW } from '../domain/row-performance.ts';
import type { ViewName } from '../domain/views.ts';
import type { ActivityDeps } from './deps.ts';
import type { Activity } from './guard.ts';

/** What an activity was asked, what it answered → the views of which it found that they need no new version. */
type Finding = (input: never, result: never) => readonly ViewName[];

const ofPlan: Finding = (
  { view }: { view: ViewName },
  { unchanged, reason }: { unchanged: boolean; reason?: string },
) =>
  // With a reason the source says something new that was rejected: then the view is not as it should be.
  unchanged && reason === undefined ? [view] : [];

/** By the activity's name. */
const FINDINGS: Readonly<Record<string, Finding>> = {
  planRefresh: ofPlan,
  planIngest: ofPlan,
  planDeclared: ofPlan,
  planPerformance: (_input, { plan }: { plan?: unknown }) =>
    plan === undefined ? [ROW_PERFORMANCE_VIEW] : [],
  planTraining: (_input, { isEmpty, targets }: { isEmpty: boolean; targets: readonly ModelTarget[] }) =>
    targets.filter(({ unchanged }) => unchanged || isEmpty).map(({ view }) => view),
  rejectVersion: ({ view, rule }: { view: ViewName; rule: string }) => (rule === 'unchanged' ? [view] : []),
};

/** The same activities; a mark that cannot be left is done without. */
export function markingUnchanged<T extends Record<string, Activity>>(
  { notices: { store, now } }: Pick<ActivityDeps, 'notices'>,
  activities: T,
): T {
  const marking = Object.entries(activities).map(([name, run]) => {
    const finding = FINDINGS[name];
    if (finding === undefined) return [name, run];
    const marked: Activity = async (input) => {
      const result = await run(input);
      for (const view of finding(input, result as never))
        await store.markUnchanged(view, now()).catch(() => undefined);
      return result;
    };
    return [name, marked];
  });
  return Object.fromEntries(marking) as T;
}
