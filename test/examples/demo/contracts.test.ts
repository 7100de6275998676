/** The contracts of the demo's gateways, held against what its generator sends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContractBook, type NumberedContract } from '../../../domain/contracts/contract-book.ts';
import { createDriftProfile, judgeDrift, JUDGE_OPTIONS } from '../../../domain/contracts/drift.ts';
import { isFault, type DriftFinding } from '../../../domain/contracts/drift-report.ts';
import { parseContract } from '../../../domain/contracts/read-contract.ts';
import { validateEvent } from '../../../domain/events/validate.ts';
import { PRODUCERS } from '../../../examples/demo/audience.ts';
import { generateEvents, type DemoEvent } from '../../../examples/demo/generator.ts';
import { filesMatching, readText } from '../../rules/source-tree.ts';
import { OPTIONS, SMALL_DATA } from './small-data.ts';

const CONTRACTS = filesMatching('contracts/producers/*/*.json').map((file): NumberedContract => ({
  version: Number(/(\d+)\.json$/.exec(file)?.[1]),
  contract: parseContract(readText(file), file),
}));
const EVENTS = [...generateEvents(SMALL_DATA, OPTIONS)];

/** What is found in the demo's events, each put through a change first. */
function findingsOf(change: (event: DemoEvent) => DemoEvent): readonly DriftFinding[] {
  const profile = createDriftProfile();
  for (const [rawOffset, event] of EVENTS.entries()) {
    const validation = validateEvent(JSON.parse(JSON.stringify(change(event))));
    assert.ok(validation.ok);
    profile.add({ rawOffset, appendTime: event.eventTime, timeStatus: 'ok', event: validation.event });
  }
  const { groups, findings } = judgeDrift(profile.snapshot(), createContractBook(CONTRACTS), {
    ...JUDGE_OPTIONS,
    minEvents: 20,
  });
  const uncovered = groups.filter(({ source }) => source.from !== 'contract' || !source.covers);
  assert.deepEqual(uncovered, [], 'every producer and app version has a contract');
  return findings;
}

test('each gateway has a contract, and what the generator sends keeps to all of them', () => {
  const producers = new Set(CONTRACTS.map(({ contract }) => contract.producer));
  assert.equal(producers.size, PRODUCERS);
  const faults = findingsOf((event) => event).filter(isFault);
  assert.deepEqual(
    faults.map(({ producer, appVersion, kind, attribute, reason }) =>
      [producer, appVersion, kind, attribute, reason].join(' '),
    ),
    [],
    'a change of the generator belongs into contracts/producers/ too',
  );
});

test('artwork that one app version of one gateway forgets is named there and nowhere else', () => {
  const faults = findingsOf((event) => {
    const isHit = event['producer'] === 'gateway-2' && event['appVersion'] === '9.4.1';
    const { artwork: _, ...rest } = event;
    return isHit ? rest : event;
  }).filter(isFault);
  assert.deepEqual(
    faults.map(({ verdict, producer, appVersion, kind, attribute }) => [
      verdict,
      producer,
      appVersion,
      kind,
      attribute,
    ]),
    [['missing-by-mistake', 'gateway-2', '9.4.1', 'impression', 'artwork']],
  );
  assert.match(faults[0]!.reason, /contract 2 says 1 ± 0\.01; in its other app versions \d+ of \d+/);
});
