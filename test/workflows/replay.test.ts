import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { historyFromText, type History } from '../support/histories.ts';
import { workflowBundle } from '../support/workflows.ts';

const HISTORIES = join(import.meta.dirname, 'histories');

interface Recorded {
  readonly name: string;
  readonly history: History;
}

function recordings(): Recorded[] {
  return readdirSync(HISTORIES).map((file) => ({
    name: file,
    history: historyFromText(readFileSync(join(HISTORIES, file), 'utf8')),
  }));
}

const workflowIdOf = ({ events }: History): string =>
  events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? 'unknown';

/** The faults found in replaying, by history. */
async function replay(recorded: readonly Recorded[]): Promise<string[]> {
  const faults: string[] = [];
  const options = { workflowBundle: { code: await workflowBundle() } };
  const all = recorded.map(({ history }) => ({ workflowId: workflowIdOf(history), history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(options, all)) {
    if (error !== undefined) faults.push(`${workflowId}: ${error.message}`);
  }
  return faults;
}

test('every recorded run comes to the same decisions with the workflows as they are now', async () => {
  const recorded = recordings();
  assert.ok(recorded.length >= 10, `${recorded.length} histories`);
  assert.deepEqual(await replay(recorded), []);
});

test('a run that went another way than the workflows go now is found', async () => {
  const [changed] = recordings().filter(({ name }) => name === 'publish-announced.json');
  assert.ok(changed !== undefined);
  for (const { activityTaskScheduledEventAttributes: scheduled } of changed.history.events ?? []) {
    const type = scheduled?.activityType;
    if (type?.name === 'verifyVersion') type.name = 'validateVersion';
  }
  const faults = await replay([changed]);
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /nondeterminism/i);
});
