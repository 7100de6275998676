/** Analytics, put together: the view of how rows do, followed, and what is asked of it. */
import type { Router } from 'express';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { rowRatesOf } from '../../domain/row-rates.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { SubscriptionStatus } from '../../infra/hermes/subscriber.ts';
import type { RowPerformance } from '../../infra/views/row-performance.ts';
import { followView, type FollowViewOptions } from '../follow-view.ts';
import type { KnownPerformance } from './performance.ts';
import { createAnalyticsRouter, type AnalyticsDeps } from './router.ts';

export type LoadPerformance = (versionDir: string, manifest: Manifest) => Promise<RowPerformance>;

export interface OpenAnalyticsDeps extends Omit<AnalyticsDeps, 'performance'> {
  readonly following: Omit<FollowViewOptions<unknown>, 'view' | 'load' | 'onVersion'>;
  /** Without it nothing is known of how rows do. */
  readonly load: LoadPerformance | undefined;
  /** Impressions that the rate of all rows weighs in that of one. */
  readonly rateStrength: number;
}

export interface Analytics {
  readonly router: Router;
  /** Of the live version; undefined before the first. */
  rowRates(): ReadonlyMap<string, number> | undefined;
  /** Undefined where the view was never published. */
  status(): SubscriptionStatus | undefined;
  nudge(): void;
  close(): Promise<void>;
}

export function openAnalytics(deps: OpenAnalyticsDeps): Analytics {
  let known: KnownPerformance | undefined;
  let rates: ReadonlyMap<string, number> | undefined;
  const { load } = deps;
  const follower =
    load &&
    followView<RowPerformance>({
      ...deps.following,
      view: ROW_PERFORMANCE_VIEW,
      load,
      onVersion({ version, manifest, value }) {
        known = { version, asOf: manifest.asOf, value };
        rates = rowRatesOf(value.rows, deps.rateStrength);
      },
    });
  return {
    router: createAnalyticsRouter({ ...deps, performance: () => known }),
    rowRates: () => rates,
    status() {
      const status = follower?.status();
      return status?.version === null ? undefined : status;
    },
    nudge: () => follower?.nudge(),
    close: () => follower?.close() ?? Promise.resolve(),
  };
}
