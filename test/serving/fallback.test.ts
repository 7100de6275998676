import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerByLadder, type Step, type StepFailure } from '../../serving/fallback.ts';

const fails = (name: string): Step<string> => ({
  name,
  answer() {
    throw new Error(`${name} is broken`);
  },
});
const says = (name: string, answer: string | undefined): Step<string> => ({ name, answer: () => answer });
const options = { budgetMs: 100, clock: () => 0 };

test('the first step that has an answer answers', () => {
  assert.equal(answerByLadder([says('a', undefined), says('b', 'B'), says('c', 'C')], options), 'B');
  assert.equal(answerByLadder([says('a', undefined)], options), undefined);
});

test('a step that throws is noted and passed over, and the next ones are told', () => {
  const noted: StepFailure[] = [];
  let told: readonly StepFailure[] = [];
  const last: Step<string> = {
    name: 'last',
    answer(_check, failures) {
      told = [...failures];
      return 'L';
    },
  };
  const answer = answerByLadder([fails('a'), says('b', undefined), last], {
    ...options,
    onFailure: (failure) => noted.push(failure),
  });
  assert.equal(answer, 'L');
  assert.deepEqual(noted, [{ step: 'a', reason: 'a is broken' }]);
  assert.deepEqual(told, noted);
});

test('a step may use half of what is left, so that a slow one leaves time for the next', () => {
  let time = 0;
  const works = (name: string, durationMs: number): Step<string> => ({
    name,
    answer(check) {
      for (let spent = 0; spent < durationMs; spent += 10) {
        time += 10;
        check();
      }
      return name;
    },
  });
  const slow = { budgetMs: 100, clock: () => time };
  assert.equal(answerByLadder([works('within half', 50), works('next', 10)], slow), 'within half');
  time = 0;
  assert.equal(answerByLadder([works('too slow', 60), works('next', 10)], slow), 'next');
  time = 0;
  assert.equal(
    answerByLadder([works('too slow', 60), works('also', 60), says('last', 'last')], slow),
    'last',
  );
});
