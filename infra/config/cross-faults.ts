/** Faults of settings that do not go together, in words. */
import { DAY_MS } from '../../domain/time.ts';
import { readCanaryViews } from '../../domain/canary/settings.ts';
import { REFRESH_TIMEOUT_MS } from '../../domain/publishing.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import { TOPICS } from '../../domain/topics.ts';
import type { Parsed } from '../config.ts';
import type { TlsFiles } from '../tls.ts';

export function crossFaults(parsed: Parsed): string[] {
  const { attribution, controller, extract, kafka, ingest, lakeCare, temporal } = parsed;
  const faults: string[] = [
    ...authFaults(parsed),
    ...kafkaFaults(parsed),
    ...temporalFaults(parsed),
    ...webhookFaults(parsed),
    ...canaryFaults(parsed),
  ];
  if (kafka.heartbeatIntervalMs * 3 > kafka.sessionTimeoutMs) {
    faults.push(
      `KAFKA_HEARTBEAT_INTERVAL_MS is ${kafka.heartbeatIntervalMs}, expected at most a third of KAFKA_SESSION_TIMEOUT_MS (${kafka.sessionTimeoutMs})`,
    );
  }
  if (extract.dedupeWindowMs > TOPICS['raw-events'].retentionMs) {
    faults.push(
      `EXTRACT_DEDUPE_WINDOW_MS is ${extract.dedupeWindowMs}, expected at most the raw log's retention (${TOPICS['raw-events'].retentionMs})`,
    );
  }
  const longestRunMs = temporal.approvalTimeoutMs + DAY_MS;
  if (lakeCare.snapshotKeepMs < longestRunMs) {
    faults.push(
      `LAKE_SNAPSHOT_KEEP_MS is ${lakeCare.snapshotKeepMs}, expected at least BACKFILL_APPROVAL_TIMEOUT_MS and a day (${longestRunMs}): runs read what was the newest when they began`,
    );
  }
  if (ingest.maxEventBytes > ingest.maxBodyBytes) {
    faults.push(
      `INGEST_MAX_EVENT_BYTES is ${ingest.maxEventBytes}, expected at most INGEST_MAX_BODY_BYTES (${ingest.maxBodyBytes})`,
    );
  }
  if (controller.shrinkBelow >= controller.growAbove) {
    faults.push(
      `CONTROLLER_SHRINK_BELOW is ${controller.shrinkBelow}, expected less than CONTROLLER_GROW_ABOVE (${controller.growAbove})`,
    );
  }
  if (parsed.cassandra.contactPoints === undefined && parsed.profileStore.kind === 'cassandra') {
    faults.push(
      'PROFILE_STORE is cassandra and CASSANDRA_CONTACT_POINTS is not set: run `marquee up --with cassandra`, or set it',
    );
  }
  if (attribution.windowMs > attribution.discoveryDays * DAY_MS) {
    faults.push(
      `ATTRIBUTION_WINDOW_MS is ${attribution.windowMs}, expected at most ATTRIBUTION_DISCOVERY_DAYS (${attribution.discoveryDays})`,
    );
  }
  return faults;
}

/** What is left of a refresh's time is for all else. */
const LONGEST_POLICY_CANARY_MS = REFRESH_TIMEOUT_MS / 2;

function canaryFaults({ canary }: Parsed): string[] {
  try {
    const policy = readCanaryViews(canary).find(({ view }) => view === RANKING_POLICY_VIEW);
    const longest = (policy?.budgetMs ?? 0) + canary.longerMs;
    if (policy !== undefined && longest > LONGEST_POLICY_CANARY_MS)
      return [
        `CANARY_VIEWS: ranking-policy is tried out for ${longest} ms with CANARY_LONGER_MS, expected at most ${LONGEST_POLICY_CANARY_MS}: a refresh of it ends after ${REFRESH_TIMEOUT_MS}`,
      ];
  } catch (error) {
    return [`CANARY_VIEWS: ${error instanceof Error ? error.message : String(error)}`];
  }
  if (canary.lookMs <= canary.budgetMs) return [];
  return [`CANARY_LOOK_MS is ${canary.lookMs}, expected at most CANARY_BUDGET_MS (${canary.budgetMs})`];
}

function authFaults({ auth }: Parsed): string[] {
  if (auth.mode !== 'jwt' && auth.mode !== 'both') return [];
  const needed = { AUTH_JWKS_URL: auth.jwksUrl, AUTH_ISSUER: auth.issuer, AUTH_AUDIENCE: auth.audience };
  return Object.entries(needed).flatMap(([env, value]) =>
    value === undefined ? [`AUTH_MODE is ${auth.mode} and ${env} is not set`] : [],
  );
}

function webhookFaults({ notifications: { webhooks, webhookSecrets } }: Parsed): string[] {
  if (webhooks.length === 0 || webhookSecrets.length > 0) return [];
  return ['NOTIFY_WEBHOOKS is set and NOTIFY_WEBHOOK_SECRETS is not: receivers could not tell who posts'];
}

const LOOPBACK = /^(localhost|127\.|\[::1\])/;

function kafkaFaults({ kafka }: Parsed): string[] {
  const { saslMechanism, saslUsername, saslPassword, ssl, sslCa, sslCert, sslKey, brokers } = kafka;
  const faults = pairFaults('KAFKA_SSL', ssl, { ca: sslCa, cert: sslCert, key: sslKey });
  if (saslMechanism === 'none') return faults;
  if (saslUsername === undefined || saslPassword === undefined)
    faults.push(
      `KAFKA_SASL_MECHANISM is ${saslMechanism} and KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is not set`,
    );
  if (saslMechanism === 'plain' && !ssl && !brokers.every((broker) => LOOPBACK.test(broker)))
    faults.push(
      'KAFKA_SASL_MECHANISM is plain and KAFKA_SSL is false: the password would be sent in the clear',
    );
  return faults;
}

function temporalFaults({ temporal }: Parsed): string[] {
  const { tls, tlsCa, tlsCert, tlsKey, apiKey } = temporal;
  const faults = pairFaults('TEMPORAL_TLS', tls, { ca: tlsCa, cert: tlsCert, key: tlsKey });
  if (apiKey !== undefined && !tls)
    faults.push('TEMPORAL_API_KEY is set and TEMPORAL_TLS is false: it would be sent in the clear');
  return faults;
}

function pairFaults(prefix: string, isOn: boolean, files: TlsFiles): string[] {
  const faults: string[] = [];
  const named = Object.values(files).some((file) => file !== undefined);
  if (named && !isOn) faults.push(`${prefix} is false and a file for it is set: nothing would be encrypted`);
  if ((files.cert === undefined) !== (files.key === undefined))
    faults.push(`${prefix}_CERT and ${prefix}_KEY go together, and one of them is not set`);
  return faults;
}
