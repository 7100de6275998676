/** Gives one member of a group the partitions of one number of all topics, for folds that join topics of one key. */
import type { Assignment, PartitionAssigner } from 'kafkajs';
import { loadKafkaJs } from './kafkajs.ts';

const NAME = 'marquee-co-partitioned';
const VERSION = 0;

/** Partition p of every topic goes to the member of rank p among the sorted ids, round robin. */
export function shareOut(
  members: readonly string[],
  partitionsOf: ReadonlyMap<string, readonly number[]>,
): Map<string, Assignment> {
  const sorted = [...members].sort();
  const shares = new Map(sorted.map((member): [string, Assignment] => [member, {}]));
  for (const [topic, partitions] of partitionsOf) {
    for (const partition of partitions) {
      const share = shares.get(sorted[partition % sorted.length] as string)!;
      (share[topic] ??= []).push(partition);
    }
  }
  return shares;
}

export const coPartitionedAssigner: PartitionAssigner = ({ cluster }) => {
  const { MemberAssignment, MemberMetadata } = loadKafkaJs().AssignerProtocol;
  const noData = Buffer.alloc(0);
  return {
    name: NAME,
    version: VERSION,
    assign({ members, topics }) {
      const partitionsOf = new Map(
        topics.map((topic) => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      );
      const shares = shareOut(
        members.map(({ memberId }) => memberId),
        partitionsOf,
      );
      const assignments = Array.from(shares, ([memberId, assignment]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: noData }),
      }));
      return Promise.resolve(assignments);
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: noData }),
    }),
  };
};
