/** Cuts fetched records into what the extractor decides at once. */

/**
 * Log time that one batch spans at most. Readers of several clean topics take a topic without records to be no more than
 * ten minutes behind the others, because only one batch can be under way.
 */
export const BATCH_SPAN_MS = 5 * 60_000;

/** In order, each of at most `maxRecords` and spanning no more than BATCH_SPAN_MS; a clock stepping back spans nothing. */
export function* cutBatches<R extends { readonly timestamp: number }>(
  records: readonly R[],
  maxRecords: number,
): Generator<readonly R[]> {
  let from = 0;
  for (let at = 1; at <= records.length; at += 1) {
    const isOver =
      at === records.length ||
      at - from === maxRecords ||
      records[at]!.timestamp - records[from]!.timestamp > BATCH_SPAN_MS;
    if (!isOver) continue;
    yield records.slice(from, at);
    from = at;
  }
}
