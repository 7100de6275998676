/**
 * What a change of contract means for readers. Backward: who reads by the new contract can use every event written under
 * the old one. Forward: who still reads by the old contract can use every event written under the new one. Both are
 * decided from the contracts alone; see `canWrite` and `canRead` for what is promised of which events.
 */
import { allowsTypes, type JsonType } from './json-types.ts';
import type { AttributeShape, ContractShape, KindShape } from './shape.ts';

export type Direction = 'backward' | 'forward';

export type FindingCode =
  | 'kind-added'
  | 'kind-removed'
  | 'topic-changed'
  | 'attribute-added'
  | 'attribute-removed'
  | 'made-required'
  | 'made-optional'
  | 'type-widened'
  | 'type-narrowed'
  | 'type-changed'
  | 'range-widened'
  | 'range-narrowed'
  | 'range-moved'
  | 'pattern-changed'
  | 'share-changed';

export interface Finding<C extends string = FindingCode> {
  readonly code: C;
  /** The kind of event, or the record. */
  readonly kind: string;
  readonly field: string | null;
  readonly reason: string;
  /** Empty for a change that every reader can live with. */
  readonly breaks: readonly Direction[];
}

export const isBreaking = ({ breaks }: Finding<string>): boolean => breaks.length > 0;

/** A finding as one sentence. */
export function describeFinding({ kind, field, code, reason, breaks }: Finding<string>): string {
  const where = field === null ? kind : `${kind}.${field}`;
  const direction = breaks.length === 0 ? 'compatible' : `breaks ${breaks.join(' and ')}`;
  return `${where}: ${code}, ${reason} (${direction})`;
}

/** Every difference, kinds and attributes in the order of their names. */
export function compareContracts(older: ContractShape, newer: ContractShape): Finding[] {
  return namesOf(older.kinds, newer.kinds).flatMap((kind) => {
    const before = older.kinds.get(kind);
    const after = newer.kinds.get(kind);
    if (before === undefined) return [kindAdded(kind, older)];
    if (after === undefined) return [kindRemoved(kind, newer)];
    return compareKinds(kind, before, after);
  });
}

const namesOf = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].sort();

function kindAdded(kind: string, older: ContractShape): Finding {
  const about = { code: 'kind-added', kind, field: null } as const;
  return older.known.has(kind)
    ? { ...about, reason: 'every reader knows it from the event contract', breaks: [] }
    : { ...about, reason: 'who reads by the older contract does not know it', breaks: ['forward'] };
}

function kindRemoved(kind: string, newer: ContractShape): Finding {
  const about = { code: 'kind-removed', kind, field: null } as const;
  return newer.known.has(kind)
    ? {
        ...about,
        reason: 'readers of the older contract wait for events that do not come',
        breaks: ['forward'],
      }
    : { ...about, reason: 'events already written are unknown to the newer contract', breaks: ['backward'] };
}

function compareKinds(kind: string, before: KindShape, after: KindShape): Finding[] {
  const findings: Finding[] = [];
  if (before.topic !== after.topic) {
    const reason = `from topic ${before.topic ?? '?'} to ${after.topic ?? '?'}`;
    findings.push({ code: 'topic-changed', kind, field: null, reason, breaks: ['backward', 'forward'] });
  }
  for (const field of namesOf(before.attributes, after.attributes)) {
    for (const change of compareAttributes(before.attributes.get(field), after.attributes.get(field)))
      findings.push({ ...change, kind, field });
  }
  return findings;
}

type Change = Omit<Finding, 'kind' | 'field'>;

function compareAttributes(
  before: AttributeShape | undefined,
  after: AttributeShape | undefined,
): readonly Change[] {
  if (before === undefined) return after === undefined ? [] : [added(after)];
  if (after === undefined) return [removed(before)];
  return [
    ...comparePresence(before, after),
    ...compareTypes(before, after),
    ...compareRanges(before, after),
    ...comparePatterns(before, after),
    ...compareShares(before, after),
  ];
}

function added({ required }: AttributeShape): Change {
  return required
    ? { code: 'attribute-added', reason: 'required, and older events lack it', breaks: ['backward'] }
    : { code: 'attribute-added', reason: 'optional', breaks: [] };
}

function removed({ required }: AttributeShape): Change {
  return required
    ? { code: 'attribute-removed', reason: 'readers of the older contract require it', breaks: ['forward'] }
    : { code: 'attribute-removed', reason: 'it was optional', breaks: [] };
}

function comparePresence(before: AttributeShape, after: AttributeShape): readonly Change[] {
  if (before.required === after.required) return [];
  return after.required
    ? [{ code: 'made-required', reason: 'older events may lack it', breaks: ['backward'] }]
    : [{ code: 'made-optional', reason: 'readers of the older contract require it', breaks: ['forward'] }];
}

function compareTypes(before: AttributeShape, after: AttributeShape): readonly Change[] {
  const accepts = allowsTypes(after.types, before.types);
  const accepted = allowsTypes(before.types, after.types);
  if (accepts && accepted) return [];
  const reason = `from ${before.types.join(' or ')} to ${after.types.join(' or ')}`;
  if (accepts) return [{ code: 'type-widened', reason, breaks: ['forward'] }];
  if (accepted) return [{ code: 'type-narrowed', reason, breaks: ['backward'] }];
  return [{ code: 'type-changed', reason, breaks: ['backward', 'forward'] }];
}

const isBounded = (type: JsonType): boolean => type === 'string' || type === 'integer' || type === 'number';

function compareRanges(before: AttributeShape, after: AttributeShape): readonly Change[] {
  const isLower = after.min < before.min || after.max > before.max;
  const isHigher = after.min > before.min || after.max < before.max;
  if (!isLower && !isHigher) return [];
  if (!before.types.some(isBounded) || !after.types.some(isBounded)) return [];
  // Bounds of a string's length say nothing about a number's value.
  if (!allowsTypes(after.types, before.types) && !allowsTypes(before.types, after.types)) return [];
  const reason = `from ${before.min} … ${before.max} to ${after.min} … ${after.max}`;
  if (!isHigher) return [{ code: 'range-widened', reason, breaks: ['forward'] }];
  if (!isLower) return [{ code: 'range-narrowed', reason, breaks: ['backward'] }];
  return [{ code: 'range-moved', reason, breaks: ['backward', 'forward'] }];
}

/** Whether one pattern matches all that another does is not worked out: a new pattern may refuse what the old one let pass. */
function comparePatterns(before: AttributeShape, after: AttributeShape): readonly Change[] {
  if (before.pattern === after.pattern) return [];
  const reason = `from ${before.pattern ?? 'any text'} to ${after.pattern ?? 'any text'}`;
  const narrows = after.pattern !== undefined;
  const widens = before.pattern !== undefined;
  const breaks: Direction[] = [
    ...(narrows ? (['backward'] as const) : []),
    ...(widens ? (['forward'] as const) : []),
  ];
  return [{ code: 'pattern-changed', reason, breaks }];
}

/** A declared share is how a producer says "on purpose": it is told, and breaks nobody. */
function compareShares({ expected: before }: AttributeShape, { expected: after }: AttributeShape): Change[] {
  if (before === undefined || after === undefined) return [];
  if (before.share === after.share && before.tolerance === after.tolerance) return [];
  const show = ({ share, tolerance }: typeof before): string => `${share} ± ${tolerance}`;
  return [{ code: 'share-changed', reason: `from ${show(before)} to ${show(after)}`, breaks: [] }];
}
