import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { openFleet, type Fleet, type FleetEvent, type FleetOptions } from '../../../infra/local/fleet.ts';
import { commandLineOf, isSameProcess, killProcess } from '../../../infra/local/process.ts';
import { until } from '../../support/until.ts';

const opened: Fleet[] = [];
after(async () => {
  for (const fleet of opened) await fleet.stop();
});

const QUIET = 'setInterval(() => {}, 1000)';
/** Says goodbye when it is told to end, a little later. */
const POLITE =
  "process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit(0); }, 200)); console.log('ready'); setInterval(() => {}, 1000)";

interface Opened {
  readonly fleet: Fleet;
  readonly events: FleetEvent[];
  readonly options: FleetOptions;
}

function open(script: string, given: Partial<FleetOptions> = {}): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-fleet-'));
  const events: FleetEvent[] = [];
  const options: FleetOptions = {
    ...{ name: 'sleeper', command: [process.execPath, '-e', script], env: {} },
    ...{ file: join(folder, 'fleet.json'), logDir: folder, stopTimeoutMs: 5000 },
    ...{ maxRestarts: 2, restartWindowMs: 60_000 },
    onEvent: (event) => events.push(event),
    ...given,
  };
  const fleet = openFleet(options);
  opened.push(fleet);
  return { fleet, events, options };
}

const pidsOf = (fleet: Fleet): number[] => fleet.members().map(({ pid }) => pid);
const kindsOf = (events: readonly FleetEvent[]): string[] => events.map(({ type }) => type);

test('as many run as are asked for, and the newest are stopped first', async () => {
  const { fleet, events } = open(QUIET);
  await fleet.scaleTo(3);
  const pids = pidsOf(fleet);
  assert.equal(new Set(pids).size, 3);
  for (const { pid, command } of fleet.members()) assert.ok(isSameProcess(pid, command));
  await fleet.scaleTo(3);
  assert.deepEqual(pidsOf(fleet), pids);
  await fleet.scaleTo(1);
  assert.deepEqual(pidsOf(fleet), pids.slice(0, 1));
  const stopping = events.flatMap((event) => (event.type === 'stopping' ? event.member.pid : []));
  assert.deepEqual(stopping, [pids[2], pids[1]]);
});

test('a process that is stopped may close in order before the call ends', async () => {
  const { fleet } = open(POLITE);
  await fleet.scaleTo(1);
  const { log } = fleet.members()[0]!;
  await until(() => readFileSync(log, 'utf8').includes('ready'));
  await fleet.scaleTo(0);
  assert.match(readFileSync(log, 'utf8'), /closed/);
});

test('a process that ended by itself is replaced, and after too many none is for a while', async () => {
  let clock = 0;
  const { fleet, events } = open(QUIET, { now: () => clock });
  await fleet.scaleTo(1);
  for (let i = 0; i < 3; i++) {
    const { pid, command } = fleet.members()[0]!;
    await killProcess(pid, command);
    await fleet.scaleTo(1);
  }
  assert.deepEqual(pidsOf(fleet), []);
  await fleet.scaleTo(1);
  assert.deepEqual(kindsOf(events), [
    ...['started', 'ended', 'started', 'ended', 'started'],
    ...['ended', 'gave-up'],
  ]);
  clock += 60_000;
  await fleet.scaleTo(1);
  assert.equal(fleet.members().length, 1);
});

test('a fleet that was left running is taken over by pid, and what took over a pid is left alone', async () => {
  const { fleet, options } = open(QUIET);
  await fleet.scaleTo(2);
  const [first, second] = fleet.members();
  // As another process would have left it: one still runs, of one the pid belongs to something else by now.
  const stranger = { ...second!, pid: process.pid };
  writeFileSync(
    options.file,
    JSON.stringify({ holder: 1, holderCommand: 'gone', members: [first, stranger] }),
  );
  const events: FleetEvent[] = [];
  const next = openFleet({ ...options, onEvent: (event) => events.push(event) });
  assert.deepEqual(pidsOf(next), [first?.pid]);
  assert.deepEqual(kindsOf(events), ['adopted']);
  await next.stop();
  assert.ok(!isSameProcess(first!.pid, first!.command));
  assert.ok(isSameProcess(second!.pid, second!.command));
});

test('two processes never look after one fleet', () => {
  const { options } = open(QUIET);
  const { holderCommand, ...rest } = JSON.parse(readFileSync(options.file, 'utf8')) as {
    holder: number;
    holderCommand: string;
    members: [];
  };
  // Its holder is this very process, which the file says under the pid of its parent.
  const parent = commandLineOf(process.ppid) ?? '';
  assert.notEqual(holderCommand, '');
  assert.notEqual(parent, '');
  writeFileSync(options.file, JSON.stringify({ ...rest, holder: process.ppid, holderCommand: parent }));
  assert.throws(
    () => openFleet(options),
    (error) => isMarqueeError(error, 'SERVER_MISSING'),
  );
});

test('a torn record file is a fleet without members', () => {
  const { options } = open(QUIET);
  writeFileSync(options.file, '{"holder": 1, "mem');
  assert.deepEqual(pidsOf(openFleet(options)), []);
});
