/**
 * The registry of producers' contracts in the object store: `<region>/contracts/<producer>/<8-digit number>.json`.
 * Versions are numbered without gaps from 1, written once, and never changed or removed: the put of the next number is
 * the compare-and-swap.
 */
import {
  compareContracts,
  describeFinding,
  isBreaking,
  type Finding,
} from '../../domain/contracts/compatibility.ts';
import { createContractBook, type ContractBook } from '../../domain/contracts/contract-book.ts';
import type { ProducerContract } from '../../domain/contracts/producer-contract.ts';
import { producerShape } from '../../domain/contracts/shape.ts';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readStored, samePromise, storedText, type RegisteredContract } from './stored-contract.ts';

export interface ContractRegistryDeps {
  readonly store: ObjectStore;
  readonly region: Region;
  readonly now?: () => Date;
}

export interface Registration {
  /** `unchanged` where the newest version promises the same already. */
  readonly outcome: 'registered' | 'unchanged';
  readonly registered: RegisteredContract;
  /** What changed against the version before, compatible changes too. */
  readonly findings: readonly Finding[];
}

export interface ContractCheck {
  /** The newest version; undefined for a producer's first contract, which nothing speaks against. */
  readonly newest: RegisteredContract | undefined;
  readonly findings: readonly Finding[];
}

export type ContractRegistry = ReturnType<typeof createContractRegistry>;

const MOST_TRIES = 32;
/** Of each producer so many of the newest versions are judged by. */
const BOOK_DEPTH = 16;
const DIGITS = 8;

export function createContractRegistry({ store, region, now = () => new Date() }: ContractRegistryDeps) {
  const prefix = `${region}/contracts/`;
  const keyOf = (producer: string, version: number): string =>
    `${prefix}${producer}/${String(version).padStart(DIGITS, '0')}.json`;

  async function numbers(producer: string): Promise<number[]> {
    const listed = await store.list(`${prefix}${producer}/`);
    return listed.map(({ key }) => numberIn(key)).filter((number) => number > 0);
  }

  async function read(producer: string, version: number): Promise<RegisteredContract> {
    const key = keyOf(producer, version);
    const found = await store.get(key);
    if (found === undefined)
      throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: `${producer}@${version}` });
    return readStored(new TextDecoder().decode(found.body), key);
  }

  async function newest(producer: string): Promise<RegisteredContract | undefined> {
    const last = (await numbers(producer)).at(-1);
    return last === undefined ? undefined : read(producer, last);
  }

  /** What registering the contract now would be told. Writes nothing. */
  async function check(contract: ProducerContract): Promise<ContractCheck> {
    const found = await newest(contract.producer);
    if (found === undefined) return { newest: undefined, findings: [] };
    return {
      newest: found,
      findings: compareContracts(producerShape(found.contract), producerShape(contract)),
    };
  }

  /**
   * Registers the contract as the producer's next version. Throws CONTRACT_INCOMPATIBLE with every finding that breaks a
   * direction, unless `force` says why it has to be; the reason is stored with the version.
   */
  async function register(contract: ProducerContract, force?: string): Promise<Registration> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { newest: before, findings } = await check(contract);
      if (before !== undefined && samePromise(before.contract, contract))
        return { outcome: 'unchanged', registered: before, findings };
      const breaking = findings.filter(isBreaking).map(describeFinding);
      if (before !== undefined && breaking.length > 0 && force === undefined)
        throw incompatible(contract.producer, before.version, breaking);
      const registered: RegisteredContract = {
        version: (before?.version ?? 0) + 1,
        registeredAt: now().toISOString(),
        forced: force === undefined || breaking.length === 0 ? null : { reason: force, findings: breaking },
        contract,
      };
      if (await put(registered)) return { outcome: 'registered', registered, findings };
    }
    throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key: `${prefix}${contract.producer}` });
  }

  /** False where another registration took the number. */
  async function put(registered: RegisteredContract): Promise<boolean> {
    const key = keyOf(registered.contract.producer, registered.version);
    try {
      await store.put(key, new TextEncoder().encode(storedText(registered)), { ifAbsent: true });
      return true;
    } catch (error) {
      if (isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) return false;
      throw error;
    }
  }

  /** Every producer that has a contract, by name. */
  async function producers(): Promise<string[]> {
    const listed = await store.list(prefix);
    const names = listed.map(({ key }) => key.slice(prefix.length).split('/')[0] ?? '');
    return [...new Set(names)].sort();
  }

  /** Every version of a producer, newest first. */
  async function history(producer: string): Promise<RegisteredContract[]> {
    const all = await numbers(producer);
    return Promise.all(all.toReversed().map((version) => read(producer, version)));
  }

  /** The contracts that drift is judged by, and the keys of objects that are damaged and left out. */
  async function book(): Promise<{ contracts: ContractBook; damaged: readonly string[] }> {
    const contracts: RegisteredContract[] = [];
    const damaged: string[] = [];
    for (const producer of await producers()) {
      for (const version of (await numbers(producer)).slice(-BOOK_DEPTH)) {
        try {
          contracts.push(await read(producer, version));
        } catch (error) {
          if (!isMarqueeError(error, 'CONTRACT_INVALID')) throw error;
          damaged.push(keyOf(producer, version));
        }
      }
    }
    return { contracts: createContractBook(contracts), damaged };
  }

  return { register, check, read, newest, history, producers, book };
}

function incompatible(producer: string, version: number, breaking: readonly string[]): MarqueeError {
  return new MarqueeError('CONTRACT_INCOMPATIBLE', {
    subject: producer,
    against: `version ${version}`,
    findings: breaking.join('; '),
  });
}

/** The version in an object's key; 0 for any other key. */
function numberIn(key: string): number {
  return Number(/\/(\d{8})\.json$/.exec(key)?.[1] ?? 0);
}
