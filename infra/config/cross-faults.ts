/** Faults of settings that do not go together, in words. */
import { DAY_MS } from '../../domain/time.ts';
import { TOPICS } from '../../domain/topics.ts';
import type { Parsed } from '../config.ts';

export function crossFaults(parsed: Parsed): string[] {
  const { attribution, controller, extract, kafka, ingest } = parsed;
  const faults: string[] = [...authFaults(parsed)];
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

function authFaults({ auth }: Parsed): string[] {
  if (auth.mode !== 'jwt' && auth.mode !== 'both') return [];
  const needed = { AUTH_JWKS_URL: auth.jwksUrl, AUTH_ISSUER: auth.issuer, AUTH_AUDIENCE: auth.audience };
  return Object.entries(needed).flatMap(([env, value]) =>
    value === undefined ? [`AUTH_MODE is ${auth.mode} and ${env} is not set`] : [],
  );
}
