/** `marquee schema drift`: what a file of events has that contracts do not say, and what it lacks. */
import { basename } from 'node:path';
import { createContractBook, type ContractBook } from '../../domain/contracts/contract-book.ts';
import { createDriftProfile, judgeDrift } from '../../domain/contracts/drift.ts';
import { isFault, type DriftFinding, type DriftReport } from '../../domain/contracts/drift-report.ts';
import { profileEvents } from '../contracts/read-events.ts';
import { producerFiles } from '../contracts/snapshot.ts';
import { EXIT, type CliDeps } from './deps.ts';
import { renderTable } from './output.ts';
import { readDocument, type SchemaSources } from './schema-sources.ts';

export interface DriftFlags {
  readonly folder: string;
  readonly registered?: true;
  readonly json?: true;
}

export async function drift(
  deps: CliDeps,
  sources: SchemaSources,
  files: readonly string[],
  { folder, registered, json }: DriftFlags,
): Promise<void> {
  const { output } = deps;
  const contracts = registered === true ? await registeredBook(deps, sources) : bookOf(folder);
  const profile = createDriftProfile();
  let events = 0;
  let refused = 0;
  for (const file of files) {
    const read = await profileEvents(file, profile);
    events += read.events;
    refused += read.refused;
  }
  const report = judgeDrift(profile.snapshot(), contracts);
  const faults = report.findings.filter(isFault).length;
  if (faults > 0) deps.exitWith(EXIT.failed);
  if (json === true) return output.json({ events, refused, faults, ...report });
  for (const line of renderTable(report.findings.map(row))) output.data(line);
  output.say(`${events} events, ${refused} lines refused, ${faults} faults; ${expectations(report)}.`);
}

async function registeredBook({ output }: CliDeps, sources: SchemaSources): Promise<ContractBook> {
  const { contracts, damaged } = await sources.registry().book();
  for (const key of damaged) output.say(`${key} is damaged and left out.`);
  return contracts;
}

/** The contracts beside a snapshot, as if they had been registered in the order of their numbers. */
function bookOf(folder: string): ContractBook {
  const contracts = producerFiles(folder).flatMap((file) => {
    const document = readDocument(file);
    const version = Number(basename(file, '.json'));
    return document.type === 'producer' ? [{ version, contract: document.contract }] : [];
  });
  return createContractBook(contracts);
}

/** Names come from events, and are quoted where a terminal could take them for something else. */
const shown = (name: string | null): string =>
  name === null ? '-' : /^[\x20-\x7e]+$/.test(name) ? name : JSON.stringify(name);

function row({
  verdict,
  producer,
  appVersion,
  kind,
  attribute,
  share,
  shape,
  reason,
}: DriftFinding): string[] {
  const about = attribute === null ? kind : `${kind}.${shown(attribute)}`;
  const looks = shape === null ? share.toFixed(4) : `${share.toFixed(4)} ${shape}`;
  return [verdict, shown(producer), shown(appVersion), about, looks, reason];
}

function expectations({ groups }: DriftReport): string {
  const count = (from: string): number => groups.filter(({ source }) => source.from === from).length;
  return `groups judged by contract ${count('contract')}, by the app version before ${count('learned')}, by nothing ${count('nothing')}`;
}
