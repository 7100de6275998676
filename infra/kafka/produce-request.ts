/**
 * The body of a Produce request, versions 3 to 7 (Kafka protocol, "Produce API"), with every partition's record batch
 * written straight into it.
 */
import { planBatch, writeBatch, type BatchPlan, type BatchRecord } from './record-batch.ts';

/** All records of one request for one partition, in order. It stands in for kafkajs's list of messages. */
export class RecordRun {
  readonly records: readonly BatchRecord[];

  constructor(records: readonly BatchRecord[]) {
    this.records = records;
  }
}

export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly run: RecordRun }[];
  }[];
}

/** The request's bytes, with `headroom` bytes before them for whoever puts them into a frame. */
export function encodeProduceRequest(request: ProduceRequest, now: number, headroom = 0): Buffer {
  const plans: BatchPlan[] = [];
  let size = 2 + 2 + 4 + 4;
  for (const { topic, partitions } of request.topics) {
    size += 2 + Buffer.byteLength(topic) + 4;
    for (const { run } of partitions) {
      const plan = planBatch(run.records, now);
      plans.push(plan);
      size += 8 + plan.size;
    }
  }
  const body = Buffer.allocUnsafeSlow(headroom + size);
  let at = body.writeInt16BE(-1, headroom);
  at = body.writeInt16BE(request.acks, at);
  at = body.writeInt32BE(request.timeout, at);
  at = body.writeInt32BE(request.topics.length, at);
  let next = 0;
  for (const { topic, partitions } of request.topics) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at);
    at += body.write(topic, at);
    at = body.writeInt32BE(partitions.length, at);
    for (const { partition } of partitions) {
      const plan = plans[next] as BatchPlan;
      next += 1;
      at = body.writeInt32BE(partition, at);
      at = body.writeInt32BE(plan.size, at);
      at = writeBatch(plan, body, at);
    }
  }
  return body;
}
