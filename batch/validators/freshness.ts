import type { Manifest } from '../../domain/manifest.ts';
import type { Validator, Verdict } from './validator.ts';

const RULE = 'freshness';

/**
 * Refuses a version that is older than the one before: of an earlier instant, or from less of the log. Cuts of another topic
 * generation say nothing about each other.
 */
export function createFreshness(): Validator {
  return {
    rule: RULE,
    async validate({ manifest }, previous): Promise<Verdict> {
      const before = previous?.manifest;
      const faults =
        before === undefined ? [] : [...staleInstant(manifest, before), ...staleCuts(manifest, before)];
      const isFresh = faults.length === 0;
      return {
        rule: RULE,
        passed: isFresh,
        reason: isFresh ? 'it is no older than the version before' : faults.join('; '),
        metrics: { stale: faults.length },
      };
    },
  };
}

function staleInstant({ asOf }: Manifest, before: Manifest): string[] {
  const isOlder = Date.parse(asOf) < Date.parse(before.asOf);
  return isOlder ? [`it is of ${asOf}, the version before of ${before.asOf}`] : [];
}

function staleCuts({ cut, generation }: Manifest, before: Manifest): string[] {
  if (generation !== before.generation) return [];
  return Object.entries(before.cut).flatMap(([topic, offsets]) =>
    offsets.flatMap((offset, partition) => {
      const own = cut[topic]?.[partition] ?? 0;
      return own < offset
        ? [`partition ${partition} of ${topic} is counted up to ${own}, before up to ${offset}`]
        : [];
    }),
  );
}
