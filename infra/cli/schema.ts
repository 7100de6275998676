import { InvalidArgumentError } from 'commander';
import { MarqueeError } from '../../domain/errors.ts';
import type { ContractDocument } from '../contracts/documents.ts';
import type { RegisteredContract } from '../contracts/stored-contract.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';
import type { SchemaSources } from './schema-sources.ts';
import { findingRow, historyRow, producerRow } from './schema-text.ts';

interface Flags {
  readonly force?: string;
  readonly folder: string;
  readonly registered?: true;
  readonly json?: true;
}

/** `marquee schema register | history | diff | check | drift`. */
export const register: Register = (program, deps) => {
  const schema = program
    .command('schema')
    .description('what producers promise to send, and what a change of it would break')
    .addHelpText(
      'before',
      examples([
        'marquee schema register contracts/producers/gateway-0/1.json',
        'marquee schema history gateway-0',
        'marquee schema diff gateway-0@1 gateway-0@newest',
        'marquee schema diff published code',
        'marquee schema check',
        'marquee schema drift events.ndjson',
      ]),
    );
  schema
    .command('register <files...>')
    .description('register contracts of producers, each as the next version of its producer')
    .option('--force <reason>', 'register even what breaks readers; the reason is kept', reasonArgument)
    .option('--json', 'print one JSON object')
    .action((files: string[], flags: Flags) =>
      run(deps, (sources) => registerFiles(deps, sources, files, flags)),
    );
  schema
    .command('history [producer]')
    .description('say which versions a producer has, newest first; without one, which producers there are')
    .option('--json', 'print one JSON object')
    .action((producer: string | undefined, flags: Flags) =>
      run(deps, (sources) =>
        producer === undefined
          ? listProducers(deps, sources, flags)
          : history(deps, sources, producer, flags),
      ),
    );
  schema
    .command('diff <older> <newer>')
    .description('say what differs and what it breaks: files, folders, producer@version, code or published')
    .option('--json', 'print one JSON object')
    .action((older: string, newer: string, flags: Flags) =>
      run(deps, (sources) => diff(deps, sources, [older, newer], flags)),
    );
  schema
    .command('check [files...]')
    .description('fail where contracts are not usable, or the code breaks the committed snapshot: for CI')
    .option('--folder <path>', 'where the snapshot is, with producers/ beside it', 'contracts')
    .option('--registered', 'also against the newest version that is registered')
    .option('--json', 'print one JSON object')
    .action((files: string[], flags: Flags) =>
      run(deps, async (sources) => {
        const { check } = await import('./schema-check.ts');
        await check(deps, sources, files, flags);
      }),
    );
  schema
    .command('drift <files...>')
    .description('hold events, one JSON object a line, against contracts: on purpose or by mistake?')
    .option('--folder <path>', 'where producers/ is', 'contracts')
    .option('--registered', 'by the contracts that are registered instead')
    .option('--json', 'print one JSON object')
    .action((files: string[], flags: Flags) =>
      run(deps, async (sources) => {
        const { drift } = await import('./schema-drift.ts');
        await drift(deps, sources, files, flags);
      }),
    );
};

function reasonArgument(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected a reason.');
  return text;
}

async function run(deps: CliDeps, work: (sources: SchemaSources) => Promise<void>): Promise<void> {
  const { withSources } = await import('./schema-sources.ts');
  return withSources(deps, work);
}

async function registerFiles(
  { output }: CliDeps,
  sources: SchemaSources,
  files: readonly string[],
  { force, json }: Flags,
): Promise<void> {
  const { readDocument } = await import('./schema-sources.ts');
  // All are read before the first is registered.
  const contracts = files.map((file) => contractIn(readDocument(file), file));
  const registered = [];
  for (const contract of contracts) {
    const { outcome, registered: result, findings } = await sources.registry().register(contract, force);
    const { version, forced } = result;
    registered.push({ producer: contract.producer, version, outcome, forced, findings });
    const because = forced === null ? '' : `, forced: ${forced.reason}`;
    if (json !== true) output.data(`${contract.producer}@${version}  ${outcome}${because}`);
  }
  if (json === true) output.json({ contracts: registered });
}

function contractIn(document: ContractDocument, file: string) {
  if (document.type === 'producer') return document.contract;
  throw new MarqueeError('CONTRACT_INVALID', {
    subject: file,
    reason: `it is ${document.type}, no producer's contract`,
  });
}

async function listProducers({ output }: CliDeps, sources: SchemaSources, { json }: Flags): Promise<void> {
  const newest: RegisteredContract[] = [];
  for (const producer of await sources.registry().producers()) {
    const found = await sources.registry().newest(producer);
    if (found !== undefined) newest.push(found);
  }
  const rows = newest.map(producerRow);
  if (json === true) return output.json({ producers: rows });
  if (rows.length === 0) output.say('No contract is registered: run `marquee schema register <file>`.');
  for (const line of renderTable(rows.map((row) => Object.values(row).map(String)))) output.data(line);
}

async function history(
  { output }: CliDeps,
  sources: SchemaSources,
  producer: string,
  { json }: Flags,
): Promise<void> {
  const versions = await sources.registry().history(producer);
  if (versions.length === 0) throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: producer });
  const { compareContracts } = await import('../../domain/contracts/compatibility.ts');
  const { producerShape } = await import('../../domain/contracts/shape.ts');
  const rows = versions.map((version, i) => {
    const before = versions[i + 1];
    const findings =
      before === undefined
        ? []
        : compareContracts(producerShape(before.contract), producerShape(version.contract));
    return historyRow(version, findings);
  });
  if (json === true) return output.json({ producer, versions: rows });
  const lines = rows.map(({ version, registeredAt, appVersions, changes, forced }) => [
    `${producer}@${version}`,
    registeredAt,
    appVersions,
    `${changes} changes`,
    forced === null ? '' : `forced: ${forced.reason}`,
  ]);
  for (const line of renderTable(lines)) output.data(line);
}

async function diff(
  { output }: CliDeps,
  sources: SchemaSources,
  [older, newer]: readonly [string, string],
  { json }: Flags,
): Promise<void> {
  const { compareSets } = await import('../contracts/documents.ts');
  const { findings, onlyOlder, onlyNewer } = compareSets(
    await sources.resolve(older),
    await sources.resolve(newer),
  );
  if (json === true) return output.json({ older, newer, findings, onlyOlder, onlyNewer });
  for (const line of renderTable(findings.map(findingRow))) output.data(line);
  if (findings.length === 0) output.say('What both have does not differ.');
  if (onlyOlder.length > 0) output.say(`Only in ${older}: ${onlyOlder.join(', ')}`);
  if (onlyNewer.length > 0) output.say(`Only in ${newer}: ${onlyNewer.join(', ')}`);
}
