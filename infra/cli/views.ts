import type { Manifest } from '../../domain/manifest.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { viewName, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { Config } from '../config.ts';
import type { ViewRepository } from '../hermes/repository.ts';
import { countArgument, viewArgument } from './arguments.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly view: ViewName;
  readonly limit: number;
  readonly all?: true;
  readonly json?: true;
}

/** One version of a view, for people and programs. Manifest fields are null where the manifest cannot be read. */
export interface VersionLine {
  readonly version: ViewVersion;
  readonly state: string;
  readonly current: boolean;
  readonly pinned: boolean;
  readonly parent: ViewVersion | null;
  readonly asOf: string | null;
  readonly rows: Readonly<Record<string, number>> | null;
  readonly cut: Manifest['cut'] | null;
  /** What it was made from: tables with their snapshots, or a source with its checksum. */
  readonly inputs: Manifest['inputs'] | null;
  readonly metrics: Manifest['metrics'] | null;
  readonly rule: string | null;
  readonly reason: string | null;
}

/** `marquee views`: the versions of a view, newest first. */
export const register: Register = (program, deps) => {
  program
    .command('views')
    .description('list the versions of a view: state, parent, rows and how far each has read')
    .option('--view <name>', 'which view', viewArgument, viewName('popularity'))
    .option('--limit <count>', 'how many of the newest versions', countArgument(1, 1000), 10)
    .option('--all', 'of each view the current version, and the newest where that is another')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee views',
        'marquee views --all',
        'marquee views --view catalogue',
        'marquee views --limit 3 --json',
      ]),
    )
    .action(async ({ view, limit, all, json }: Flags) => {
      const { createS3ObjectStore } = await import('../object-store/s3.ts');
      const { createViewRepository } = await import('../hermes/repository.ts');
      const config = deps.loadConfig();
      const { s3, region } = config;
      const store = createS3ObjectStore(s3);
      try {
        const views = createViewRepository({ store, region });
        if (all === true) return await showAll(views, deps, await knownViews(config), json === true);
        const versions = await readVersions(views, view, limit);
        if (json === true) return deps.output.json({ view, versions });
        if (versions.length === 0)
          deps.output.say(`View ${view} has no version yet: run \`marquee refresh ${view}\`.`);
        for (const line of renderTable(versions.map(row))) deps.output.data(line);
      } finally {
        store.close();
      }
    });
};

/** How far back the current version is looked for behind newer ones that were refused. */
const LOOKED_AT = 50;

/** Views that are refreshed, that training makes, and that files declare. */
async function knownViews(config: Config): Promise<readonly ViewName[]> {
  const { viewsOf } = await import('../bin/declared-schedules.ts');
  return viewsOf(config);
}

/** The current version of each view, and the newest where that is another. */
async function showAll(
  views: ViewRepository,
  { output }: CliDeps,
  known: readonly ViewName[],
  json: boolean,
): Promise<void> {
  const found = await Promise.all(
    known.map(async (view) => {
      const versions = await readVersions(views, view, LOOKED_AT);
      return { view, versions: versions.filter(({ current }, index) => current || index === 0) };
    }),
  );
  if (json) return output.json({ views: found });
  const lines = found.flatMap(({ view, versions }) =>
    versions.length === 0 ? [[view, 'no version yet']] : versions.map((version) => [view, ...row(version)]),
  );
  for (const line of renderTable(lines)) output.data(line);
}

/** The newest versions of a view, with what their manifests say. */
export async function readVersions(
  views: ViewRepository,
  view: ViewName,
  limit: number,
): Promise<VersionLine[]> {
  const pointer = await views.readPointer(view);
  const listed = await views.listVersions(view, limit);
  return Promise.all(
    listed.map(async ({ version, state, rule, reason }) => {
      const manifest = await readable(views, view, version);
      return {
        ...{ version, state, rule, reason },
        current: pointer?.version === version,
        pinned: pointer?.pin === version,
        parent: manifest?.parent ?? null,
        asOf: manifest?.asOf ?? null,
        rows: manifest?.rowCounts ?? null,
        cut: manifest?.cut ?? null,
        inputs: manifest?.inputs ?? null,
        metrics: manifest?.metrics ?? null,
      };
    }),
  );
}

async function readable(
  views: ViewRepository,
  view: ViewName,
  version: ViewVersion,
): Promise<Manifest | undefined> {
  try {
    return await views.readManifest(view, version);
  } catch (error) {
    if (isMarqueeError(error, 'VIEW_NOT_FOUND') || isMarqueeError(error, 'VIEW_CORRUPT')) return undefined;
    throw error;
  }
}

function row({
  version,
  state,
  current,
  pinned,
  parent,
  asOf,
  rows,
  cut,
  inputs,
  rule,
  reason,
}: VersionLine): string[] {
  const marks = [state, ...(current ? ['current'] : []), ...(pinned ? ['pinned'] : [])];
  return [
    String(version),
    marks.join(' '),
    `parent ${parent ?? '-'}`,
    `as of ${asOf ?? '-'}`,
    Object.entries(rows ?? {})
      .map(([part, count]) => `${part}:${count}`)
      .join(' '),
    Object.entries(cut ?? {})
      .map(([topic, offsets]) => `${topic}<${offsets.join(',')}`)
      .join(' '),
    ...sourcesOf(inputs ?? []),
    rule === null ? '' : `${rule}: ${reason ?? ''}`,
  ];
}

/** Sources with the first digits of their checksums; tables are told by the cut. */
const sourcesOf = (inputs: Manifest['inputs']): string[] =>
  inputs.flatMap((input) =>
    'source' in input ? [`from ${input.source}`, `sha256 ${input.sha256.slice(0, 12)}`] : [],
  );
