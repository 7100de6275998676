import {
  createPolicySet,
  RANKING_POLICY_PART,
  readPolicySetting,
  type PolicySetting,
} from '../../domain/ranking-policy.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createIngestJob, type IngestJob, type IngestLimits, type Lines } from '../ingest/ingest.ts';

/** Raised when the same settings give other parts. */
const LAYOUT = 1;

const POLICY_LINES: Lines<PolicySetting> = {
  read: readPolicySetting,
  createCheck: createPolicySet,
  columns: {
    row_id: { kind: 'text', of: ({ rowId }) => rowId },
    setting: { kind: 'text', of: ({ setting }) => setting },
    text: { kind: 'text', of: ({ value }) => (typeof value === 'string' ? value : null) },
    number: { kind: 'number', of: ({ value }) => (typeof value === 'number' ? value : null) },
  },
};

/** The view `ranking-policy` from NDJSON, one `PolicySetting` a line; its part is described in domain/ranking-policy.ts. */
export const createRankingPolicyJob = (duckdb: DuckDb, limits: IngestLimits): IngestJob =>
  createIngestJob({ duckdb, lines: POLICY_LINES, part: RANKING_POLICY_PART, layout: LAYOUT, limits });
