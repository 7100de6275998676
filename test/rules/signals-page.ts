/**
 * The page of signals, its definitions written from `domain/signals/registry.ts`. Run it to write the page anew:
 *
 *   node test/rules/signals-page.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { QUIET_PROFILE_MS } from '../../domain/keyed-fold.ts';
import { MEMORY_SPANS } from '../../domain/memory/state.ts';
import { SIGNAL_NAMES, SIGNALS, type SignalName } from '../../domain/signals/registry.ts';
import { DAY_MS } from '../../domain/time.ts';
import { ROOT } from './source-tree.ts';

export const SIGNALS_PAGE = 'docs/signals.md';

const HEADER = `# Signals and impression memory

Written by \`node test/rules/signals-page.ts\` from \`domain/signals/registry.ts\`; change that file, or the text in the
script, and run it.

The \`behaviour\` process keeps, per profile, what it played, searched and was shown, in LMDB, one environment per partition
and rule, always with the positions in the logs that the state was folded from. Each rule is a pure fold
(\`domain/keyed-fold.ts\`), so a replay of the same log gives the same.

## Signals

Every signal is an upsert on \`user-behavior-features\` and in the lake's table \`signals\`: of equal \`upsertKey\`s the one
with the highest \`version\` holds, and says \`raised\` or \`withdrawn\`. The version is the raw offset of the record that led
to it. What is sent again after a crash is equal to what was sent before.
`;

const LATE = `## Late events

An event takes part when its record was appended at most \`SIGNALS_LATENESS_MS\` (a day) after it happened and its time is
not marked \`future\` or \`old\`; the record alone decides. Among those any order ends with the same signals: what holds is a
function of the set of events. Each of them changes one play; what its sittings, before and after, and plays of its title
come to is worked out anew, and what differs is put out, as if all of it had been (a property test holds it to that).
"Exact" means the state once the bound has passed; until then a signal can be withdrawn.

Plays are kept one by one until no timely event can change what they say: a sitting is sealed when its plays are stopped (or
nothing came to them for \`SIGNALS_PLAY_GAP_MS\`), the gap after it is over and the lateness bound has passed in log time.
Of sealed plays only this is kept: the newest completion per title (\`SIGNALS_COMPLETED_TITLES\`), how often each mix of
genres was played, the newest \`SIGNALS_RECENT_PLAYS\` with their hour, and signals that have not expired. When that
happens changes no upsert. \`GET /v1/profiles/:id/signals\` answers those that hold.

A sitting is a run of plays with at most \`SIGNALS_SITTING_GAP_MS\` (30 minutes) between the end of what came before and the
next start. A play begins with its start and ends with its first stop; events of a play whose start never came say nothing.
Without enrichment (kind, series, genres, runtime) the signals that need it are not raised.

Past the bounds (\`SIGNALS_PLAYS_PER_PROFILE\`, \`SIGNALS_EVENTS_PER_PLAY\`, \`SIGNALS_SEARCHES_PER_PROFILE\`) the oldest counts
as sealed: what was told of it stands. That is still a function of the log, but no longer of the set of events alone.
`;

const MEMORY = `## Impression memory

Per profile the strongest \`MEMORY_TITLES_PER_PROFILE\` titles, and per title the strongest \`MEMORY_ROWS_PER_TITLE\` rows; further
rows are counted as one. Per title and row: when first and last seen, and five decayed counts, in each of which an impression
of age a weighs e^(−a/τ). A steady stream then sums up to what a plain window of length τ would count.

`;

const days = (ms: number): string => (ms === DAY_MS ? '1 day' : `${ms / DAY_MS} days`);

const MEMORY_RULES = `
- Sums are kept as of the newest event time of their title and row and read as of any later moment, so late and
  out-of-order events give the same sums, to 1e-9 of their value.
- Explicit impressions only. One with \`origin\` \`synthetic\` is not remembered, so a sighting that is told by both counts once.
- Impressions marked \`future\` or \`old\` are not remembered.
- The last day is counted exactly, by hour: the hour of the moment that is asked for and the 23 before it.
- A title is capped when it was shown \`SERVING_CAP_PER_DAY\` times or more in the last day without being played in it; a play
  of an episode is one of its series. The soft discount is w + (1 − w) · 2^(−week / h), with
  w = \`SERVING_SEEN_LEAST_WEIGHT\` and h = \`SERVING_SEEN_HALVED_BY\`.
- A title is strong by its count of the month. When there are a quarter more titles than are kept, the weakest are forgotten;
  which ones is a function of the log.
- A profile of which nothing came for ${days(QUIET_PROFILE_MS)} of log time is forgotten, here and in the signals of plays.

\`GET /v1/profiles/:id/impressions\` answers from the store of the same machine: 404 for a profile that nothing is stored of, 503
\`PROFILES_UNAVAILABLE\` where there is no store.
`;

function sectionOf(name: SignalName): string {
  const { topic, definition, subject, value, lifetimeMs, late } = SIGNALS[name];
  const facts = [
    ['from', `\`${topic}\``],
    ['subject', subject],
    ['value', value],
    ['lifetime', `\`expiresAt\` is the event time and ${days(lifetimeMs)}`],
    ['late events', late],
  ];
  const list = facts.map(([what, said]) => `- **${what}**: ${said}`).join('\n');
  return `### ${name}\n\n${definition}\n\n${list}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const [heads, ...rest] = rows;
  return [heads!, heads!.map(() => '---'), ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The whole page as Markdown, formatted like the rest of the project. */
export async function renderSignalsPage(): Promise<string> {
  const spans = MEMORY_SPANS.map(({ name, tauMs }) => [`\`${name}\``, days(tauMs)]);
  const text = [
    HEADER,
    ...SIGNAL_NAMES.map(sectionOf),
    LATE,
    `${MEMORY}${table([['count', 'τ'], ...spans])}\n${MEMORY_RULES}`,
  ];
  const options = await resolveConfig(resolve(ROOT, SIGNALS_PAGE));
  return format(text.join('\n\n'), { ...options, proseWrap: 'always', parser: 'markdown' });
}

if (import.meta.main) writeFileSync(resolve(ROOT, SIGNALS_PAGE), await renderSignalsPage());
