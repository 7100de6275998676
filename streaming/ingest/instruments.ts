/** What ingestion measures. */
import { LATENCY_BUCKETS_S, type Metrics } from '../../infra/metrics.ts';

export type IngestInstruments = ReturnType<typeof createIngestInstruments>;

export function createIngestInstruments(metrics: Metrics, bufferedBytes: () => number) {
  metrics.gauge('marquee_ingest_buffer_bytes', 'Bytes that Kafka has not answered for', {
    read: bufferedBytes,
  });
  return {
    requests: metrics.counter('marquee_ingest_requests_total', 'Requests by status', ['status']),
    accepted: metrics.counter('marquee_ingest_events_accepted_total', 'Events acknowledged by the log'),
    refused: metrics.counter('marquee_ingest_events_refused_total', 'Events refused, by code', ['code']),
    bytes: metrics.counter('marquee_ingest_body_bytes_total', 'Bytes of bodies read, unpacked'),
    seconds: metrics.histogram('marquee_ingest_request_seconds', 'From the body to the answer', {
      buckets: LATENCY_BUCKETS_S,
    }),
  };
}
