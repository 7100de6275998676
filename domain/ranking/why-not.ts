/** Which rule keeps a title out: of the whole page, or of each row of it. */
import type { Frame } from './frame.ts';
import { buildPage, type BuiltRow } from './page.ts';
import type { Picker } from './pick.ts';
import type { RowRef, WhyNot, WhyNotReason, WhyNotRule } from './request.ts';
import { ROW_MAKERS } from './rows/rows.ts';
import { hasTitle } from './types.ts';

/** Ranks the page and looks at each row as it is ranked. `title` is a number of the frame's table. */
export function whyNot(frame: Frame, picker: Picker, title: number): WhyNot {
  const general = generalRule(frame, title);
  const looked: WhyNotReason[] = [];
  let holder: RowRef | undefined;
  const page = buildPage(frame, picker, (built) => {
    const { kind, subject } = built.row;
    const row = { kind, subject };
    if (built.row.titles.includes(title)) holder ??= row;
    else looked.push(reasonOf(frame, picker, built, title, general, holder));
  });
  const on = page.rows.find(({ titles }) => titles.includes(title));
  const shown = on === undefined ? null : { ...refOf(on), rank: on.titles.indexOf(title) };
  if (shown === null && general !== undefined)
    return { title, shown, reasons: [{ row: null, rule: general }] };
  const isOnPage = (ref: RowRef | null): boolean => page.rows.some((row) => isSame(row, ref));
  const reasons = looked.map((reason): WhyNotReason =>
    isOnPage(reason.row) ? reason : { row: reason.row, rule: 'row-left-out' },
  );
  return { title, shown, reasons };
}

const refOf = ({ kind, subject }: RowRef): RowRef => ({ kind, subject });
const isSame = (a: RowRef, b: RowRef | null): boolean => a.kind === b?.kind && a.subject === b.subject;

/** Rules that hold for every row but the profile's own. */
function generalRule({ request, profile }: Frame, title: number): WhyNotRule | undefined {
  if (!hasTitle(request.context.available, title)) return 'unavailable';
  if (hasTitle(profile.disliked, title)) return 'disliked';
  const status = profile.watched.find((watched) => watched.title === title)?.status;
  if (status === 'open' || status === 'stopped') return 'under-way';
  return status;
}

/** Of a row that does not hold the title. */
function reasonOf(
  frame: Frame,
  picker: Picker,
  { row }: BuiltRow,
  title: number,
  general: WhyNotRule | undefined,
  holder: RowRef | undefined,
): WhyNotReason {
  const ref = refOf(row);
  const { pool, policy, profile, request } = frame;
  const { isOwn } = ROW_MAKERS[row.kind];
  if (pool.has(title)) {
    const score = pool.scores[pool.titles.indexOf(title)]! - (isOwn ? 0 : picker.lossOf(title));
    return { row: ref, rule: 'scored-below', score, lastShown: row.scores.at(-1)! };
  }
  if (holder !== undefined) return { row: ref, rule: 'in-an-earlier-row', earlier: holder };
  if (general !== undefined && !isOwn) return { row: ref, rule: general };
  if (hasTitle(profile.capped, title) && policy.rows[row.kind].keeps_cap > 0 && !isOwn)
    return { row: ref, rule: 'capped' };
  if (row.kind === 'trending' && !request.lists.trending.titles.includes(title))
    return { row: ref, rule: 'below-minimum-activity' };
  return { row: ref, rule: 'not-a-candidate' };
}
