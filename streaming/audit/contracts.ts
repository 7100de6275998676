/** The registered contracts, read now and then; those last read stay in force while the registry is away. */
import { createContractBook, type ContractBook } from '../../domain/contracts/contract-book.ts';
import type { ContractRegistry } from '../../infra/contracts/registry.ts';

export interface FollowedContracts {
  read(): ContractBook;
  stop(): Promise<void>;
}

export function followContracts(
  registry: Pick<ContractRegistry, 'book'>,
  { everyMs, onFailure }: { readonly everyMs: number; readonly onFailure: (error: unknown) => void },
): FollowedContracts {
  let book = createContractBook([]);
  let reading = Promise.resolve();
  const refresh = (): void => {
    reading = registry.book().then(({ contracts }) => void (book = contracts), onFailure);
  };
  refresh();
  const timer = setInterval(() => {
    refresh();
  }, everyMs);
  timer.unref();
  return {
    read: () => book,
    async stop() {
      clearInterval(timer);
      await reading;
    },
  };
}
