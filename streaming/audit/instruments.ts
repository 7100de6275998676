/** What the audit measures of itself and of what it found. */
import type { Finding } from '../../domain/audit/judge.ts';
import type { AuditState } from '../../domain/audit/state.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { Tick } from './auditor.ts';
import type { AuditedTopic } from './read-records.ts';

export interface AuditInstruments {
  /** Takes what a tick found; answers the findings that are new. */
  tick(tick: Tick, state: AuditState): readonly Finding[];
  corrupt(topic: AuditedTopic): void;
}

export function measureAudit(metrics: Metrics): AuditInstruments {
  const findings = metrics.gauge('marquee_audit_findings', 'What is wrong now, by producer', {
    labels: ['producer', 'what'],
  });
  const told = metrics.counter('marquee_audit_records_total', 'Records sent to quality-metrics');
  const corrupt = metrics.counter('marquee_audit_corrupt_records_total', 'Records that could not be read', [
    'topic',
  ]);
  let horizon = 0;
  let late = 0;
  let producers = 0;
  metrics.gauge('marquee_audit_horizon_age_seconds', 'How far behind now the log is known; -1 before it is', {
    read: () => (horizon === 0 ? -1 : (Date.now() - horizon) / 1000),
  });
  metrics.gauge('marquee_audit_late_records', 'Records that came after their window was given up', {
    read: () => late,
  });
  metrics.gauge('marquee_audit_producers', 'Producers whose rate is followed', { read: () => producers });
  let known = new Set<string>();
  return {
    tick(tick, state) {
      told.inc(tick.records.length);
      horizon = tick.horizon;
      late = state.late;
      producers = state.pulses.size;
      findings.reset();
      for (const { producer, what } of tick.findings) findings.set({ producer, what }, 1);
      const keyOf = ({ producer, what }: Finding): string => `${producer}/${what}`;
      const fresh = tick.findings.filter((finding) => !known.has(keyOf(finding)));
      known = new Set(tick.findings.map(keyOf));
      return fresh;
    },
    corrupt: (topic) => corrupt.inc({ topic }),
  };
}
