/** Puts together what the views `catalogue`, `pages` and `ranking-policy` are made from: their sources, jobs and rules. */
import type { SideInput } from '../../activities/activities.ts';
import { createCatalogueJob } from '../../batch/catalogue/job.ts';
import { createPagesJob } from '../../batch/pages/job.ts';
import { createRankingPolicyJob } from '../../batch/ranking-policy/job.ts';
import {
  createCatalogueValidators,
  createPagesValidators,
  createRankingPolicyValidators,
} from '../../batch/validators/side-inputs.ts';
import type { Validator } from '../../batch/validators/validator.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import type { Config } from '../config.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { createS3ObjectStore, type S3ObjectStore } from '../object-store/s3.ts';
import { createSource } from '../sources/source.ts';

export interface OpenSideInputs {
  /** By the view's name. */
  readonly sideInputs: Readonly<Record<string, SideInput>>;
  readonly validators: Readonly<Record<string, readonly Validator[]>>;
  close(): void;
}

export function openSideInputs({ sources, views, s3 }: Config, duckdb: DuckDb): OpenSideInputs {
  const buckets = new Map<string, S3ObjectStore>();
  const openBucket = (bucket: string): S3ObjectStore => {
    const store = buckets.get(bucket) ?? createS3ObjectStore({ ...s3, bucket });
    buckets.set(bucket, store);
    return store;
  };
  const sourceOf = (text: string | undefined) =>
    text === undefined ? undefined : createSource(text, { openBucket, ...sources });
  return {
    sideInputs: {
      [CATALOGUE_VIEW]: {
        source: sourceOf(sources.catalogue),
        setting: 'MARQUEE_CATALOGUE_SOURCE',
        job: createCatalogueJob(duckdb, sources),
      },
      [PAGES_VIEW]: {
        source: sourceOf(sources.pages),
        setting: 'MARQUEE_PAGES_SOURCE',
        job: createPagesJob(duckdb, sources),
      },
      [RANKING_POLICY_VIEW]: {
        source: sourceOf(sources.rankingPolicy),
        setting: 'MARQUEE_RANKING_POLICY_SOURCE',
        job: createRankingPolicyJob(duckdb, sources),
      },
    },
    validators: {
      [CATALOGUE_VIEW]: createCatalogueValidators(duckdb, views),
      [PAGES_VIEW]: createPagesValidators(duckdb, views),
      [RANKING_POLICY_VIEW]: createRankingPolicyValidators(duckdb, views),
    },
    close: () => buckets.forEach((store) => store.close()),
  };
}
