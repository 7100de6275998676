import type { Scores } from '../../domain/training.ts';
import type { ReportRow } from './report.ts';

/** Metrics that go into a version's manifest, by split; the whole report is a part of the version. */
const KEPT: readonly string[] = ['ndcg_at_10', 'ndcg_at_100', 'recall_at_20', 'coverage'];
const DECIDING = 'ndcg_at_10';

/** What the candidate scored: `time_ndcg_at_10`, and what that is over others': `time_ratio_vs_popularity`. */
export function scoresOf(rows: readonly ReportRow[]): Scores {
  const scores: Record<string, number> = {};
  for (const { split, role, metric, value, ratio } of rows) {
    const at = split.replaceAll('-', '_');
    if (role === 'candidate' && KEPT.includes(metric)) scores[`${at}_${metric}`] = value.value;
    if (role !== 'candidate' && role !== 'peer' && metric === DECIDING && Number.isFinite(ratio.value))
      scores[`${at}_ratio_vs_${role}`] = ratio.value;
  }
  return scores;
}
