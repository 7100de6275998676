/** The schema commands that need no server, as CI runs them. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { generateEvents } from '../../../examples/demo/generator.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { OPTIONS, SMALL_DATA } from '../../examples/demo/small-data.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const COMMITTED = join(ROOT, 'contracts');
const scratch = mkdtempSync(join(tmpdir(), 'marquee-schema-'));
const GATEWAY = join(COMMITTED, 'producers/gateway-0/1.json');

async function marquee(...args: string[]): Promise<{ code: number; out: string; talk: string }> {
  let out = '';
  let talk = '';
  const code = await runCommandLine(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (talk += text) },
    env: { PATH: scratch, MARQUEE_DATA_DIR: scratch },
  });
  return { code, out, talk };
}

/** A copy of the committed contracts, with one file put through a change. */
function changedCopy(file: string, change: (text: string) => string): string {
  const folder = mkdtempSync(join(scratch, 'contracts-'));
  cpSync(COMMITTED, folder, { recursive: true });
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  assert.notEqual(change(before), before, 'something changes');
  writeFileSync(path, change(before));
  return folder;
}

test('the committed contracts are good, and check says so with 0', async () => {
  const { code, out } = await marquee('schema', 'check', '--folder', COMMITTED, '--json');
  assert.equal(code, 0, out);
  const { good, files, faults, findings } = JSON.parse(out) as Record<string, unknown>;
  assert.deepEqual([good, (files as string[]).length, faults, findings], [true, 8, [], []]);
});

test('a snapshot in which a field was optional that the code requires ends with 1 and names it', async () => {
  const folder = changedCopy('event-contract.json', (text) =>
    text
      .replace('"required": ["titleId", "row", "rank"]', '"required": ["titleId", "row"]')
      .replace('"optional": ["rowLength"', '"optional": ["rank", "rowLength"'),
  );
  const { code, out } = await marquee('schema', 'check', '--folder', folder);
  assert.equal(code, 1);
  assert.match(
    out,
    /event-contract +impression\.rank +made-required +breaks backward +older events may lack it/,
  );
});

test('a snapshot that is merely old ends with 1 and says how to write it anew', async () => {
  const folder = changedCopy('avro/PlaysRecord.avsc', (text) =>
    text.replace(/\{\s*"name": "device"[^}]*\},/, ''),
  );
  const { code, out } = await marquee('schema', 'check', '--folder', folder);
  assert.equal(code, 1);
  assert.match(out, /run `npm run contracts:snapshot`/);
  assert.match(out, /marquee\.clean\.PlaysRecord +PlaysRecord\.device +field-added +compatible/);
});

test('files that are no contracts are named, all of them, and end with 1', async () => {
  const broken = join(scratch, 'broken.json');
  writeFileSync(broken, '{"producer":"tv","appVersions":"*","kinds":{"hover":{}}}');
  const { code, out } = await marquee('schema', 'check', broken, join(scratch, 'none.json'), GATEWAY);
  assert.equal(code, 1);
  assert.match(out, /broken\.json is not usable: there is no kind "hover"/);
  assert.match(out, /There is no contract .*none\.json/);
  assert.equal(out.trim().split('\n').length, 2);
  assert.equal((await marquee('schema', 'check', GATEWAY)).code, 0);
});

test('two files are compared, and so are a folder and the code', async () => {
  const later = join(COMMITTED, 'producers/gateway-0/2.json');
  const added = await marquee('schema', 'diff', GATEWAY, later);
  assert.deepEqual(
    [added.code, added.out],
    [0, 'gateway-0  impression.artwork  attribute-added  compatible  optional\n'],
  );
  const less = changedCopy('producers/gateway-0/1.json', (text) => text.replace('"sessionId", ', ''));
  const { code, out } = await marquee(
    'schema',
    'diff',
    GATEWAY,
    join(less, 'producers/gateway-0/1.json'),
    '--json',
  );
  const { findings } = JSON.parse(out) as { findings: { field: string; breaks: string[] }[] };
  assert.deepEqual([code, findings.length], [0, 12]);
  assert.ok(findings.every(({ field, breaks }) => field === 'sessionId' && breaks.join() === 'forward'));
  const same = await marquee('schema', 'diff', COMMITTED, 'code');
  assert.deepEqual([same.code, same.out, same.talk], [0, '', 'What both have does not differ.\n']);
  const apart = await marquee('schema', 'diff', GATEWAY, 'code');
  assert.match(apart.talk, /Only in .*1\.json: gateway-0\nOnly in code: event-contract, marquee\.clean/);
});

test('what cannot be found is named and ends with 1, wrong usage with 2', async () => {
  const lost = await marquee('schema', 'diff', GATEWAY, 'nowhere');
  assert.deepEqual([lost.code, lost.out, lost.talk], [1, '', 'There is no contract nowhere\n']);
  assert.equal((await marquee('schema', 'check', '--folder', scratch)).code, 1);
  assert.equal((await marquee('schema', 'register')).code, 2);
  assert.equal((await marquee('schema', 'register', GATEWAY, '--force', ' ')).code, 2);
  assert.equal((await marquee('schema', 'diff', 'code')).code, 2);
  const avro = await marquee('schema', 'register', join(COMMITTED, 'avro/PlaysRecord.avsc'));
  assert.match(avro.talk, /it is avro, no producer's contract/);
});

test('events in a file are held against contracts: what is missing by mistake is named, and ends with 1', async () => {
  const file = join(scratch, 'events.ndjson');
  const lines = [...generateEvents(SMALL_DATA, OPTIONS)].map((event) => {
    const { pageId: _, ...rest } = event;
    const isHit =
      event.kind === 'click' && event['producer'] === 'gateway-1' && event['appVersion'] === '9.4.1';
    return JSON.stringify(isHit ? { ...rest, 'tap\u001b[2J': true } : event);
  });
  writeFileSync(file, `${lines.join('\n')}\n\nnot an event\n`);
  const found = await marquee('schema', 'drift', file, '--folder', COMMITTED);
  assert.equal(found.code, 1);
  const said = found.out.trim().split('\n');
  assert.match(
    said[0]!,
    /^missing-by-mistake +gateway-1 +9\.4\.1 +click\.pageId +0\.0000 +0 of \d+, contract 2 says 1 ± 0;/,
  );
  assert.match(
    said[1]!,
    /^undeclared +gateway-1 +9\.4\.1 +click\."tap\\u001b\[2J" +1\.0000 boolean +contract 2/,
  );
  assert.equal(said.length, 2);
  assert.match(
    found.talk,
    /, 1 lines refused, 2 faults; groups judged by contract \d+, by the app version before 0,/,
  );
  const json = await marquee('schema', 'drift', file, '--folder', scratch, '--json');
  const report = JSON.parse(json.out) as { groups: { source: { from: string } }[]; refused: number };
  assert.deepEqual(
    [json.code, report.refused, new Set(report.groups.map(({ source }) => source.from))],
    [1, 1, new Set(['nothing', 'learned'])],
  );
});
