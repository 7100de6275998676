/** The views that answer for single keys: each followed like any view, its parts kept on this disk. */
import type { Manifest } from '../../domain/manifest.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ViewName } from '../../domain/views.ts';
import type { Config } from '../../infra/config.ts';
import type { LoadedView, SubscriptionStatus } from '../../infra/hermes/subscriber.ts';
import { withDeadline } from '../../infra/resilience/deadline.ts';
import type { EntryTable, FoundEntries } from '../../infra/views/entries.ts';
import { followView, type FollowViewOptions, type ViewFollower } from '../follow-view.ts';

export type LoadEntries = (versionDir: string, manifest: Manifest) => Promise<EntryTable>;

/** What one version of a view has of a key. */
export interface Entry extends FoundEntries {
  readonly manifest: Manifest;
  readonly key: EntryTable['key'];
}

export interface Entries {
  /**
   * Values of the key's columns in their order, all or only the first. ENTRIES_NOT_SERVED for a view that is not named,
   * ENTRIES_UNAVAILABLE before its first version and where it takes too long, REQUEST_INVALID for more values than columns.
   */
  find(view: string, values: readonly string[]): Promise<Entry>;
  statuses(): readonly (SubscriptionStatus | undefined)[];
  nudge(): void;
  close(): Promise<void>;
}

export interface EntriesDeps extends Omit<FollowViewOptions<EntryTable>, 'view' | 'load' | 'onVersion'> {
  readonly views: readonly ViewName[];
  readonly load: LoadEntries;
  readonly mostRows: number;
  readonly deadlineMs: number;
  /** Called when another version answers. */
  readonly onVersion: () => void;
}

function followEntries(deps: EntriesDeps): Entries {
  const { views, mostRows, deadlineMs, load, onVersion, ...following } = deps;
  const live = new Map<string, LoadedView<EntryTable>>();
  const followers: readonly ViewFollower[] = views.map((view) =>
    followView<EntryTable>({
      ...following,
      ...{ view, load },
      onVersion(loaded) {
        live.set(view, loaded);
        onVersion();
      },
    }),
  );

  /** A version's files go a while after another took its place: who was late looks into that one. */
  async function read(view: string, values: readonly string[]): Promise<Entry> {
    const unavailable = (reason: string) => new MarqueeError('ENTRIES_UNAVAILABLE', { view, reason });
    for (;;) {
      const loaded = live.get(view);
      if (loaded === undefined) throw unavailable('it has no version yet');
      const { manifest, value } = loaded;
      if (values.length > value.key.length)
        throw new MarqueeError('REQUEST_INVALID', {
          field: 'key',
          shape: `${values.length} values`,
          expected: `at most ${value.key.length}: ${value.key.join(', ')}`,
        });
      try {
        return { manifest, key: value.key, ...(await value.find(values, mostRows)) };
      } catch (error) {
        if (live.get(view) !== loaded) continue;
        throw unavailable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      }
    }
  }

  return {
    find(view, values) {
      if (!(views as readonly string[]).includes(view))
        throw new MarqueeError('ENTRIES_NOT_SERVED', { view: view.slice(0, 100) });
      const late = (): MarqueeError =>
        new MarqueeError('ENTRIES_UNAVAILABLE', { view, reason: `no answer within ${deadlineMs} ms` });
      return withDeadline(read(view, values), deadlineMs, late);
    },
    statuses: () => followers.map((one) => one.status()).filter((status) => status?.version !== null),
    nudge: () => followers.forEach((one) => one.nudge()),
    async close() {
      await Promise.all(followers.map((one) => one.close()));
    },
  };
}

/** As configured; undefined where no view is read by key. */
export function openEntries(
  { entryViews, entryRows: mostRows, entryDeadlineMs: deadlineMs }: Config['serving'],
  load: LoadEntries | undefined,
  following: Omit<EntriesDeps, 'views' | 'load' | 'mostRows' | 'deadlineMs'>,
): Entries | undefined {
  const views = readEntryViews(entryViews);
  if (load === undefined || views.length === 0) return undefined;
  return followEntries({ ...following, views, load, mostRows, deadlineMs });
}

/** `none` or views with commas between, as configured. */
export const readEntryViews = (text: string): readonly ViewName[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'none') as ViewName[];
