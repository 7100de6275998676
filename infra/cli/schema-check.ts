/** `marquee schema check`: what CI runs. */
import { isBreaking } from '../../domain/contracts/compatibility.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { DocumentFinding } from '../contracts/documents.ts';
import { compareWithSnapshot, producerFiles, readSnapshot } from '../contracts/snapshot.ts';
import { EXIT, type CliDeps } from './deps.ts';
import { renderTable } from './output.ts';
import { readDocument, type SchemaSources } from './schema-sources.ts';
import { findingRow } from './schema-text.ts';

export interface CheckFlags {
  readonly folder: string;
  readonly registered?: true;
  readonly json?: true;
}

interface CheckResult {
  readonly faults: readonly string[];
  readonly findings: readonly DocumentFinding[];
}

export async function check(
  deps: CliDeps,
  sources: SchemaSources,
  files: readonly string[],
  flags: CheckFlags,
): Promise<void> {
  const { output } = deps;
  const results: CheckResult[] = [];
  if (files.length === 0) results.push(checkSnapshot(flags.folder));
  const checked = files.length > 0 ? files : producerFiles(flags.folder);
  for (const file of checked) results.push(await checkFile(sources, file, flags.registered === true));
  const faults = results.flatMap((result) => result.faults);
  const findings = results.flatMap((result) => result.findings);
  const isGood = faults.length === 0 && !findings.some(isBreaking);
  if (!isGood) deps.exitWith(EXIT.failed);
  if (flags.json === true) return output.json({ good: isGood, files: checked, faults, findings });
  for (const fault of faults) output.data(fault);
  for (const line of renderTable(findings.map(findingRow))) output.data(line);
  output.say(isGood ? `${checked.length} contracts of producers are usable; nothing breaks.` : 'Not good.');
}

function checkSnapshot(folder: string): CheckResult {
  const { findings, isCurrent, onlyOlder } = compareWithSnapshot(readSnapshot(folder));
  const stale = `${folder} does not say what the code says: run \`npm run contracts:snapshot\``;
  const gone = onlyOlder.map((name) => `${name} is gone from the code`);
  return { findings, faults: isCurrent ? gone : [stale, ...gone] };
}

async function checkFile(sources: SchemaSources, file: string, withRegistry: boolean): Promise<CheckResult> {
  try {
    const document = readDocument(file);
    if (!withRegistry || document.type !== 'producer') return { faults: [], findings: [] };
    const { findings } = await sources.registry().check(document.contract);
    return { faults: [], findings: findings.map((finding) => ({ document: file, ...finding })) };
  } catch (error) {
    const isFault = isMarqueeError(error, 'CONTRACT_INVALID') || isMarqueeError(error, 'CONTRACT_NOT_FOUND');
    if (isFault) return { faults: [(error as Error).message], findings: [] };
    throw error;
  }
}
