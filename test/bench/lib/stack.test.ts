import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { areThere } from '../../../bench/lib/stack.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'marquee-bench-stack-'));
after(() => rmSync(dataDir, { recursive: true }));

test('a server counts as there when it is configured, or local and running', async () => {
  const found = { KAFKA_BROKERS: 'somewhere:9092' };
  assert.equal(await areThere(['kafka'], found, { ...found, MARQUEE_DATA_DIR: dataDir }), true);
  assert.equal(await areThere(['kafka', 'seaweedfs'], found, { ...found, MARQUEE_DATA_DIR: dataDir }), false);
  // The address is that of a local stack which was stopped.
  assert.equal(await areThere(['kafka'], found, { MARQUEE_DATA_DIR: dataDir }), false);
});
