/** Requests for every operation of a document. */
import type { Contract, Operation, Parameter } from './document.ts';
import {
  edgeTexts,
  goodValue,
  HOSTILE_BODIES,
  HOSTILE_ESCAPES,
  HOSTILE_JSON,
  HOSTILE_TEXTS,
  saysGoodValue,
} from './values.ts';

export interface Case {
  readonly operation: Operation;
  readonly method: string;
  /** Path and query as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** Whether it is one that must be answered well. */
  readonly isGood: boolean;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** `encodeURIComponent` refuses a lone surrogate; it goes as the bytes that a careless encoder would make of it. */
export const encodeText = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll(encodeURIComponent('\ufffd'), '%ED%A0%80');

const fill = (operation: Operation, values: ReadonlyMap<string, string>): string =>
  operation.path.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? 'missing');

const queryOf = (entries: readonly (readonly [string, string])[]): string =>
  entries.length === 0 ? '' : `?${entries.map(([name, value]) => `${name}=${value}`).join('&')}`;

/**
 * Every case of an operation; the first is the one with good values alone. `seen` is handed from operation to operation,
 * for parameters that several have.
 */
export function* casesOf(
  contract: Contract,
  operation: Operation,
  seen = new Map<string, number>(),
): Generator<Case> {
  const good = new Map(
    operation.parameters.map(({ name, schema }) => [name, encodeText(String(goodValue(contract, schema)))]),
  );
  const inQuery = operation.parameters.filter((one) => one.in === 'query');
  const body = operation.body && JSON.stringify(goodValue(contract, operation.body));
  const make = (
    more: Partial<Case>,
    query = required(inQuery, good),
    path = fill(operation, good),
  ): Case => ({
    ...{ operation, method: operation.method.toUpperCase(), target: `${path}${queryOf(query)}` },
    ...{ headers: body === undefined ? {} : JSON_HEADERS, body, isGood: false, ...more },
  });
  yield make({ isGood: true });
  const told = inQuery.filter(({ schema }) => saysGoodValue(contract.resolve(schema)));
  yield make(
    { isGood: true },
    told.map(({ name }) => [name, good.get(name)!]),
  );
  for (const parameter of operation.parameters) {
    const { name } = parameter;
    for (const value of badTexts(parameter, seen)) {
      // A path without its parameter is the path of something else.
      if (parameter.in === 'path' && value !== '')
        yield make({}, undefined, fill(operation, new Map([...good, [name, value]])));
      if (parameter.in === 'query') yield make({}, [...required(inQuery, good, name), [name, value]]);
      if (parameter.in === 'header' && !/[^\x21-\x7e]/.test(value))
        yield make({ headers: { ...JSON_HEADERS, [name]: value } });
    }
    if (parameter.in !== 'query') continue;
    const valid = good.get(name)!;
    const rest = required(inQuery, good, name);
    yield make({}, [...rest, [name, valid], [name, valid]]);
    yield make({}, [...rest, [name, valid], [name, '9'], [name, '']]);
    for (const shape of ['[]', '[a]', '[__proto__]', '.x', '%00'])
      yield make({}, [...rest, [`${name}${shape}`, valid]]);
  }
  yield make({}, [...required(inQuery, good), ['__proto__', '1'], ['constructor', '1'], ['nobody', '1']]);
  yield make(
    {},
    Array.from({ length: 1500 }, (_, n) => [`a${n}`, '']),
  );
  for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE']) yield make({ method });
  yield make({ target: `${fill(operation, good)}/` });
  yield make({ target: `/..${fill(operation, good)}` });
  yield make({ target: `/${fill(operation, good)}` });
  yield* ofBodies(contract, operation, make);
}

/** Of a parameter that other operations have as well each gets every fourth text, another fourth each time. */
const SHARED_BY = 4;

function badTexts({ name, schema }: Parameter, seen: Map<string, number>): ReadonlySet<string> {
  const texts = [...[...HOSTILE_TEXTS, ...edgeTexts(schema)].map(encodeText), ...HOSTILE_ESCAPES];
  const key = `${name} ${JSON.stringify(schema)}`;
  const times = seen.get(key) ?? 0;
  seen.set(key, times + 1);
  return new Set(times === 0 ? texts : texts.filter((_, n) => n % SHARED_BY === times % SHARED_BY));
}

const required = (
  parameters: readonly Parameter[],
  good: ReadonlyMap<string, string>,
  except?: string,
): (readonly [string, string])[] =>
  parameters
    .filter((one) => one.required === true && one.name !== except)
    .map(({ name }) => [name, good.get(name)!]);

function* ofBodies(
  contract: Contract,
  operation: Operation,
  make: (more: Partial<Case>) => Case,
): Generator<Case> {
  if (operation.body === undefined) {
    // A body where none is asked for is nobody's business, whatever it is.
    if (operation.method !== 'get')
      for (const body of HOSTILE_BODIES) yield make({ body, headers: JSON_HEADERS });
    return;
  }
  const good = goodValue(contract, operation.body) as Record<string, unknown>;
  for (const name of Object.keys(good)) {
    for (const value of HOSTILE_JSON) yield make({ body: JSON.stringify({ ...good, [name]: value }) });
    const { [name]: _gone, ...without } = good;
    yield make({ body: JSON.stringify(without) });
  }
  yield make({ body: JSON.stringify({ ...good, nobody: 'asked for this' }) });
  for (const body of HOSTILE_BODIES) yield make({ body });
  const text = JSON.stringify(good);
  for (const type of [
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'application/json; charset=latin1',
    ';',
    'json',
  ])
    yield make({ headers: { 'content-type': type }, body: text });
  yield make({ headers: {}, body: text });
  for (const coding of ['gzip', 'br', 'zstd', 'nothing'])
    yield make({ headers: { ...JSON_HEADERS, 'content-encoding': coding }, body: text });
}
