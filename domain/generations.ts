/**
 * The topic generations of a region, and how one follows another: the next is opened beside the one in use, that one is
 * closed to writers, drained to its end, and sealed with the offsets it ends at. What goes on in the next begins from
 * there. See docs/decisions/0012-topic-generations.md.
 */
import { MarqueeError } from './errors.ts';
import { generation, type Generation } from './ids.ts';
import { isInteger, parseJson, readFields, shapeOf, type JsonFields, type Refuse } from './json-fields.ts';
import type { EpochMs } from './time.ts';

/** What is fixed for the life of a generation. */
export interface GenerationShape {
  /** Partitions of the raw topic; the others follow from it. */
  readonly partitions: number;
  readonly blockSize: number;
}

/**
 * `open`: in use. `closing`: the next is there, this one takes no more once its writers have moved. `sealed`: closed by
 * the broker, and everything in it was read.
 */
export const GENERATION_STATES = ['open', 'closing', 'sealed'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

export interface GenerationRecord extends GenerationShape {
  readonly generation: Generation;
  readonly state: GenerationState;
  /** Kind of topic → the offset after the last record, by partition. Empty until sealed. */
  readonly ends: Readonly<Record<string, readonly number[]>>;
  readonly sealedAt: EpochMs | null;
}

/** Oldest first. Empty in a region whose generation was never changed. */
export type GenerationHistory = readonly GenerationRecord[];

const refused = (name: Generation, wanted: string, reason: string): MarqueeError =>
  new MarqueeError('GENERATION_REFUSED', { generation: name, wanted, reason });

export const generationNumber = (name: Generation): number => Number(name.slice(1));
export const generationAfter = (name: Generation): Generation => generation(`g${generationNumber(name) + 1}`);

const opened = (name: Generation, { partitions, blockSize }: GenerationShape): GenerationRecord => ({
  ...{ generation: name, partitions, blockSize, state: 'open', ends: {}, sealedAt: null },
});

/**
 * The history with the next generation opened behind the one in use; the same history where it was opened so already.
 * Throws GENERATION_REFUSED while a change is under way, or unless every new partition takes its profiles from exactly one
 * old one: the new count is a multiple of the old.
 */
export function openNext(
  history: GenerationHistory,
  inUse: GenerationShape & { readonly generation: Generation },
  shape: GenerationShape,
): GenerationHistory {
  const name = generationAfter(inUse.generation);
  const known = history.length === 0 ? [opened(inUse.generation, inUse)] : history;
  const newest = known.at(-1)!;
  const isSame = newest.partitions === shape.partitions && newest.blockSize === shape.blockSize;
  if (newest.generation === name && isSame) return history;
  if (newest.generation === name)
    throw refused(name, 'opened', `it has ${newest.partitions} partitions already`);
  if (newest.generation !== inUse.generation)
    throw refused(name, 'opened', `the newest generation is ${newest.generation}, not ${inUse.generation}`);
  const unsealed = known.slice(0, -1).find(({ state }) => state !== 'sealed');
  if (unsealed !== undefined) throw refused(name, 'opened', `${unsealed.generation} is not sealed yet`);
  if (newest.partitions !== inUse.partitions || newest.blockSize !== inUse.blockSize)
    throw refused(name, 'opened', `${inUse.generation} is recorded with ${newest.partitions} partitions`);
  if (shape.partitions % newest.partitions !== 0)
    throw refused(name, 'opened', `${shape.partitions} partitions are no multiple of ${newest.partitions}`);
  return [...known.slice(0, -1), { ...newest, state: 'closing' }, opened(name, shape)];
}

/** The history with the closing generation sealed at these ends. Throws GENERATION_REFUSED where none is closing. */
export function sealClosing(
  history: GenerationHistory,
  ends: GenerationRecord['ends'],
  sealedAt: EpochMs,
): GenerationHistory {
  const closing = closingIn(history);
  if (closing === undefined) throw refused(generation('g0'), 'sealed', 'none is closing');
  return history.map((one) => (one === closing ? { ...one, state: 'sealed', ends, sealedAt } : one));
}

export const closingIn = (history: GenerationHistory): GenerationRecord | undefined =>
  history.find(({ state }) => state === 'closing');

/** Which generation a process is in, with its shape. */
export type InGeneration = GenerationShape & { readonly generation: Generation };

const inGeneration = ({ generation: name, partitions, blockSize }: InGeneration): InGeneration => ({
  ...{ generation: name, partitions, blockSize },
});

/** Where events are written: the newest generation, or where none is recorded the configured one. */
export const writtenIn = (history: GenerationHistory, configured: InGeneration): InGeneration =>
  inGeneration(history.at(-1) ?? configured);

/** Where events are read: the oldest generation that is not sealed, or where none is recorded the configured one. */
export const readIn = (history: GenerationHistory, configured: InGeneration): InGeneration =>
  inGeneration(history.find(({ state }) => state !== 'sealed') ?? writtenIn(history, configured));

/**
 * The generations whose cells are added to a view of generation `from`, oldest first: that one past the view's cut, and
 * all after it from their beginning. Everything before is in the view. Without a view, all generations there were.
 */
export function countedSince(
  history: GenerationHistory,
  configured: InGeneration,
  from: Generation | undefined,
): InGeneration[] {
  const known = history.length === 0 ? [configured] : history;
  const first = from === undefined ? 0 : generationNumber(from);
  return known.filter(({ generation: name }) => generationNumber(name) >= first).map(inGeneration);
}

/**
 * The generation that another goes on from; undefined for a region's first. Throws GENERATION_NOT_SEALED until it is
 * sealed: what it still takes in or has not been read of it would be missing.
 */
export function sealedPredecessor(
  history: GenerationHistory,
  name: Generation,
  what: string,
): GenerationRecord | undefined {
  const before = history.findLast((one) => generationNumber(one.generation) < generationNumber(name));
  if (before === undefined || before.state === 'sealed') return before;
  throw new MarqueeError('GENERATION_NOT_SEALED', { generation: before.generation, what });
}

/**
 * The partition that all profiles of a partition were in before: with h a key's hash and n a divisor of m, h mod n is
 * (h mod m) mod n.
 */
export const parentPartition = (partition: number, before: GenerationShape): number =>
  partition % before.partitions;

const MOST_GENERATIONS = 10_000;
const MOST_PARTITIONS = 10_000;
const NAME = /^g[1-9]\d{0,5}$/;

/** Reads a history that may be damaged. Throws CHECKPOINT_CORRUPT naming `key`. */
export function parseHistory(text: string, key: string): GenerationHistory {
  const refuse: Refuse = (reason) => {
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason });
  };
  return readFields(parseJson(text, refuse), refuse).list('generations', MOST_GENERATIONS, readRecord);
}

export const serialiseHistory = (generations: GenerationHistory): string =>
  `${JSON.stringify({ generations }, null, 2)}\n`;

function readRecord(value: unknown, refuse: Refuse): GenerationRecord {
  const fields: JsonFields = readFields(value, refuse);
  return {
    generation: generation(fields.text('generation', NAME)),
    partitions: fields.integer('partitions', 1, MOST_PARTITIONS),
    blockSize: fields.integer('blockSize', 1, 2 ** 40),
    state: fields.oneOf('state', GENERATION_STATES),
    ends: fields.record('ends', readEnds),
    sealedAt: fields.nullable('sealedAt', (field) => fields.integer(field, 0, Number.MAX_SAFE_INTEGER)),
  };
}

function readEnds(value: unknown, refuse: Refuse): readonly number[] {
  if (!Array.isArray(value) || value.length > MOST_PARTITIONS)
    return refuse(`expected offsets, got ${shapeOf(value)}`);
  return value.map((end) =>
    isInteger(end, 0, Number.MAX_SAFE_INTEGER) ? end : refuse('an end is no offset'),
  );
}
