import { MarqueeError } from '../../domain/errors.ts';
import { withDeadline } from '../resilience/deadline.ts';

const PROBE_TIMEOUT_MS = 3000;

/**
 * Resolves once every address answers a request, whatever the answer; throws LAKE_UNAVAILABLE for the first that does
 * not. Asked before DuckDB is: its Iceberg extension ends the whole process when a store that was there at the start of
 * a statement stays away until all retries are used up.
 */
export async function assertReachable(
  addresses: readonly string[],
  timeoutMs: number = PROBE_TIMEOUT_MS,
): Promise<void> {
  await Promise.all(
    addresses.map(async (address) => {
      const deadline = new AbortController();
      try {
        // Not left to the signal alone: a server that is killed in mid-answer once held a request up for good.
        await withDeadline(probe(address, deadline.signal), timeoutMs, () => new Error('no answer in time'));
      } catch (cause) {
        const reason = `${new URL(address).origin} is not reachable`;
        throw new MarqueeError('LAKE_UNAVAILABLE', { reason }, { cause });
      } finally {
        deadline.abort();
      }
    }),
  );
}

async function probe(address: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(address, { method: 'HEAD', signal });
  await answer.body?.cancel();
}
