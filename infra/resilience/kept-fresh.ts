/** Something that is read again and again in the background; what was last read holds while reading fails, but not for good. */
import type { Log } from '../log.ts';

export interface KeptFreshOptions<T> {
  readonly read: () => Promise<T>;
  readonly everyMs: number;
  /** What was last read is worth nothing after this long without another reading. */
  readonly maxAgeMs: number;
  readonly log: Log;
  /** Said when reading fails, with what else is said then. */
  readonly warning: string;
  readonly about: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface KeptFresh<T> {
  /** Undefined before the first reading that succeeded, and once that is too old. */
  current(): T | undefined;
  /** Reads once more, or waits for the reading under way; never throws. */
  reload(): Promise<void>;
  /** When the last reading began, whatever became of it. */
  askedAt(): number;
  close(): void;
}

/** Resolves after the first reading, whether it succeeded or not. Its timer keeps no process alive. */
export async function keepFresh<T>(options: KeptFreshOptions<T>): Promise<KeptFresh<T>> {
  const { everyMs, maxAgeMs, log, now } = options;
  let last: { readonly value: T; readonly at: number } | undefined;
  let askedAt = -Infinity;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const begun = now();
    askedAt = begun;
    try {
      last = { value: await options.read(), at: begun };
    } catch (err) {
      log.warn({ err, ...options.about }, options.warning);
    } finally {
      reading = undefined;
    }
  };
  const reload = (): Promise<void> => (reading ??= read());
  await reload();
  const timer = setInterval(() => void reload(), everyMs);
  timer.unref();

  return {
    current: () => (last === undefined || now() - last.at > maxAgeMs ? undefined : last.value),
    reload,
    askedAt: () => askedAt,
    close: () => clearInterval(timer),
  };
}
