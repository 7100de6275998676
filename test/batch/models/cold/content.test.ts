import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainContent } from '../../../../batch/models/cold/content.ts';
import type { TitleFeatures } from '../../../../batch/models/model.ts';

const features = (genres: readonly (readonly string[])[], years: readonly number[]): TitleFeatures => ({
  genres,
  years: Uint16Array.from(years),
  launchTimes: new Float64Array(genres.length),
});

const of = features(
  [['drama'], ['drama', 'crime'], ['comedy'], ['comedy'], ['drama'], ['western'], []],
  [1994, 1999, 1994, 1985, 1991, 1800, 0],
);
const known = {
  columns: Uint32Array.of(0, 1, 2, 3),
  profiles: Uint32Array.of(1000, 1000, 1000, 1000),
  values: Float32Array.of(1, 0, 1, 0.5, 0, 2, 0, 2),
  width: 2,
};

test('a title like those that are known gets factors like theirs', () => {
  const out = new Float32Array(4).fill(9);
  trainContent(of, known, { regularisation: 0.01, support: 1 }).predict(of, 4, out, 2);
  assert.deepEqual([...out.subarray(0, 2)], [9, 9]);
  assert.ok(Math.abs(out[2]! - 1) < 0.1 && Math.abs(out[3]!) < 0.1, String(out));
});

test('features that no known title has, or none at all, leave what titles have in common', () => {
  const model = trainContent(of, known);
  const [strange, bare] = [5, 6].map((column) => {
    const out = new Float32Array(2);
    model.predict(of, column, out);
    return out;
  });
  assert.deepEqual(strange, bare);
  assert.ok(bare![0]! > 0 && bare![1]! > 0);
});

test('is where the weighted squared error and its ridge are least', () => {
  const regularisation = 0.7;
  const support = 30;
  const watched = Uint32Array.of(5, 80, 20, 200);
  const model = trainContent(of, { ...known, profiles: watched }, { regularisation, support });
  const names = ['title', 'crime', 'comedy', 'drama', 1980, 1990];
  const has = (column: number): number[] =>
    names.map((name) =>
      name === 'title' ||
      of.genres[column]!.includes(String(name)) ||
      Math.floor(of.years[column]! / 10) * 10 === name
        ? 1
        : 0,
    );
  // Predictions of the known titles tell the residuals; at the minimum Fᵀ Ω (Y − F W) = λ W.
  const residuals = [0, 1, 2, 3].map((column, row) => {
    const out = new Float32Array(2);
    model.predict(of, column, out);
    return known.values[row * 2]! - out[0]!;
  });
  const weights = [...watched].map((count) => count / (count + support));
  const pulls = names.map((_, k) =>
    residuals.reduce((sum, residual, row) => sum + has(row)[k]! * weights[row]! * residual, 0),
  );
  for (const column of [0, 1, 2, 3, 4]) {
    const out = new Float32Array(2);
    model.predict(of, column, out);
    const expected = has(column).reduce((sum, value, k) => sum + (value * pulls[k]!) / regularisation, 0);
    assert.ok(Math.abs(out[0]! - expected) < 1e-4, `${out[0]} is not ${expected}`);
  }
});

test('without any known title it predicts zeros', () => {
  const none = {
    columns: new Uint32Array(0),
    profiles: new Uint32Array(0),
    values: new Float32Array(0),
    width: 2,
  };
  const out = new Float32Array(2).fill(1);
  trainContent(of, none).predict(of, 0, out);
  assert.deepEqual([...out], [0, 0]);
  assert.throws(() => trainContent(of, none, { regularisation: 0, support: 1 }), RangeError);
});
