/** What one process knows of the partitions it was given: whose turn it is, how far it has read, what is under way. */

/** One stay of a partition with this process, from being assigned to being revoked. */
export interface Stay {
  readonly topic: string;
  readonly partition: number;
  /** The offset that must come next; undefined until the owner said where to begin. */
  position: number | undefined;
  /** The owner was told of it, and is to be told when it ends. */
  isHandedOut: boolean;
  /** Set when the partition may have another owner. */
  stale: boolean;
  /** The last position that a seek was made for, to tell a gap from a misplaced fetch. */
  soughtFor: number | undefined;
  /** Settles when the batch under way is done; never rejects. */
  underWay: Promise<void>;
}

export interface Stays {
  get(topic: string, partition: number): Stay | undefined;
  /** Ends every stay and begins new ones; returns both. */
  replace(assignment: Readonly<Record<string, readonly number[]>>): { ended: Stay[]; begun: Stay[] };
  markStale(): void;
}

export function createStays(): Stays {
  let stays = new Map<string, Stay>();
  const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
  const markStale = (): void => {
    for (const stay of stays.values()) stay.stale = true;
  };
  return {
    get: (topic, partition) => stays.get(keyOf(topic, partition)),
    markStale,
    replace(assignment) {
      markStale();
      const ended = [...stays.values()];
      const begun = Object.entries(assignment).flatMap(([topic, partitions]) =>
        partitions.map((partition): Stay => ({
          topic,
          partition,
          position: undefined,
          isHandedOut: false,
          stale: false,
          soughtFor: undefined,
          underWay: Promise.resolve(),
        })),
      );
      stays = new Map(begun.map((stay) => [keyOf(stay.topic, stay.partition), stay]));
      return { ended, begun };
    },
  };
}
