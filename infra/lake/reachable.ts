import { MarqueeError } from '../../domain/errors.ts';

const PROBE_TIMEOUT_MS = 3000;

/**
 * Resolves once every address answers a request, whatever the answer; throws LAKE_UNAVAILABLE for the first that does
 * not. Asked before DuckDB is: its Iceberg extension ends the whole process when a store that was there at the start of
 * a statement stays away until all retries are used up.
 */
export async function assertReachable(addresses: readonly string[]): Promise<void> {
  await Promise.all(
    addresses.map(async (address) => {
      try {
        const answer = await fetch(address, {
          method: 'HEAD',
          signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
        });
        await answer.body?.cancel();
      } catch (cause) {
        const reason = `${new URL(address).origin} is not reachable`;
        throw new MarqueeError('LAKE_UNAVAILABLE', { reason }, { cause });
      }
    }),
  );
}
