import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../domain/errors.ts';
import { parseManifest, serialiseManifest, type Manifest } from '../../domain/manifest.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { exampleManifest } from '../support/object-store-views.ts';

const view = viewName('popularity');
const version = viewVersion(12);
const manifest = exampleManifest(view, version, { 'part-0': 'abc', 'part-1': 'de' }, viewVersion(11));
const corrupt = (error: unknown): boolean => isMarqueeError(error, 'VIEW_CORRUPT');
const changed = (change: Record<string, unknown>): string => JSON.stringify({ ...manifest, ...change });

test('a manifest reads back as it was written, and its text does not depend on the order of fields', () => {
  const text = serialiseManifest(manifest);
  assert.deepEqual(parseManifest(text, view, version), manifest);
  const reversed = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as Manifest;
  assert.equal(serialiseManifest(reversed), text);
});

test('an unknown field of a newer writer is passed over', () => {
  assert.deepEqual(parseManifest(changed({ colour: 'blue' }), view, version), manifest);
});

test('a view may say its key, of columns that it has', () => {
  const key = [manifest.schema[0]!.name];
  assert.deepEqual(parseManifest(changed({ key }), view, version).key, key);
  assert.equal('key' in parseManifest(changed({}), view, version), false);
  for (const odd of [['nobody'], 'title_id', [1], null])
    assert.throws(() => parseManifest(changed({ key: odd }), view, version), corrupt);
});

test('a snapshot id keeps all of its 64 bits', () => {
  const inputs = [{ table: 't', snapshotId: '9223372036854775807' }];
  assert.deepEqual(parseManifest(changed({ inputs }), view, version).inputs, inputs);
  assert.throws(
    () => parseManifest(changed({ inputs: [{ table: 't', snapshotId: 7632198745632198 }] }), view, version),
    corrupt,
  );
});

test('a manifest with any field missing is corrupt, and says which', () => {
  for (const field of Object.keys(manifest)) {
    assert.throws(
      () => parseManifest(changed({ [field]: undefined }), view, version),
      (error: unknown) => corrupt(error) && (error as Error).message.includes(field),
      field,
    );
  }
});

test('a manifest that contradicts itself is corrupt', () => {
  const part = manifest.parts[0]!;
  const bad: Record<string, unknown>[] = [
    { view: 'pages' },
    { version: 13 },
    { parent: 12 },
    { parent: 13 },
    { blockSize: 1000 },
    { cut: { plays: [1000] } },
    { cut: { plays: [-1024] } },
    { cut: { plays: [1.5] } },
    { cut: { plays: 1024 } },
    { parts: [part, part] },
    { parts: [{ ...part, name: '../../../etc/passwd' }] },
    { parts: [{ ...part, name: 'a/b' }] },
    { parts: [{ ...part, name: '..' }] },
    { parts: [{ ...part, bytes: -1 }] },
    { parts: [{ ...part, sha256: 'abc' }] },
    { parts: [null] },
    { parts: Array.from({ length: 10_001 }, (_, i) => ({ ...part, name: `p${i}` })) },
    { schema: [{ name: 'a;drop', type: 'VARCHAR', nullable: false }] },
    { schema: [{ name: 'a', type: 'VARCHAR', nullable: 'no' }] },
    { metrics: { a: null } },
    { metrics: [1] },
    { rowCounts: { a: 1.5 } },
    { asOf: '2026-02-31' },
    { generation: '1' },
  ];
  for (const change of bad) {
    assert.throws(
      () => parseManifest(changed(change), view, version),
      corrupt,
      JSON.stringify(change).slice(0, 80),
    );
  }
});

test('whatever bytes are cut out of a manifest or changed in it, reading ends in a manifest or in VIEW_CORRUPT', () => {
  const text = serialiseManifest(manifest);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(20), fc.string({ maxLength: 4 }), (at, length, insert) => {
      const damaged = text.slice(0, at) + insert + text.slice(at + length);
      try {
        parseManifest(damaged, view, version);
      } catch (error) {
        assert.ok(corrupt(error), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('any JSON at all ends in VIEW_CORRUPT, not in another error', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.throws(() => parseManifest(text, view, version), corrupt);
    }),
  );
});
