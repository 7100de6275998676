/** What a canary came to, as it is kept beside the state of the version. */
import { canonicalJson } from '../canonical-json.ts';
import { parseJson, readFields } from '../json-fields.ts';
import {
  corrupt,
  readExpectedVersion,
  readExpectedView,
  readInstant,
  type ViewName,
  type ViewVersion,
} from '../views.ts';
import { CANARY_OUTCOMES, type CanaryOutcome } from './verdict.ts';

export interface CanaryRecord {
  readonly view: ViewName;
  readonly version: ViewVersion;
  /** The version that was served beside it. */
  readonly against: ViewVersion;
  readonly outcome: CanaryOutcome | 'skipped';
  readonly reason: string;
  /** ISO instants; equal where nothing was tried. */
  readonly openedAt: string;
  readonly decidedAt: string;
  readonly figures: Readonly<Record<string, number>>;
}

const OUTCOMES = [...CANARY_OUTCOMES, 'skipped'] as const;

export const serialiseCanary = (record: CanaryRecord): string => canonicalJson({ ...record });

export function parseCanary(text: string, view: ViewName, version: ViewVersion): CanaryRecord {
  const refuse = corrupt(view, version);
  const fields = readFields(parseJson(text, refuse), refuse);
  return {
    view: readExpectedView(fields, view, refuse),
    version: readExpectedVersion(fields, version, refuse),
    against: fields.integer('against', 1, version) as ViewVersion,
    outcome: fields.oneOf('outcome', OUTCOMES),
    reason: fields.text('reason', /^/),
    openedAt: readInstant(fields, 'openedAt', refuse),
    decidedAt: readInstant(fields, 'decidedAt', refuse),
    figures: fields.record('figures', (value, refuseFigure) =>
      typeof value === 'number' && Number.isFinite(value) ? value : refuseFigure('expected a number'),
    ),
  };
}
