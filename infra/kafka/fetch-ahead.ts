/**
 * Asks a broker for what comes next while the last answer is still handled; kafkajs asks only afterwards, and broker and
 * consumer wait for each other in turns. One answer ahead, and only while more records are known to be there: at the
 * end of the log everything is as it is without.
 */
import type { PartitionAssigner } from 'kafkajs';
import { FetchedRecords } from './fetched-records.ts';

export interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}
interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: unknown;
}
export interface FetchResponse {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
}
export type Fetch = (request: FetchRequest) => Promise<FetchResponse>;

interface Ahead {
  readonly wanted: string;
  /** Undefined when it failed: whoever wants it asks again and hears why. */
  readonly answer: Promise<FetchResponse | undefined>;
}

/** As much of kafkajs's cluster as is needed here; brokers belong to one consumer each. */
interface Cluster {
  findBroker(node: unknown): Promise<object>;
}

/** Makes the consumer that this assigner is given to fetch ahead. Assigners alone are shown a consumer's cluster. */
export function fetchesAhead(assigner: PartitionAssigner): PartitionAssigner {
  return (config) => {
    const cluster = config.cluster as unknown as Cluster;
    const find = cluster.findBroker.bind(cluster);
    const prepared = new WeakSet();
    cluster.findBroker = async (node) => {
      const broker = (await find(node)) as { fetch: Fetch };
      if (!prepared.has(broker)) {
        prepared.add(broker);
        broker.fetch = fetchingAhead(broker.fetch.bind(broker));
      }
      return broker;
    };
    return assigner(config);
  };
}

/** What was fetched ahead is used for exactly the request that was expected; else it is dropped. */
export function fetchingAhead(fetch: Fetch): Fetch {
  let ahead: Ahead | undefined;
  return async (request) => {
    const held = ahead;
    ahead = undefined;
    const answer = held?.wanted === keyOf(request) ? withoutEmpty(await held.answer) : undefined;
    const response = answer ?? (await fetch(request));
    const next = requestAfter(request, response);
    if (next !== undefined) {
      ahead = { wanted: keyOf(next), answer: fetch(next).catch(() => undefined) };
    }
    return response;
  };
}

const keyOf = ({ topics }: FetchRequest): string => JSON.stringify(topics);

/** An answer from before it was wanted says nothing of a partition in which there was nothing yet. */
function withoutEmpty(response: FetchResponse | undefined): FetchResponse | undefined {
  if (response === undefined) return undefined;
  const responses = response.responses.map((topic) => ({
    ...topic,
    partitions: topic.partitions.filter(({ messages }) => lastOffset(messages) !== undefined),
  }));
  return responses.every(({ partitions }) => partitions.length === 0)
    ? undefined
    : { ...response, responses };
}

/** The request that follows once all of an answer was taken; undefined unless more records are known to be there. */
function requestAfter(request: FetchRequest, { responses }: FetchResponse): FetchRequest | undefined {
  let isMoreThere = false;
  const reached = new Map<string, number>();
  for (const { topicName, partitions } of responses) {
    for (const { partition, highWatermark, messages } of partitions) {
      const last = lastOffset(messages);
      if (last === undefined) continue;
      reached.set(`${topicName}/${partition}`, last + 1);
      isMoreThere ||= last + 1 < Number(highWatermark);
    }
  }
  if (!isMoreThere) return undefined;
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, fetchOffset, maxBytes }) => ({
      partition,
      fetchOffset: String(reached.get(`${topic}/${partition}`) ?? fetchOffset),
      maxBytes,
    })),
  }));
  return { ...request, topics };
}

function lastOffset(messages: unknown): number | undefined {
  if (messages instanceof FetchedRecords) return messages.columns.offsets.at(-1);
  const last = (messages as readonly { readonly offset: string }[]).at(-1);
  return last && Number(last.offset);
}
