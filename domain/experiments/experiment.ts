/**
 * Experiments, as the view `ranking-policy` declares them. Under the row `experiment:<name>` stand `arm_<arm>` (a number:
 * its weight), `salt` (a text, else the name: another salt draws everybody anew) and `interleaved` (a text: a row that two arms
 * share instead of sharing out the profiles). Under `experiment:<name>/<arm>/<row>` stand settings of that row, which in
 * this arm take the place of the published ones.
 */
import type { PolicySetting } from '../ranking-policy.ts';

export interface Arm {
  readonly name: string;
  /** Profiles by arm are as these; 0 for none. */
  readonly weight: number;
  readonly overrides: readonly PolicySetting[];
}

export interface Experiment {
  readonly name: string;
  readonly salt: string;
  /** By name, at least two. */
  readonly arms: readonly Arm[];
  /** The row in which the two arms are interleaved for everybody; null where profiles are shared out. */
  readonly interleavedRow: string | null;
}

export interface Experiments {
  /** By name. */
  readonly running: readonly Experiment[];
  /** What kept one out, in words: an experiment with a fault does not run. */
  readonly faults: readonly string[];
  /** The settings that are no experiment's. */
  readonly settings: readonly PolicySetting[];
}

export const EXPERIMENT_PREFIX = 'experiment:';
const EXPERIMENT = /^[a-z][a-z0-9-]{0,39}$/;
const ARM = /^[a-z][a-z0-9_]{0,39}$/;
const ARM_SETTING = 'arm_';

/** More would make the arms of an answer longer than its titles. */
export const MOST_EXPERIMENTS = 16;
export const MOST_ARMS = 8;

interface Draft {
  readonly name: string;
  salt: string;
  interleavedRow: string | null;
  readonly weights: Map<string, number>;
  readonly overrides: Map<string, PolicySetting[]>;
  readonly faults: string[];
}

/** Reads experiments from settings, in any order. What is wrong with one leaves the others alone. */
export function readExperiments(all: readonly PolicySetting[]): Experiments {
  const drafts = new Map<string, Draft>();
  const settings: PolicySetting[] = [];
  for (const setting of all) {
    if (setting.rowId.startsWith(EXPERIMENT_PREFIX)) readSetting(drafts, setting);
    else settings.push(setting);
  }
  const ordered = [...drafts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  ordered.forEach(judge);
  ordered.slice(MOST_EXPERIMENTS).forEach(({ faults }) => faults.push(`more than ${MOST_EXPERIMENTS} run`));
  refuseShared(ordered);
  return {
    running: ordered.filter(({ faults }) => faults.length === 0).map(finished),
    faults: ordered.flatMap(({ name, faults }) => faults.map((fault) => `experiment ${name}: ${fault}`)),
    settings,
  };
}

function readSetting(drafts: Map<string, Draft>, { rowId, setting, value }: PolicySetting): void {
  const [name = '', arm, ...row] = rowId.slice(EXPERIMENT_PREFIX.length).split('/');
  const draft = draftOf(drafts, name);
  if (arm !== undefined) {
    const overrides = draft.overrides.get(arm) ?? [];
    draft.overrides.set(arm, overrides);
    overrides.push({ rowId: row.join('/'), setting, value });
  } else if (setting === 'salt') draft.salt = String(value);
  else if (setting === 'interleaved') draft.interleavedRow = String(value);
  else if (!setting.startsWith(ARM_SETTING)) draft.faults.push(`there is no setting ${setting}`);
  else if (typeof value !== 'number' || value < 0) draft.faults.push(`${setting} is not a weight from 0 on`);
  else draft.weights.set(setting.slice(ARM_SETTING.length), value);
}

function draftOf(drafts: Map<string, Draft>, name: string): Draft {
  const known = drafts.get(name);
  if (known !== undefined) return known;
  const draft = {
    ...{ name, salt: name, interleavedRow: null },
    ...{ weights: new Map(), overrides: new Map(), faults: [] },
  };
  drafts.set(name, draft);
  return draft;
}

function judge({ name, weights, overrides, interleavedRow, faults }: Draft): void {
  if (!EXPERIMENT.test(name)) faults.push('its name is not lower case letters, digits and hyphens');
  for (const arm of weights.keys()) if (!ARM.test(arm)) faults.push(`${arm} is no name of an arm`);
  if (weights.size < 2 || weights.size > MOST_ARMS)
    faults.push(`it has ${weights.size} arms, not 2 to ${MOST_ARMS}`);
  if (![...weights.values()].some((weight) => weight > 0)) faults.push('no arm has a weight');
  if (interleavedRow !== null && weights.size !== 2) faults.push('only two arms can be interleaved');
  for (const [arm, settings] of overrides) {
    if (!weights.has(arm)) faults.push(`there is no arm ${arm} to set anything for`);
    if (settings.some(({ rowId }) => rowId === '')) faults.push(`arm ${arm} has a setting without a row`);
  }
}

/** Two experiments that set the same thing would not be independent: the later by name does not run. */
function refuseShared(ordered: readonly Draft[]): void {
  const taken = new Map<string, string>();
  for (const { name, overrides, faults } of ordered) {
    const own = new Set([...overrides.values()].flat().map(keyOf));
    for (const key of own) {
      const holder = taken.get(key);
      if (holder !== undefined) faults.push(`experiment ${holder} sets ${key} too`);
    }
    if (faults.length === 0) for (const key of own) taken.set(key, name);
  }
}

const keyOf = ({ rowId, setting }: PolicySetting): string => `${setting} of row ${rowId}`;

const finished = ({ name, salt, interleavedRow, weights, overrides }: Draft): Experiment => ({
  ...{ name, salt, interleavedRow },
  arms: [...weights]
    .map(([arm, weight]) => ({ name: arm, weight, overrides: overrides.get(arm) ?? [] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
});

/** Settings with some of them replaced, and those that had no counterpart at the end. */
export function overridden(
  settings: readonly PolicySetting[],
  overrides: readonly PolicySetting[],
): readonly PolicySetting[] {
  if (overrides.length === 0) return settings;
  const replaced = new Map(overrides.map((one) => [keyOf(one), one]));
  return [...settings.filter((one) => !replaced.has(keyOf(one))), ...replaced.values()];
}
