/** The registered contracts as a process that judges holds them: read again from time to time, never waited for. */
import { createContractBook, type ContractBook } from '../../domain/contracts/contract-book.ts';
import type { ContractRegistry } from './registry.ts';

export interface FollowedContracts {
  /** The newest book that could be read; an empty one before that. */
  current(): ContractBook;
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly registry: Pick<ContractRegistry, 'book'>;
  readonly intervalMs: number;
  /** The registry could not be read: the book from before stays. */
  readonly onError: (error: unknown) => void;
  /** Objects that are damaged and left out, at every reading that finds some. */
  readonly onDamaged: (keys: readonly string[]) => void;
}

export function followContracts({
  registry,
  intervalMs,
  onError,
  onDamaged,
}: FollowOptions): FollowedContracts {
  let book = createContractBook([]);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    try {
      const { contracts, damaged } = await registry.book();
      book = contracts;
      if (damaged.length > 0) onDamaged(damaged);
    } catch (error) {
      onError(error);
    }
    if (!stopped) timer = setTimeout(again, intervalMs);
  }
  let reading = read();
  function again(): void {
    reading = read();
  }

  return {
    current: () => book,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await reading;
    },
  };
}
