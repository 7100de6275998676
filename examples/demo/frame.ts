/** What the demo's live view shows, as text: pure functions of its state. */
import { styleText } from 'node:util';
import type { DataSetSource } from '../../infra/datasets/data-set.ts';
import type { Parts } from './counts.ts';

export interface TopRow {
  readonly name: string;
  readonly plays: Parts;
}

export interface ViewState {
  readonly source: DataSetSource;
  /** What happens now, in a few words. */
  readonly phase: string;
  readonly elapsedMs: number;
  readonly sentLines: number;
  readonly totalLines: number;
  readonly eventsPerSecond: number;
  /** Records between the newest marker and the end of the log; undefined until known. */
  readonly lagEvents?: number;
  /** From the acknowledgement of an impression to its presence in the API. */
  readonly freshnessMs?: number;
  /** Version of the served view, and how many records its cut covers. */
  readonly viewVersion?: number;
  readonly cutRecords?: number;
  readonly top: readonly TopRow[];
  /** Signals that hold, by name, and the last ones in words; undefined before the first. */
  readonly signals?: {
    readonly raised: Readonly<Record<string, number>>;
    readonly latest: readonly string[];
  };
  /** Plays by what led there. */
  readonly sources?: Readonly<Record<string, number>>;
  /** How far behind the audit is, and what it found wrong. */
  readonly audit?: { readonly figures: number; readonly findings: readonly string[] };
}

export interface FrameOptions {
  readonly width: number;
  readonly color: boolean;
}

type Style = Parameters<typeof styleText>[0];

const BAR_CELLS = 24;
const NAME_CELLS = 34;

const number = (value: number): string => Math.round(value).toLocaleString('en-US');

export const sourceLabel = (source: DataSetSource): string =>
  source === 'movielens-100k' ? 'MovieLens 100k' : 'SEEDED DATA (MovieLens could not be fetched)';

export function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

function bar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.min(BAR_CELLS, Math.floor((BAR_CELLS * done) / total));
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

const fit = (text: string, cells: number): string =>
  text.length > cells ? `${text.slice(0, cells - 1)}…` : text.padEnd(cells);

/** `312 + 41 = 353`: the batch part, the speed part and what is served. */
export const sumLine = ({ batch, speed, total }: Parts): string =>
  `${number(batch).padStart(7)} + ${number(speed).padStart(6)} = ${number(total).padStart(7)}`;

const freshness = ({ freshnessMs }: ViewState): string =>
  freshnessMs === undefined ? '…' : `${number(freshnessMs)} ms`;

function lag({ lagEvents }: ViewState): string {
  return lagEvents === undefined ? '…' : `${number(lagEvents)} records`;
}

function view({ viewVersion, cutRecords }: ViewState): string {
  if (viewVersion === undefined) return 'none published yet: everything comes from the speed layer';
  return `version ${viewVersion}, its cut covers ${number(cutRecords ?? 0)} records`;
}

/** `binge 12 · completion 40`. */
export function countsOf(counts: Readonly<Record<string, number>> | undefined): string {
  const parts = Object.entries(counts ?? {}).map(([name, count]) => `${name} ${number(count)}`);
  return parts.length === 0 ? '…' : parts.join(' · ');
}

function audit({ audit: found }: ViewState): string {
  if (found === undefined || found.figures === 0) return '…';
  const { figures, findings } = found;
  const [first] = findings;
  const wrong = first === undefined ? 'nothing wrong' : `${findings.length} found wrong, last: ${first}`;
  return `${number(figures)} figures, ${wrong}`;
}

/** The frame of a terminal, one string a line, none wider than the terminal. */
export function renderFrame(state: ViewState, { width, color }: FrameOptions): string[] {
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const label = (name: string): string => paint('dim', name.padEnd(11));
  const line = (name: string, text: string): string =>
    label(name) + fit(text, Math.max(8, width - 12)).trimEnd();
  const share = state.totalLines === 0 ? 0 : Math.floor((100 * state.sentLines) / state.totalLines);
  const head = `Marquee demo · ${sourceLabel(state.source)} · ${clock(state.elapsedMs)}`;
  const top = state.top.map(({ name, plays }, index) => {
    const text = `${String(index + 1).padStart(2)} ${fit(name, Math.min(NAME_CELLS, Math.max(8, width - 32)))}`;
    return `${text}${fit(sumLine(plays), Math.max(8, width - text.length - 1)).trimEnd()}`;
  });
  return [
    paint('bold', fit(head, width - 1).trimEnd()),
    line('now', state.phase),
    line(
      'sent',
      `${bar(state.sentLines, state.totalLines)} ${share} %  ${number(state.sentLines)} of ${number(state.totalLines)} lines`,
    ),
    line('rate', `${number(state.eventsPerSecond)} events/s`),
    line('lag', `${lag(state)} · freshness ${freshness(state)}`),
    line('view', view(state)),
    line('signals', countsOf(state.signals?.raised)),
    line('plays', countsOf(state.sources)),
    line('audit', audit(state)),
    ...(state.signals?.latest ?? []).map((text) => line('', text)),
    ...(top.length === 0
      ? []
      : ['', paint('dim', fit('Trending now: plays in batch + speed = total', width - 1).trimEnd()), ...top]),
  ];
}

/** The same in one plain line, for logs and pipes. */
export function renderLine(state: ViewState): string {
  const parts = [
    clock(state.elapsedMs),
    state.phase,
    `${number(state.sentLines)}/${number(state.totalLines)} lines`,
    `${number(state.eventsPerSecond)} events/s`,
    `lag ${lag(state)}`,
    `freshness ${freshness(state)}`,
    state.viewVersion === undefined ? 'no view yet' : `view ${state.viewVersion}`,
  ];
  if (state.signals !== undefined) parts.push(`signals ${countsOf(state.signals.raised)}`);
  if (state.audit !== undefined) parts.push(`audit ${audit(state)}`);
  const [first] = state.top;
  if (first !== undefined) parts.push(`${first.name}: ${sumLine(first.plays).replaceAll(/ +/g, ' ').trim()}`);
  return parts.join(' | ');
}
