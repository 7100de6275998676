/** The committed snapshot of the event contract and the Avro schemas, and the contracts of the demo's producers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeFinding, isBreaking } from '../../domain/contracts/compatibility.ts';
import { parseContract } from '../../domain/contracts/read-contract.ts';
import { codeDocuments, type ContractDocument } from '../../infra/contracts/documents.ts';
import { compareWithSnapshot, readSnapshot, SNAPSHOT_FOLDER } from '../../infra/contracts/snapshot.ts';
import { filesMatching, readText, ROOT } from './source-tree.ts';

const HOW = 'After a compatible change: `npm run contracts:snapshot`, and commit contracts/.';
const HOW_BREAKING = `${HOW} A change that breaks readers needs a reason: npm run contracts:snapshot -- --accept "…"`;

const snapshot = readSnapshot(join(ROOT, SNAPSHOT_FOLDER));

test('the code breaks nobody who reads by the committed event contract and Avro schemas', () => {
  const { findings, onlyOlder } = compareWithSnapshot(snapshot);
  const breaks = findings.filter(isBreaking).map(describeFinding);
  assert.deepEqual([...breaks, ...onlyOlder.map((name) => `${name} is gone`)], [], HOW_BREAKING);
});

test('the committed snapshot says what the code says', () => {
  const { isCurrent, findings, onlyNewer } = compareWithSnapshot(snapshot);
  const changes = [...findings.map(describeFinding), ...onlyNewer.map((name) => `${name} is new`)];
  assert.ok(isCurrent, `${HOW}\n${changes.join('\n')}`);
});

/** The documents of the code, with one put through a change. */
const changed = (
  name: string,
  change: (document: ContractDocument) => ContractDocument,
): ContractDocument[] =>
  codeDocuments().map((document) => (document.name === name ? change(document) : document));

test('a field that is gone, renamed or made required is noticed, and an optional one that is new is not refused', () => {
  const state = (change: (fields: readonly object[]) => readonly object[]) =>
    compareWithSnapshot(
      codeDocuments(),
      changed('marquee.clean.PlaysRecord', (document) => {
        if (document.type !== 'avro') return document;
        const fields = change(document.schema.fields) as typeof document.schema.fields;
        return { ...document, schema: { ...document.schema, fields } };
      }),
    );
  const required = state((fields) => [...fields, { name: 'speed', type: 'double' }]);
  assert.deepEqual([required.isCurrent, required.isCompatible], [false, false]);
  const gone = state((fields) => fields.slice(1));
  assert.deepEqual([gone.isCurrent, gone.isCompatible], [false, false]);
  const added = state((fields) => [...fields, { name: 'speed', type: ['null', 'double'], default: null }]);
  assert.deepEqual([added.isCurrent, added.isCompatible], [false, true]);
  const documents = codeDocuments();
  const without = compareWithSnapshot(documents, documents.slice(1));
  assert.deepEqual([without.isCompatible, without.onlyOlder], [false, ['event-contract']]);
  assert.deepEqual(compareWithSnapshot(documents, documents.toReversed()).isCurrent, true);
});

test('the contracts of the demo are contracts, each in the folder of its producer', () => {
  const files = filesMatching('contracts/producers/*/*.json');
  assert.ok(files.length > 0);
  for (const file of files) assert.equal(parseContract(readText(file), file).producer, file.split('/')[2]);
});
