/** Who is in a consumer group. */
import { logUnavailable, type KafkaClient } from './client.ts';

/** How many members a group has now, those that have not been missed yet among them; 0 for one that nobody has joined. */
export async function groupMembers(client: KafkaClient, groupId: string): Promise<number> {
  try {
    const admin = await client.admin();
    const { groups } = await admin.describeGroups([groupId]);
    return groups.find((group) => group.groupId === groupId)?.members.length ?? 0;
  } catch (error) {
    throw logUnavailable(error);
  }
}
