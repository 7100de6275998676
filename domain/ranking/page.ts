/** A page from its rows: no title twice, none too short to be a row, never empty while there is a title that may be shown. */
import type { Frame } from './frame.ts';
import type { Picked, Picker } from './pick.ts';
import { planRows } from './row-order.ts';
import type { RankedPage, RowRef } from './request.ts';
import { ROW_MAKERS } from './rows/rows.ts';
import type { RankedRow } from './types.ts';

/** A row as it was just ranked: the frame's pool is still its own. */
export interface BuiltRow {
  readonly row: RankedRow;
  readonly picked: Picked;
}

/** Looks at each row as it is ranked, whether it comes on the page or not. */
export type Watch = (built: BuiltRow) => void;

/** Ranks one row from what is still open. */
export function buildRow(frame: Frame, picker: Picker, { kind, subject }: RowRef): BuiltRow {
  const maker = ROW_MAKERS[kind];
  const { length, diversity, seen } = frame.policy.rows[kind];
  const { pool, request } = frame;
  pool.clear();
  maker.fill(frame, subject);
  if (!maker.isOwn) pool.score(seen, frame.seenLogs);
  const picked = picker.pick(pool, Math.min(request.limit, length), maker.isOwn ? 0 : diversity);
  return { row: { kind, subject, titles: picked.titles, scores: picked.scores }, picked };
}

export function buildPage(frame: Frame, picker: Picker, watch?: Watch): RankedPage {
  const plan = planRows(frame);
  const { request, policy, taste } = frame;
  const kept = new Map<RowRef, RankedRow>();
  const build = (ref: RowRef): RankedRow | undefined => {
    const built = buildRow(frame, picker, ref);
    watch?.(built);
    const { length } = built.row.titles;
    const least = ROW_MAKERS[ref.kind].isOwn ? 1 : Math.min(policy.rows[ref.kind].minimum, request.limit);
    if (length < Math.max(1, least)) return undefined;
    for (const title of built.row.titles) frame.place(title);
    return built.row;
  };

  // A profile's own rows come first to their titles: the others have more to choose from.
  for (const ref of plan.slice(0, request.rows)) {
    const row = ROW_MAKERS[ref.kind].isOwn ? build(ref) : undefined;
    if (row !== undefined) kept.set(ref, row);
  }
  const rows: RankedRow[] = [];
  for (const ref of plan) {
    if (rows.length === request.rows) break;
    const row = kept.get(ref) ?? build(ref);
    if (row !== undefined) rows.push(row);
  }
  if (rows.length > 0 || request.rows < 1) return { rows, tasteSource: taste.source, relaxed: false };
  return { ...buildLastPage(frame, picker, watch), tasteSource: taste.source };
}

/** What is popular, then whatever there is: first by all rules, then without what was watched or capped, at last without any. */
function buildLastPage(frame: Frame, picker: Picker, watch?: Watch): Pick<RankedPage, 'rows' | 'relaxed'> {
  const steps = [() => undefined, () => frame.relax(false), () => frame.relax(true)];
  for (const [relaxation, open] of steps.entries()) {
    open();
    const built = buildRow(frame, picker, { kind: 'popular', subject: -1 });
    watch?.(built);
    if (built.row.titles.length > 0) return { rows: [built.row], relaxed: relaxation > 0 };
  }
  return { rows: [], relaxed: true };
}
