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
