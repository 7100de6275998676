/** Rows that two arms of an experiment share on a page. */
import { teamDraft, teamsText } from '../../domain/experiments/interleave.ts';
import { hashText } from '../../domain/hash.ts';
import type { Ranker, RankRequest } from '../../domain/ranking/request.ts';
import { removeTitle, type RankedRow } from '../../domain/ranking/types.ts';
import type { Interleaved } from './experiments.ts';

/** A row with whose choice each title was, where it is shared. */
export interface TeamedRow extends RankedRow {
  readonly teams?: string | undefined;
  /** What the ranker was asked for each team, in the order of `TEAMS`. */
  readonly asked?: readonly RankRequest[] | undefined;
}

/**
 * The rows of a page, those of interleaved experiments drafted from both policies: as long as they were, and with nothing that
 * stands in another row. Of two experiments on one kind of row the first by name has it. The same seed gives the same rows.
 */
export function interleaveRows(
  ranker: Pick<Ranker, 'row'>,
  request: RankRequest,
  rows: readonly RankedRow[],
  shared: readonly Interleaved[],
  seed: string,
): readonly TeamedRow[] {
  return rows.map((row): TeamedRow => {
    const experiment = shared.find((one) => one.row === row.kind);
    if (experiment === undefined) return row;
    const available = request.context.available.slice();
    for (const other of rows)
      if (other !== row) for (const title of other.titles) removeTitle(available, title);
    const asked = experiment.policies.map((policy): RankRequest => ({
      ...request,
      policy,
      context: { ...request.context, available },
    }));
    const [a, b] = asked.map((one) => ranker.row(one, row.kind, row.subject));
    const name = `${seed}/${row.kind}/${row.subject}`;
    const { titles, teams } = teamDraft(a!.titles, b!.titles, row.titles.length, hashText(name));
    if (titles.length === 0) return row;
    const scores = new Map(
      [a!, b!].flatMap((one) => Array.from(one.titles, (title, i) => [title, one.scores[i]!] as const)),
    );
    return {
      ...row,
      titles,
      scores: Float32Array.from(titles, (title) => scores.get(title)!),
      teams: teamsText(teams),
      asked,
    };
  });
}
