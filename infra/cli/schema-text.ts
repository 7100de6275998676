/** Contracts and findings as rows, for people and programs. */
import { isBreaking, type Finding } from '../../domain/contracts/compatibility.ts';
import type { DocumentFinding } from '../contracts/documents.ts';
import type { RegisteredContract } from '../contracts/stored-contract.ts';

export function findingRow({ document, kind, field, code, reason, breaks }: DocumentFinding): string[] {
  const verdict = breaks.length === 0 ? 'compatible' : `breaks ${breaks.join(' and ')}`;
  return [document, field === null ? kind : `${kind}.${field}`, code, verdict, reason];
}

const rangeOf = ({ contract }: RegisteredContract): string =>
  contract.appVersions.map(({ operator, version }) => `${operator}${version}`).join(' ') || '*';

export function producerRow(newest: RegisteredContract) {
  return {
    producer: newest.contract.producer,
    version: newest.version,
    registeredAt: newest.registeredAt,
    appVersions: rangeOf(newest),
    kinds: newest.contract.kinds.size,
  };
}

export function historyRow(registered: RegisteredContract, findings: readonly Finding[]) {
  const { version, registeredAt, forced, contract } = registered;
  return {
    ...{ version, registeredAt, appVersions: rangeOf(registered), description: contract.description },
    changes: findings.length,
    breaking: findings.filter(isBreaking).length,
    forced,
    findings,
  };
}
