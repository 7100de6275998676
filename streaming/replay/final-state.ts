/** Whether two states are equal, numbers to one in 10^9. */
const TOLERANCE = 1e-9;

const isClose = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));

const shown = (value: unknown): string => {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

/**
 * The first difference in words (replayed first), undefined where there is none. Plain objects, arrays, typed arrays and
 * maps are walked, undefined fields are as good as absent; `passing` names fields of the outermost object to leave out.
 */
export function firstDifference(
  a: unknown,
  b: unknown,
  passing: ReadonlySet<string> = new Set(),
  path = '',
): string | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    return isClose(a, b) ? undefined : `${path || 'value'} is ${a}, live ${b}`;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? undefined : `${path || 'value'} is ${shown(a)}, live ${shown(b)}`;
  }
  const [mine, live] = [entriesOf(a), entriesOf(b)];
  for (const name of new Set([...mine.keys(), ...live.keys()])) {
    if (passing.has(name)) continue;
    const difference = firstDifference(
      mine.get(name),
      live.get(name),
      undefined,
      path === '' ? name : `${path}.${name}`,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function entriesOf(value: object): Map<string, unknown> {
  if (value instanceof Map) {
    return new Map(Array.from(value as Map<unknown, unknown>, ([key, item]) => [String(key), item]));
  }
  return new Map(Object.entries(value));
}
