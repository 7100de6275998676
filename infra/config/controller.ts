import { z } from 'zod';
import { decimal, flag, integer, text } from './setting.ts';

const KINDS = '(speed|behaviour|extract)';

const capacity = (env: string, processes: string, value: number) =>
  integer(env, {
    default: value,
    min: 1,
    max: 100_000_000,
    reason: `Records a second that one ${processes} process takes, until one was seen at its limit.`,
  });

/** Sizing of processes: domain/sizing.ts has the rule. */
export const controllerSection = z.object({
  host: text('CONTROLLER_HOST', {
    default: '127.0.0.1',
    reason: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  port: integer('CONTROLLER_PORT', {
    default: 4050,
    min: 0,
    max: 65_535,
    reason: 'Where decisions, probes and metrics are asked for; 0 takes any free port.',
  }),
  kinds: text('CONTROLLER_KINDS', {
    default: 'speed',
    pattern: new RegExp(`^${KINDS}(,${KINDS})*$`),
    expects: 'some of speed, behaviour and extract, joined by commas',
    reason: 'The kinds of process to size.',
  }),
  minProcesses: integer('CONTROLLER_MIN_PROCESSES', {
    default: 1,
    min: 0,
    max: 1024,
    reason: 'Never fewer of a kind; two ride out the loss of a machine without a pause.',
  }),
  maxProcesses: integer('CONTROLLER_MAX_PROCESSES', {
    default: 1024,
    min: 1,
    max: 1024,
    reason: 'Never more of a kind. More than partitions are never asked for.',
  }),
  speedCapacity: capacity('CONTROLLER_SPEED_CAPACITY', 'speed', 20_000),
  behaviourCapacity: capacity('CONTROLLER_BEHAVIOUR_CAPACITY', 'behaviour', 5000),
  extractCapacity: capacity('CONTROLLER_EXTRACT_CAPACITY', 'extract', 5000),
  measuresCapacity: flag('CONTROLLER_MEASURES_CAPACITY', {
    default: true,
    reason: 'Whether what processes take when they cannot keep up replaces the configured figure.',
  }),
  growAbove: decimal('CONTROLLER_GROW_ABOVE', {
    default: 0.75,
    min: 0.05,
    max: 1,
    reason: 'Share of its capacity above which a process is too busy: the rest is for catching up.',
  }),
  shrinkBelow: decimal('CONTROLLER_SHRINK_BELOW', {
    default: 0.45,
    min: 0.01,
    max: 0.9,
    reason:
      'Share of its capacity that fewer processes may come to. Below two thirds of CONTROLLER_GROW_ABOVE a load that varies by 20 % never makes the number go up and down.',
  }),
  drainTargetMs: integer('CONTROLLER_DRAIN_TARGET_MS', {
    default: 30_000,
    min: 100,
    max: 86_400_000,
    reason: 'In how long a backlog should be gone; shorter asks for more processes.',
  }),
  lagAllowanceMs: integer('CONTROLLER_LAG_ALLOWANCE_MS', {
    default: 3000,
    min: 0,
    max: 3_600_000,
    reason: 'Records that came within this long are no backlog: groups commit once a second.',
  }),
  coolDownMs: integer('CONTROLLER_COOL_DOWN_MS', {
    default: 180_000,
    min: 100,
    max: 86_400_000,
    reason: 'How long fewer processes must have been enough before any is stopped.',
  }),
  settleMs: integer('CONTROLLER_SETTLE_MS', {
    default: 20_000,
    min: 0,
    max: 3_600_000,
    reason: 'How long after a change of members nothing is learned of capacity: partitions change hands.',
  }),
  sampleIntervalMs: integer('CONTROLLER_SAMPLE_INTERVAL_MS', {
    default: 5000,
    min: 100,
    max: 600_000,
    reason: 'How often the ends of the log and the positions of the groups are read.',
  }),
  rateWindowMs: integer('CONTROLLER_RATE_WINDOW_MS', {
    default: 15_000,
    min: 100,
    max: 3_600_000,
    reason: 'Rates are means of this long: longer is steadier, shorter answers sooner.',
  }),
});

/** The local actuator: `marquee scale`. */
export const scaleSection = z.object({
  maxRestarts: integer('SCALE_MAX_RESTARTS', {
    default: 5,
    min: 0,
    max: 1000,
    reason:
      'Processes that ended by themselves and are started again, at most so many within SCALE_RESTART_WINDOW_MS.',
  }),
  restartWindowMs: integer('SCALE_RESTART_WINDOW_MS', {
    default: 300_000,
    min: 1000,
    max: 86_400_000,
    reason: 'The span that restarts are counted in.',
  }),
  pollIntervalMs: integer('SCALE_POLL_INTERVAL_MS', {
    default: 1000,
    min: 50,
    max: 600_000,
    reason: 'How often the controller is asked and processes are looked after.',
  }),
});
