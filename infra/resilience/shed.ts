/**
 * Which requests are turned away when there are more than can be answered: the least missed first, more of them the
 * higher the pressure, as Netflix described for its services (prioritised load shedding, 2020 and 2024).
 */

/** From what is never turned away by pressure to what is turned away first. */
export const PRIORITIES = ['vital', 'home', 'row', 'detail', 'prefetch'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Pressure 1: requests begin to wait. Between `from` and `to` ever more are turned away, past `to` all. */
const RAMPS: Readonly<Record<Priority, { readonly from: number; readonly to: number }>> = {
  prefetch: { from: 1, to: 1.5 },
  detail: { from: 4, to: 8 },
  row: { from: 8, to: 16 },
  home: { from: Infinity, to: Infinity },
  vital: { from: Infinity, to: Infinity },
};

export interface ShedSettings {
  /** A wait that is pressure 1, milliseconds. */
  readonly lagMs: number;
  /** Requests under way that are pressure 1. */
  readonly inFlight: number;
  /** Requests under way past which all but the vital are turned away. */
  readonly mostInFlight: number;
}

export interface Load {
  /** Standing delay of the event loop. */
  readonly lagMs: number;
  /** How long this request has waited for others of its turn. */
  readonly waitedMs: number;
  readonly inFlight: number;
}

/** With fewer requests under way it is not they who keep the process busy, and turning them away would help nobody. */
const FEW = 8;

/** The greatest of all shares. */
function pressureOf({ lagMs, waitedMs, inFlight }: Load, settings: ShedSettings): number {
  const delayMs = inFlight < FEW ? waitedMs : Math.max(waitedMs, lagMs);
  return Math.max(delayMs / settings.lagMs, inFlight / settings.inFlight);
}

/** The share of a class that is turned away, 0 to 1. */
export function shareShed(priority: Priority, load: Load, settings: ShedSettings): number {
  if (priority === 'vital') return 0;
  if (load.inFlight >= settings.mostInFlight) return 1;
  const { from, to } = RAMPS[priority];
  const pressure = pressureOf(load, settings);
  if (pressure < from) return 0;
  return pressure >= to ? 1 : (pressure - from) / (to - from);
}
