/** Folds events of plays into what is watched. */
import type { CleanRecord, PlayEvent } from '../events/event.ts';
import { COMPLETE_SHARE } from '../signals/play.ts';
import {
  AT,
  DEEPEST,
  ENDED,
  FINISHED,
  keepNewest,
  MARKS,
  moveForward,
  openTitle,
  POSITION,
  POSITION_AT,
  ROOT_AT,
  RUNTIME,
  RUNTIME_AT,
  STARTED,
  type WatchingState,
} from './state.ts';

/** Titles past `limit` are forgotten, those of which nothing came for longest. */
export function watchPlay(state: WatchingState, record: CleanRecord<PlayEvent>, limit: number): void {
  const { event } = record;
  const known = state.titles.indexOf(event.titleId);
  const slot = known < 0 ? openTitle(state, event.titleId) : known;
  const { marks } = state;
  const base = slot * MARKS;
  const time = event.eventTime;
  raise(marks, base + AT, base + ENDED, time, event.kind === 'play_stop' ? 1 : 0);
  if (event.kind === 'play_start') marks[base + STARTED] = Math.max(marks[base + STARTED]!, time);
  markRuntime(marks, base, record);
  markPosition(marks, base, record);
  markRoot(state, slot, record);
  moveForward(state, slot);
  keepNewest(state, limit);
}

/** The value of the newest event, of equal times the greater one. */
function raise(marks: number[], timeAt: number, valueAt: number, time: number, value: number): void {
  if (time < marks[timeAt]!) return;
  marks[valueAt] = time > marks[timeAt]! ? value : Math.max(marks[valueAt]!, value);
  marks[timeAt] = time;
}

const runtimeOf = ({ event, enriched }: CleanRecord<PlayEvent>): number =>
  enriched?.runtimeSeconds ?? event.durationSeconds ?? 0;

function markRuntime(marks: number[], base: number, record: CleanRecord<PlayEvent>): void {
  const runtime = runtimeOf(record);
  if (runtime > 0) raise(marks, base + RUNTIME_AT, base + RUNTIME, record.event.eventTime, runtime);
}

function markPosition(marks: number[], base: number, record: CleanRecord<PlayEvent>): void {
  const { event } = record;
  const position = event.kind === 'play_skip' ? event.toSeconds : event.positionSeconds;
  const viewed = event.kind === 'play_start' ? 0 : (event.viewedSeconds ?? 0);
  marks[base + DEEPEST] = Math.max(marks[base + DEEPEST]!, position ?? 0, viewed);
  if (position === undefined) return;
  raise(marks, base + POSITION_AT, base + POSITION, event.eventTime, position);
  const runtime = runtimeOf(record);
  const isEnd = runtime > 0 && position >= COMPLETE_SHARE * runtime;
  if (isEnd) marks[base + FINISHED] = Math.max(marks[base + FINISHED]!, event.eventTime);
}

function markRoot({ titles, roots, marks }: WatchingState, slot: number, record: CleanRecord): void {
  const known = record.enriched?.rootTitleId;
  if (known === undefined) return;
  const root = known === titles[slot] ? '' : known;
  const at = slot * MARKS + ROOT_AT;
  const { eventTime } = record.event;
  const isNewer = eventTime > marks[at]! || (eventTime === marks[at] && root > roots[slot]!);
  if (!isNewer) return;
  marks[at] = eventTime;
  roots[slot] = root;
}
