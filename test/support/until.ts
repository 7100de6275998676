/** Waits until a condition holds; fails loudly when it does not in time. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function until(
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  stepMs = 20,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not hold within ${timeoutMs} ms: ${holds.toString()}`);
    await sleep(stepMs);
  }
}
