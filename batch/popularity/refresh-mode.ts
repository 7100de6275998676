import { isDeepStrictEqual } from 'node:util';
import { findPart, type Manifest, type TableInput } from '../../domain/manifest.ts';
import type { ComputePlan, RefreshMode } from '../../domain/publishing.ts';
import { FOLD_VERSION } from '../../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { appendedSince } from './appended-since.ts';
import { hasSpans, WHOLE_PARTS } from './base.ts';
import { findTouched, type TouchedTable } from './touched-days.ts';

/** What the new version is made by. */
export interface Current {
  readonly codeVersion: string;
  readonly asOf: EpochMs;
}

/** More hours of the lake rewritten by commits than this are not looked at one by one. */
export const MOST_REWRITTEN_HOURS = 96;
/** More days of append time than this are not counted anew one by one. */
export const MOST_RECOUNTED_DAYS = 14;
/** In the metrics of a version whose hours were partly counted anew by a backfill, which leaves later caps as they were. */
export const BACKFILLED = 'backfilled_hours';

const full = (reason: string): RefreshMode => ({ kind: 'full', reason });

/**
 * Whether laying what is new over the parent gives what a full recompute gives, to the byte. It does where the parent was
 * counted by the same code and everything that was committed to the lake since lies past the parent's cut. Commits that
 * changed what the parent has counted (a correction, an erasure) have the days they touched counted anew.
 */
export async function decideRefresh(
  lake: DuckDbLake,
  plan: ComputePlan,
  parent: Manifest | null,
  current: Current,
): Promise<RefreshMode> {
  if (parent === null) return full('there is no version to go on from');
  const misfit = misfitOf(plan, parent, current);
  if (misfit !== undefined) return full(misfit);
  const touched: TouchedTable[] = [];
  for (const topic of COUNTED_TOPICS) {
    const [before, now] = [inputOf(parent.inputs, topic), inputOf(plan.inputs, topic)];
    if (before === undefined && now === undefined) continue;
    if (before === undefined) return full(`${topic} was empty when version ${parent.version} was counted`);
    if (now === undefined) return full(`${topic} is empty`);
    if (before === now) continue;
    const changes = await lake.changes(topic, before, now);
    if (changes.kind === 'unknown') return full(changes.reason);
    if (changes.rewrittenHours.length > MOST_REWRITTEN_HOURS)
      return full(`commits that are no appends touched ${changes.rewrittenHours.length} hours of ${topic}`);
    touched.push({ topic, before, now, ...changes });
  }
  const days = await findTouched(lake, plan, parent.cut, touched);
  if (days.length > MOST_RECOUNTED_DAYS) return full(`${days.length} days of the log were changed`);
  const appendedFromMs = await appendedSince(lake, plan, parent);
  const reason =
    days.length === 0
      ? `only appended to since version ${parent.version}`
      : `${days.length} days counted anew, else only appended to since version ${parent.version}`;
  return { kind: 'incremental', reason, appendedFromMs, days };
}

function misfitOf(plan: ComputePlan, parent: Manifest, { codeVersion, asOf }: Current): string | undefined {
  const version = `version ${parent.version}`;
  if (parent.foldVersion !== FOLD_VERSION) return `${version} is of fold ${parent.foldVersion}`;
  if (parent.codeVersion !== codeVersion) return `${version} was counted by ${parent.codeVersion}`;
  if (parent.generation !== plan.generation) return `${version} is of generation ${parent.generation}`;
  if (parent.blockSize !== plan.blockSize) return `${version} is of blocks of ${parent.blockSize}`;
  if (Date.parse(parent.asOf) > asOf) return `${version} is of a later time`;
  if ((parent.metrics[BACKFILLED] ?? 0) > 0) return `hours of ${version} were backfilled`;
  if (!hasSpans(parent)) return `${version} has no parts by days of the log`;
  const missing = WHOLE_PARTS.find((name) => findPart(parent, name) === undefined);
  if (missing !== undefined) return `${version} has no part ${missing}`;
  if (!isDeepStrictEqual(Object.keys(parent.cut).sort(), Object.keys(plan.cut).sort()))
    return `${version} counted other topics`;
  for (const [topic, offsets] of Object.entries(plan.cut)) {
    const before = parent.cut[topic]!;
    if (before.length !== offsets.length) return `${version} has ${before.length} partitions of ${topic}`;
    if (offsets.some((offset, partition) => offset < before[partition]!))
      return `${version} has read further in ${topic}`;
  }
  return undefined;
}

function inputOf(inputs: Manifest['inputs'], topic: CountedTopic): string | undefined {
  return inputs.find((input): input is TableInput => 'table' in input && input.table === topic)?.snapshotId;
}
