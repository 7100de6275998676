/** What can happen to the simulated world, as data for fast-check, and how a run of it ends. */
import fc from 'fast-check';
import type { SeamRules } from '../../domain/seam.ts';
import { checkServing } from './serve.ts';
import { topicOf, trueEvents } from './truth.ts';
import {
  beginSink,
  BLOCK_SIZE,
  commitSink,
  createWorld,
  extract,
  own,
  PARTITIONS,
  runBatch,
  SERVABLE_VERSIONS,
  WINDOW_MS,
  type World,
} from './world.ts';
import type { Fault } from './doubles.ts';

export const OPERATIONS = {
  produce: 8,
  extract: 8,
  'restart extractor': 1,
  'lose extractor state': 1,
  own: 10,
  flush: 8,
  checkpoint: 2,
  'restart owner': 3,
  'lose checkpoint': 1,
  'let a late request land': 3,
  compact: 2,
  'begin sink': 3,
  'commit sink': 4,
  batch: 3,
  tombstone: 1,
  truncate: 1,
  check: 6,
} as const;

export type Operation = keyof typeof OPERATIONS;

export interface Command {
  readonly operation: Operation;
  readonly lane: number;
  readonly instance: number;
  readonly count: number;
  readonly fault: Fault;
  readonly seed: number;
}

const faults = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fault>('none') },
  { weight: 4, arbitrary: fc.constantFrom<Fault>('lost-request', 'lost-reply', 'half', 'late', 'late-half') },
);

export const commandsArbitrary: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    operation: fc.oneof(
      ...Object.entries(OPERATIONS).map(([name, weight]) => ({
        weight,
        arbitrary: fc.constant(name as Operation),
      })),
    ),
    lane: fc.nat(3),
    instance: fc.nat(1),
    count: fc.integer({ min: 1, max: 12 }),
    fault: faults,
    seed: fc.nat(0xffff),
  }),
  { minLength: 20, maxLength: 80, size: 'max' },
);

const KINDS = ['play_start', 'play_stop', 'impression', 'play_pause', 'impression'] as const;

/** Appends events to a raw partition: some repeated within the window, some after it, some broken. */
function produce(world: World, partition: number, count: number, seed: number): void {
  for (let i = 0; i < count; i++) {
    const raw = world.raw[partition]!;
    const roll = (seed * 31 + i * 17) % 23;
    world.time += roll === 7 ? WINDOW_MS + 1 : roll * 3;
    const timestamp = roll === 11 ? world.time - 500 : world.time;
    const number = roll < 4 ? Math.max(0, raw.length - 1 - roll * 3) : raw.length;
    const kind = KINDS[number % KINDS.length]!;
    const event = {
      eventId: `e${number}`,
      kind,
      // As forged as clocks of devices are.
      eventTime: timestamp - (number % 3) * 450,
      profileId: `p${number % 3 === 0 ? 0 : number % 2}`,
      country: number % 5 === 0 ? 'FR' : 'SE',
      // Two that readers of text may take for one.
      titleId: ['t', '\ufefft'][number % 2],
      ...(kind === 'impression'
        ? {
            row: number % 7 === 0 ? 'popular' : 'trending',
            rank: 1,
            ...(roll === 5 ? { origin: 'synthetic' } : {}),
          }
        : {}),
      ...(kind === 'play_stop' || kind === 'play_pause'
        ? { playId: `x${number % 2}`, positionSeconds: 1, viewedSeconds: (number * 37) % 240 }
        : {}),
    };
    raw.push({ offset: raw.length, timestamp, text: roll === 13 ? '{"broken":' : JSON.stringify(event) });
  }
}

/** Offset up to which every sink has read: what the log may forget. */
function truncate(world: World, lane: World['lanes'][number], count: number): void {
  const taken = lane.lake.at(-1)?.offset ?? -1;
  const wanted = lane.logStart + count;
  // Logs lose whole segments, whose edges meet those of blocks more often than chance would have it.
  const start = Math.min(count % 2 === 0 ? wanted - (wanted % BLOCK_SIZE) : wanted, taken + 1);
  if (start > lane.logStart) {
    lane.logStart = start;
    world.isTruncated = true;
  }
}

async function perform(world: World, command: Command): Promise<void> {
  const { operation, instance, count } = command;
  const lane = world.lanes[command.lane]!;
  const partition = command.lane % PARTITIONS;
  world.network.fault = command.fault;
  switch (operation) {
    case 'produce':
      return produce(world, partition, count, command.seed);
    case 'extract':
      return extract(world, partition, instance, count);
    case 'restart extractor':
      world.extractors[partition]![instance] = undefined;
      return;
    case 'lose extractor state':
      return world.state.lose(partition);
    case 'own':
      return own(world, lane, instance, count);
    case 'flush':
      return lane.owners[instance]?.flush();
    case 'checkpoint': {
      const owner = lane.owners[instance];
      return owner?.save(owner.snapshot());
    }
    case 'restart owner':
      lane.owners[instance] = undefined;
      return;
    case 'lose checkpoint':
      return lane.checkpoints.lose();
    case 'let a late request land':
      return world.network.limbo.shift()?.();
    case 'compact':
      return lane.view.compact();
    case 'begin sink':
      return beginSink(world, lane, instance, count * 2);
    case 'commit sink':
      return commitSink(world, instance);
    case 'batch':
      return runBatch(world);
    case 'tombstone':
      await lane.owners[instance]?.tombstoneBelow(servableCut(world, lane));
      return;
    case 'truncate':
      return truncate(world, lane, count);
    case 'check':
      checkServing(world);
      return;
    default:
      return operation satisfies never;
  }
}

/** The cut that the oldest servable version needs. */
function servableCut(world: World, lane: World['lanes'][number]): number {
  const cuts = world.views.slice(-SERVABLE_VERSIONS).map((view) => view.cut[lane.topic][lane.partition]!);
  return cuts.length === 0 ? 0 : Math.min(...cuts);
}

const isExpected = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['LOG_UNAVAILABLE', 'OBJECT_PRECONDITION_FAILED'].includes(String(error.code));

/** Plays a run to its quiet end: everything restarts, drains, and must serve the whole truth. */
export async function playRun(rules: SeamRules, commands: readonly Command[]): Promise<void> {
  const world = createWorld(rules);
  for (const command of commands) {
    try {
      await perform(world, command);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
  await drain(world);
  checkCleanLog(world);
  checkEnd(world, !world.isTruncated, 'before the last refresh');
  for (const lane of world.lanes) {
    beginSink(world, lane, 0, Number.MAX_SAFE_INTEGER);
    commitSink(world, 0);
  }
  runBatch(world);
  checkEnd(world, !world.isTruncated, 'after the last refresh');
}

async function drain(world: World): Promise<void> {
  world.network.fault = 'none';
  for (const land of world.network.limbo.splice(0)) land();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    world.extractors[partition] = [undefined, undefined];
    await extract(world, partition, 0, Number.MAX_SAFE_INTEGER);
  }
  world.sinks.forEach((pending) => pending.splice(0));
  for (const lane of world.lanes) {
    lane.owners.fill(undefined);
    await own(world, lane, 0, Number.MAX_SAFE_INTEGER);
    await lane.owners[0]?.flush();
    lane.view.compact();
  }
}

/** The clean log holds every true event and no other, and every broken record is a dead letter once. */
function checkCleanLog(world: World): void {
  world.raw.forEach((raw, partition) => {
    const truth = trueEvents(raw, WINDOW_MS);
    for (const lane of world.lanes.filter((candidate) => candidate.partition === partition)) {
      const expected = [...truth]
        .filter(([, event]) => topicOf(event.kind) === lane.topic)
        .map(([offset]) => offset);
      const found = [...new Set(lane.clean.map((record) => record.rawOffset))];
      if (found.join() !== expected.join())
        throw new Error(`${lane.topic}/${partition} holds ${found.join()}, truth ${expected.join()}`);
    }
    const broken = raw.filter(({ text }) => text.endsWith(':')).length;
    const dead = [...world.dead.keys()].filter((key) => key.startsWith(`${partition}/`)).length;
    if (dead !== broken)
      throw new Error(`partition ${partition} has ${dead} dead letters, ${broken} broken records`);
  });
}

function checkEnd(world: World, mustBeComplete: boolean, when: string): void {
  for (const verdict of checkServing(world)) {
    if (mustBeComplete && !(verdict.isComplete && verdict.isCaughtUp)) {
      throw new Error(`${when}: ${JSON.stringify(verdict)} though nothing was truncated`);
    }
  }
}
