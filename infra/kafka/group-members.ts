/** Who is in a consumer group, and what is whose. */
import { logUnavailable, type KafkaClient } from './client.ts';
import { loadKafkaJs } from './kafkajs.ts';

export interface GroupMember {
  readonly memberId: string;
  /** Partitions by topic; none while the group changes hands. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** The members that a group has now, those that have not been missed yet among them; none of one that nobody has joined. */
export async function groupMembers(client: KafkaClient, groupId: string): Promise<GroupMember[]> {
  try {
    const admin = await client.admin();
    const { groups } = await admin.describeGroups([groupId]);
    const members = groups.find((group) => group.groupId === groupId)?.members ?? [];
    return members.map(({ memberId, memberAssignment }) => ({
      memberId,
      partitions: partitionsIn(memberAssignment),
    }));
  } catch (error) {
    throw logUnavailable(error);
  }
}

/** Of a member that has been given nothing there are no bytes at all. */
function partitionsIn(assignment: Buffer): GroupMember['partitions'] {
  return loadKafkaJs().AssignerProtocol.MemberAssignment.decode(assignment)?.assignment ?? {};
}
