import { integer, text } from './setting.ts';

/** Which views answer for single keys, and how. */
export const entrySettings = {
  entryViews: text('SERVING_ENTRY_VIEWS', {
    default: 'none',
    pattern: /^(none|[a-z][a-z0-9-]{0,62}(, *[a-z][a-z0-9-]{0,62})*)$/,
    expects: 'views: plays-by-hour, catalogue; or none',
    reason:
      'Views of which apps may ask for single entries, declared ones above all. Nothing is open that is not named; views that have a column profile_id are refused.',
  }),
  entryRows: integer('SERVING_ENTRY_ROWS', {
    default: 1000,
    min: 1,
    max: 100_000,
    reason: 'Rows of an answer at most: the start of a key may have many.',
  }),
  entryDeadlineMs: integer('SERVING_ENTRY_DEADLINE_MS', {
    default: 500,
    min: 5,
    max: 60_000,
    reason: 'The time that looking an entry up may take before an answer says that it took too long.',
  }),
};
