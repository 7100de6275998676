/** Reads parameters with a schema; what does not fit is REQUEST_INVALID, naming the field and what was sent. */
import type { z } from 'zod';
import { MarqueeError } from '../../domain/errors.ts';
import { shapeOf } from '../../domain/json-fields.ts';

export function readInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = pathOf(issue);
  throw new MarqueeError('REQUEST_INVALID', {
    field: path.length === 0 ? 'body' : path.join('.'),
    shape: shapeOf(path.reduce<unknown>(stepInto, input)),
    expected: expectation(issue),
  });
}

const MOST_OF_A_NAME = 100;

/** Where it is wrong: of what nobody knows, its name. */
function pathOf(issue: z.core.$ZodIssue | undefined): readonly PropertyKey[] {
  if (issue?.code !== 'unrecognized_keys') return issue?.path ?? [];
  return [...issue.path, ...issue.keys.slice(0, 1).map((name) => name.slice(0, MOST_OF_A_NAME))];
}

function stepInto(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

function expectation(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.pattern === undefined ? `a ${issue.format}` : `text like ${issue.pattern}`;
    case 'invalid_type':
      return `a ${issue.expected}`;
    case 'unrecognized_keys':
      return 'nothing: there is no such parameter here';
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return issue?.message ?? 'something else';
  }
}
