import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import { PROBLEM_TYPE } from '../../infra/http/errors.ts';
import { routesOf } from '../support/express-routes.ts';
import { casesOf, type Case } from './cases.ts';
import { readContract, type Contract } from './document.ts';
import { send, type Sent } from './send.ts';
import { startWorld } from './world.ts';

/** What Express answers by itself, without a handler of ours. */
const isExpressOwn = ({ method }: Case): boolean => method === 'OPTIONS';
/** A path that leads elsewhere is nothing's, and one that cannot be read is nobody's. */
const ANYWHERE: readonly string[] = ['NOT_FOUND', 'BODY_INVALID', 'REQUEST_MALFORMED', 'HEADERS_TOO_LARGE'];
/** Where files lie and how a stack trace looks. */
const SECRETS = /node_modules|\.ts:\d+|\n\s+at |\/work\/|\/home\//;

/** What is wrong with an answer; undefined for nothing. */
function faultOf(contract: Contract, one: Case, answer: Sent): string | undefined {
  if (SECRETS.test(answer.text)) return 'it tells what it is made of';
  if (one.method === 'HEAD') return answer.status >= 500 ? `status ${answer.status}` : undefined;
  if (isExpressOwn(one)) return answer.status >= 400 ? `status ${answer.status}` : undefined;
  if (answer.status < 400) {
    if (one.method !== one.operation.method.toUpperCase()) return undefined;
    const body = answer.mediaType.endsWith('json') ? (JSON.parse(answer.text) as unknown) : answer.text;
    return contract.fault(one.operation, answer.status, answer.mediaType, body);
  }
  if (answer.mediaType !== PROBLEM_TYPE)
    return `${answer.status} as ${answer.mediaType}: ${answer.text.slice(0, 200)}`;
  const problem = JSON.parse(answer.text) as { code: string; status: number };
  if (!Object.hasOwn(ERRORS, problem.code) || problem.code === 'INTERNAL') return `code ${problem.code}`;
  const { status } = ERRORS[problem.code as ErrorCode];
  if (status !== answer.status || status !== problem.status) return `${problem.code} as ${answer.status}`;
  if (answer.headers['cache-control'] !== 'no-store') return 'an error may be kept';
  return ANYWHERE.includes(problem.code)
    ? undefined
    : contract.fault(one.operation, answer.status, answer.mediaType, problem);
}

const shown = ({ method, target, body, headers }: Case): string =>
  `${method} ${target.slice(0, 200)} ${JSON.stringify(headers)} ${String(body ?? '').slice(0, 200)}`;

test('whatever is sent to any operation, the answer is one that the document declares', async (t) => {
  const world = await startWorld(t);
  const contract = readContract(JSON.parse(await world.text('/openapi.json')) as object);
  const faults: string[] = [];
  const answeredWell = new Set<string>();
  const seen = new Map<string, number>();
  let cases = 0;
  for (const operation of contract.operations) {
    for (const one of casesOf(contract, operation, seen)) {
      cases += 1;
      const answer = await send(world.url(), one);
      if (answer === undefined) faults.push(`cut: ${shown(one)}`);
      else {
        if (one.isGood && answer.status < 300) answeredWell.add(operation.name);
        else if (one.isGood) faults.push(`${answer.status} ${answer.text.slice(0, 300)}: ${shown(one)}`);
        const fault = faultOf(contract, one, answer);
        if (fault !== undefined) faults.push(`${fault}: ${shown(one)}`);
      }
    }
  }
  t.diagnostic(`${cases} requests to ${contract.operations.length} operations`);
  assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults`);
  assert.ok(cases > 50 * contract.operations.length, 'cases are made for every operation');
  assert.deepEqual([...answeredWell].sort(), contract.operations.map(({ name }) => name).sort());
  assert.deepEqual(
    routesOf(world.app(), world.opsApp()),
    [...answeredWell].sort(),
    'every route is documented and was hit',
  );
});

test('an answer that the document does not declare is noticed', async (t) => {
  const world = await startWorld(t);
  const contract = readContract(JSON.parse(await world.text('/openapi.json')) as object);
  const operation = contract.operations.find(({ path }) => path === '/v1/rows/popular')!;
  const [one] = casesOf(contract, operation);
  const answer = (await send(world.url(), one!))!;
  assert.equal(faultOf(contract, one!, answer), undefined);
  const row = JSON.parse(answer.text) as Record<string, unknown>;
  const wrong = (more: Partial<Sent>) => faultOf(contract, one!, { ...answer, ...more }) ?? '';
  assert.match(wrong({ text: JSON.stringify({ ...row, items: 'none' }) }), /another shape/);
  assert.match(wrong({ text: JSON.stringify({ ...row, secret: 1 }) }), /another shape/);
  assert.match(wrong({ status: 202 }), /does not declare 202/);
  assert.match(wrong({ status: 500, mediaType: 'text/html', text: '<pre>' }), /500 as text\/html/);
  assert.match(wrong({ text: 'Error\n    at handler (app.ts:1)' }), /made of/);
});

test('ids of a megabyte, and whatever no client library would send, are refused in the same words', async (t) => {
  const world = await startWorld(t);
  const contract = readContract(JSON.parse(await world.text('/openapi.json')) as object);
  const long = 'x'.repeat(1 << 20);
  for (const { path, method, name } of contract.operations) {
    const target = path.includes('{') ? path.replace(/\{\w+\}/g, long) : `${path}?limit=${long}`;
    const answer = await send(world.url(), { method: method.toUpperCase(), target });
    assert.deepEqual([answer?.status, answer?.mediaType], [431, PROBLEM_TYPE], name);
  }
});
