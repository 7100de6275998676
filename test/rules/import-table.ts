/** Who may import whom, as data; held by ESLint while writing and by a test over the whole tree. */

/** The top folders, `infra`'s composition roots and the one stage that activities may drive. */
export type Area =
  | 'domain'
  | 'infra'
  | 'roots'
  | 'streaming'
  | 'batch'
  | 'activities'
  | 'workflows'
  | 'serving'
  | 'bench'
  | 'test'
  | 'examples';

interface AreaRule {
  /** Areas whose values may be imported; the area itself always may. `all` is no restriction. */
  readonly values: readonly Area[] | 'all';
  /** Areas that may be imported by `import type` only. */
  readonly types?: readonly Area[];
  /** Which packages and `node:` modules: all, none, or those of the list. */
  readonly packages: 'all' | 'none' | readonly string[];
}

const anything: AreaRule = { values: 'all', packages: 'all' };

export const IMPORT_TABLE: Readonly<Record<Area, AreaRule>> = {
  domain: { values: [], packages: 'none' },
  infra: { values: ['domain'], packages: 'all' },
  roots: anything,
  streaming: { values: ['domain', 'infra'], packages: 'all' },
  batch: { values: ['domain', 'infra'], packages: 'all' },
  activities: { values: ['domain', 'batch', 'infra'], packages: 'all' },
  workflows: { values: ['domain'], types: ['activities'], packages: ['@temporalio/workflow'] },
  serving: { values: ['domain', 'infra'], types: ['workflows'], packages: 'all' },
  bench: anything,
  test: anything,
  examples: anything,
};

/** What only these may be imported by: composition roots by each other and by tests, the outermost by the outermost. */
const CLOSED: Readonly<Partial<Record<Area, readonly Area[]>>> = {
  roots: ['roots', 'test', 'bench'],
  test: ['test', 'bench'],
  bench: ['test', 'bench', 'roots'],
  examples: ['examples', 'test', 'bench', 'roots'],
};

/** Client libraries and the one folder that may use each, tests and benchmarks aside. */
export const ADAPTERS: Readonly<Record<string, string>> = {
  kafkajs: 'infra/kafka/',
  '@aws-sdk/client-s3': 'infra/object-store/',
  '@duckdb/node-api': 'infra/duckdb/',
  '@duckdb/node-bindings': 'infra/duckdb/',
  'cassandra-driver': 'infra/cassandra/',
  '@temporalio/client': 'infra/temporal/',
  '@temporalio/worker': 'infra/temporal/',
};

const ROOT_FOLDERS = ['infra/bin/', 'infra/cli/', 'infra/build/'];
const REPLAY = 'streaming/replay';

/** The area of a path relative to the project root, or undefined for files outside of all. */
export function areaOf(path: string): Area | undefined {
  if (ROOT_FOLDERS.some((folder) => path.startsWith(folder))) return 'roots';
  const top = path.split('/')[0] ?? '';
  return Object.hasOwn(IMPORT_TABLE, top) && top !== 'roots' ? (top as Area) : undefined;
}

/** The package a specifier names: `@scope/name` or `name`, without the path inside it. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

export interface ImportOf {
  /** The importing file, relative to the project root. */
  readonly from: string;
  /** A path relative to the project root, or the specifier of a package or `node:` module. */
  readonly to: string;
  readonly kind: 'file' | 'package';
  /** Written `import type` or `export type`: nothing is loaded at run time. */
  readonly typeOnly: boolean;
}

function faultOfPackage({ from, to, typeOnly }: ImportOf, area: Area): string | undefined {
  const { packages } = IMPORT_TABLE[area];
  const name = packageOf(to);
  const adapter = ADAPTERS[name];
  if (adapter !== undefined && !from.startsWith(adapter) && area !== 'test' && area !== 'bench') {
    return `${name} belongs to ${adapter} alone`;
  }
  if (packages === 'all' || (packages !== 'none' && packages.includes(name))) return undefined;
  if (typeOnly && area === 'workflows' && name.startsWith('@temporalio/')) return undefined;
  return `${area} may not import ${to}`;
}

function faultOfFile({ from, to, typeOnly }: ImportOf, area: Area): string | undefined {
  const target = areaOf(to);
  if (target === undefined || target === area) return undefined;
  const openTo = CLOSED[target];
  if (openTo !== undefined && !openTo.includes(area))
    return `${from} may not import ${to}: nothing builds on ${target}`;
  const { values, types = [] } = IMPORT_TABLE[area];
  if (values === 'all' || values.includes(target)) return undefined;
  if (area === 'activities' && to.startsWith(REPLAY)) return undefined;
  if (types.includes(target)) {
    return typeOnly ? undefined : `${area} may import ${target} as types only: write \`import type\``;
  }
  return `${area} may not import ${target}`;
}

/** Why this import is not allowed, or undefined. */
export function importFault(imported: ImportOf): string | undefined {
  const area = areaOf(imported.from);
  if (area === undefined) return undefined;
  return imported.kind === 'package' ? faultOfPackage(imported, area) : faultOfFile(imported, area);
}
