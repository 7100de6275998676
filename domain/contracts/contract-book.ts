/** The registered contracts, as judging needs them: which one speaks for a producer's app version. */
import type { EventKind } from '../events/contract.ts';
import { coversAppVersion } from './app-versions.ts';
import { expectationsOf, type ProducerContract } from './producer-contract.ts';

export interface NumberedContract {
  /** Number of the registration, from 1. */
  readonly version: number;
  readonly contract: ProducerContract;
}

export interface ContractInForce extends NumberedContract {
  /** False where no contract names the app version, and the newest one is taken instead. */
  readonly covers: boolean;
}

export interface ContractBook {
  /** Undefined where the producer has no contract at all. */
  inForce(producer: string | null, appVersion: string | null): ContractInForce | undefined;
  /** Whether a contract before `version` had the producer send the attribute in events of the kind. */
  wasPromised(producer: string, version: number, kind: EventKind, attribute: string): boolean;
}

/** Of the contracts that cover an app version the newest is in force. */
export function createContractBook(contracts: readonly NumberedContract[]): ContractBook {
  const byProducer = new Map<string, NumberedContract[]>();
  for (const numbered of contracts.toSorted((a, b) => b.version - a.version)) {
    const { producer } = numbered.contract;
    byProducer.set(producer, [...(byProducer.get(producer) ?? []), numbered]);
  }
  const of = (producer: string | null): readonly NumberedContract[] =>
    (producer === null ? undefined : byProducer.get(producer)) ?? [];

  return {
    inForce(producer, appVersion) {
      const newestFirst = of(producer);
      const covering = newestFirst.find(({ contract }) => coversAppVersion(contract.appVersions, appVersion));
      const found = covering ?? newestFirst[0];
      return found === undefined ? undefined : { ...found, covers: covering !== undefined };
    },
    wasPromised: (producer, version, kind, attribute) =>
      of(producer).some((earlier) => {
        const promise = earlier.version < version ? earlier.contract.kinds.get(kind) : undefined;
        return promise !== undefined && (expectationsOf(promise).get(attribute)?.share ?? 0) > 0;
      }),
  };
}
