/**
 * What brokers really answered to fetches. kafkajs tells of a fetch in the same way when it failed, when nothing was
 * asked because every partition is paused, and when there is nothing new; only what it makes of an answer, one batch for
 * each partition in it, tells them apart.
 */

/** The broker's answer about one partition. */
export interface FetchAnswer {
  readonly topic: string;
  readonly partition: number;
  /** The offset that was asked for. */
  readonly fetchedFrom: number;
  /** Records found there; 0 also where earlier partitions of the same answer left no room. */
  readonly records: number;
}

interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly rawMessages: readonly unknown[];
}

/** As much of kafkajs's consumer group as is needed here. */
export interface FetchingGroup {
  fetch(nodeId: unknown): Promise<readonly FetchedBatch[]>;
  readonly instrumentationEmitter: { emit(event: string, payload: object): void };
}

/** Makes consumer groups tell the answers of each fetch: a FETCH event more, ahead of the one of every fetch. */
export function tellAnswers(prototype: Pick<FetchingGroup, 'fetch'>): void {
  const fetch = prototype.fetch as (this: FetchingGroup, nodeId: unknown) => Promise<FetchedBatch[]>;
  prototype.fetch = async function (this: FetchingGroup, nodeId) {
    const batches = await fetch.call(this, nodeId);
    const answers = batches.map(({ topic, partition, fetchedOffset, rawMessages }): FetchAnswer => ({
      topic,
      partition,
      fetchedFrom: Number(fetchedOffset),
      records: rawMessages.length,
    }));
    if (answers.length > 0) this.instrumentationEmitter.emit('consumer.fetch', { answers });
    return batches;
  };
}

/** The answers of a FETCH event's payload; none unless a broker answered. */
export function answersIn(payload: object): readonly FetchAnswer[] {
  return (payload as { answers?: readonly FetchAnswer[] }).answers ?? [];
}

/**
 * The answers of one fetch that prove that there is nothing to read. A broker fills its answer in the order asked, so a
 * partition behind `room` others with records may be empty for want of room alone. Holds for record batches that fit
 * into a partition's share of the answer, of which it has one more than `room`.
 */
export function provenEmpty(answers: readonly FetchAnswer[], room: number): FetchAnswer[] {
  let full = 0;
  return answers.filter(({ records }) => {
    if (records > 0) full += 1;
    return records === 0 && full <= room;
  });
}
