/** What operators and programs are told of views: one flat record, the same on the topic `notifications` and to webhooks. */
import { canonicalJson } from '../canonical-json.ts';
import type { Region } from '../ids.ts';
import { parseJson, readFields, type Refuse } from '../json-fields.ts';
import { PARENT_MOVED, type PublishOutcome, type Refusal } from '../publishing.ts';
import { INSTANT, LARGEST_VERSION, VIEW_NAME, viewName, type ViewName, type ViewVersion } from '../views.ts';

/**
 * `refused`: a rule stopped a version. `failed`: the run that made one did not come to its end. `overdue`: a schedule promised a
 * version, and neither one nor the word that nothing changed came in time. `laggards`: subscribers serve another version than
 * they should. `canary`: what serving a version to a few came to.
 */
export const NOTICE_KINDS = [
  'published',
  'refused',
  'failed',
  'overdue',
  'laggards',
  'rolled-back',
  'pinned',
  'unpinned',
  'canary',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface Notice {
  /** The same however often it is sent: who gets it twice knows by it. Letters, digits, hyphens. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly region: Region;
  readonly view: ViewName;
  /** What it is about; null where there is no version. */
  readonly version: ViewVersion | null;
  /** What is to be served now, where that is another one or was steered. */
  readonly served: ViewVersion | null;
  /** ISO instant of when it came about. */
  readonly at: string;
  /** Of a refusal, a failure, a roll back or a canary. */
  readonly rule: string | null;
  readonly reason: string | null;
  /** Names of laggards. */
  readonly subscribers: readonly string[];
  /** ISO instant at which a version was due. */
  readonly due: string | null;
}

/** A notice that whoever delivers it gives the time of its beginning. */
export type NoticeDraft = Omit<Notice, 'at'> & { readonly at?: string };

/** What makes a notice; whatever is left out is null. */
export type NoticeParts = Pick<Notice, 'kind' | 'region' | 'view'> &
  Partial<Omit<Notice, 'id' | 'kind' | 'region' | 'view'>> & {
    /** Tells it from others of its view and kind; letters, digits, hyphens. */
    readonly unique: string | number;
  };

export const NOTICE_ID = /^[a-z0-9-]{1,200}$/;

export function draftNotice({ unique, ...parts }: NoticeParts): NoticeDraft {
  return {
    ...{ version: null, served: null, rule: null, reason: null, subscribers: [], due: null },
    ...parts,
    id: `${parts.region}-${parts.view}-${parts.kind}-${unique}`,
  };
}

/** Rules under which a run that came to no end rejects its version. */
const FAILURES: readonly string[] = ['failed', 'cancelled'];
/** Characters of a run's name that tell it from others: its end is unique. */
const LONGEST_RUN = 40;

/** Of a version that was stopped: by a rule, or because its run failed. `version` is null where none was claimed. */
export function stoppedNotice(
  { region, view, version }: Pick<Notice, 'region' | 'view' | 'version'>,
  { rule, reason }: Refusal,
  run: string,
): NoticeDraft {
  const kind = FAILURES.includes(rule) ? 'failed' : 'refused';
  const unique =
    version ??
    run
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(-LONGEST_RUN);
  return draftNotice({ kind, region, view, version, rule, reason, unique });
}

/** What is told of an attempt to publish; undefined where there is nothing to tell: nothing changed, or another was faster. */
export function noticeOfOutcome(region: Region, published: PublishOutcome): NoticeDraft | undefined {
  const { view } = published;
  switch (published.outcome) {
    case 'announced': {
      const { version } = published;
      return draftNotice({ kind: 'published', region, view, version, served: version, unique: version });
    }
    case 'rejected':
      if (published.rule === PARENT_MOVED) return undefined;
      return stoppedNotice({ region, view, version: published.version }, published, '');
    case 'unchanged':
      return undefined;
  }
}

export const serialiseNotice = (notice: Notice): string => canonicalJson({ ...notice });

const ANY_TEXT = /^/;
const MOST_SUBSCRIBERS = 1000;

/** Reads a notice again; `refuse` is called for what is none. */
export function parseNotice(text: string, refuse: Refuse): Notice {
  const fields = readFields(parseJson(text, refuse), refuse);
  const version = (field: string): ViewVersion => fields.integer(field, 1, LARGEST_VERSION) as ViewVersion;
  const anyText = (field: string): string => fields.text(field, ANY_TEXT);
  const instant = (field: string): string => fields.text(field, INSTANT);
  return {
    id: fields.text('id', NOTICE_ID),
    kind: fields.oneOf('kind', NOTICE_KINDS),
    region: fields.text('region', /^[a-z][a-z0-9-]*$/) as Region,
    view: viewName(fields.text('view', VIEW_NAME)),
    version: fields.nullable('version', version),
    served: fields.nullable('served', version),
    at: instant('at'),
    rule: fields.nullable('rule', anyText),
    reason: fields.nullable('reason', anyText),
    subscribers: fields.list('subscribers', MOST_SUBSCRIBERS, (item, refuseItem) =>
      typeof item === 'string' ? item : refuseItem('expected a name'),
    ),
    due: fields.nullable('due', instant),
  };
}

/** One sentence for people. */
export function describeNotice({ kind, view, version, served, rule, reason, ...rest }: Notice): string {
  const why = [rule, reason].filter((text) => text !== null).join(': ');
  const because = why === '' ? '' : ` by ${why}`;
  const named = rest.subscribers.length === 0 ? '' : `: ${rest.subscribers.join(', ')}`;
  switch (kind) {
    case 'published':
      return `View ${view} is at version ${version}.`;
    case 'refused':
      return `Version ${version} of view ${view} was refused${because}`;
    case 'failed':
      return `Publishing ${version === null ? 'a version' : `version ${version}`} of view ${view} failed (${why})`;
    case 'overdue':
      return `View ${view} has had no new version since ${rest.due}, when one was due.`;
    case 'laggards':
      return `Version ${served} of view ${view} is not served by those who should${named}`;
    case 'rolled-back':
      return `Version ${version} of view ${view} was rolled back${because}. Version ${served} is served.`;
    case 'pinned':
      return `View ${view} is pinned to version ${version}.`;
    case 'unpinned':
      return `View ${view} is no longer pinned: version ${served} is served.`;
    case 'canary':
      return `The canary of version ${version} of view ${view} came to: ${why}`;
  }
}
