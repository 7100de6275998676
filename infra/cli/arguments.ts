/** Arguments of commands, checked while they are read: a bad one ends with the usage exit code and one sentence. */
import { InvalidArgumentError } from 'commander';
import { VIEW_NAME, type ViewName } from '../../domain/views.ts';

export function viewArgument(text: string): ViewName {
  if (!VIEW_NAME.test(text))
    throw new InvalidArgumentError('Expected lower-case letters, digits and hyphens.');
  return text as ViewName;
}

/** A whole number between the bounds, both included. */
export function countArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= min && count <= max) return count;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90s`, `10m`, `2h` in milliseconds, up to seven days. */
export function durationArgument(text: string): number {
  const found = /^(\d{1,6})([smh])$/.exec(text);
  const ms = found === null ? 0 : Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
  if (ms > 0 && ms <= 7 * 24 * UNIT_MS.h) return ms;
  throw new InvalidArgumentError('Expected a duration such as 90s, 10m or 2h, up to 168h.');
}
