/** What the controller measures; an orchestrator goes by `marquee_scale_desired_processes`. */
import type { SizingDecision } from '../../domain/sizing.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { SizedKind } from './kinds.ts';

export interface ControllerInstruments {
  decided(kind: SizedKind, decision: SizingDecision, before: SizingDecision | undefined): void;
  failed(kind: SizedKind): void;
}

export function createControllerInstruments(metrics: Metrics): ControllerInstruments {
  const labels = ['process'] as const;
  const gauge = (name: string, help: string) => metrics.gauge(name, help, { labels });
  const desired = gauge('marquee_scale_desired_processes', 'Processes there should be');
  const wanted = gauge('marquee_scale_wanted_processes', 'Processes the load asks for, were there no bounds');
  const running = gauge('marquee_scale_running_processes', 'Members of the consumer group');
  const lag = gauge('marquee_scale_lag_records', 'Records that are not read yet');
  const arrivals = gauge('marquee_scale_arrivals_per_second', 'Records appended a second');
  const folded = gauge('marquee_scale_folded_per_second', 'Records read a second');
  const capacity = gauge('marquee_scale_capacity_per_second', 'Records a second that one process takes');
  const changes = metrics.counter('marquee_scale_changes_total', 'Changes of the number of processes', [
    'process',
    'direction',
  ]);
  const failures = metrics.counter('marquee_scale_failed_readings_total', 'Readings not taken', labels);
  return {
    decided(kind, decision, before) {
      const of = { process: kind };
      desired.set(of, decision.desired);
      wanted.set(of, decision.wanted);
      running.set(of, decision.processes);
      lag.set(of, decision.lag);
      arrivals.set(of, decision.arrivalRate);
      folded.set(of, decision.foldRate);
      capacity.set(of, decision.capacity);
      if (before === undefined || before.desired === decision.desired) return;
      changes.inc({ process: kind, direction: decision.desired > before.desired ? 'up' : 'down' });
    },
    failed: (kind) => failures.inc({ process: kind }),
  };
}
