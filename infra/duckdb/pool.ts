import { MarqueeError } from '../../domain/errors.ts';

export interface Pool<T> {
  /** Lends one item to `work`; callers beyond the limit wait their turn. Throws INTERNAL when too many wait already. */
  use<R>(work: (item: T) => Promise<R>): Promise<R>;
  /** Waits for lent items to come back, then disposes of all. Later calls of `use` are refused. */
  close(): Promise<void>;
}

export interface PoolOptions<T> {
  readonly name: string;
  /** Most items that exist at a time. */
  readonly limit: number;
  readonly maxWaiting: number;
  create(): Promise<T>;
  dispose(item: T): void;
  /** Whether an item that came back can be lent again. */
  reusable(item: T): boolean;
}

/** A bounded pool that opens items on demand and hands waiting callers theirs in order of arrival. */
export function createPool<T>(options: PoolOptions<T>): Pool<T> {
  const idle: T[] = [];
  const waiting: (() => void)[] = [];
  let lent = 0;
  let closed = false;
  let drained: (() => void) | undefined;

  const refuse = (reason: string): never => {
    throw new MarqueeError('INTERNAL', { reason: `${options.name}: ${reason}` });
  };

  async function acquire(): Promise<T> {
    if (closed) refuse('is closed');
    if (lent >= options.limit) {
      if (waiting.length >= options.maxWaiting) refuse(`${waiting.length} callers wait already`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else lent++;
    try {
      return idle.pop() ?? (await options.create());
    } catch (error) {
      pass();
      throw error;
    }
  }

  /** Hands the slot to the next waiting caller, or gives it back. */
  function pass(): void {
    const next = waiting.shift();
    if (next !== undefined) return next();
    lent--;
    if (lent === 0) drained?.();
  }

  return {
    async use(work) {
      const item = await acquire();
      try {
        return await work(item);
      } finally {
        if (options.reusable(item)) idle.push(item);
        else options.dispose(item);
        pass();
      }
    },
    async close() {
      closed = true;
      if (lent > 0) await new Promise<void>((resolve) => (drained = resolve));
      for (const item of idle.splice(0)) options.dispose(item);
    },
  };
}
