/**
 * `npm run build`: JavaScript, the files that the code reads beside itself, and one bundle of all workflows, so that
 * nothing has to strip types or bundle when it starts.
 *
 *   npm run build                    writes dist/
 *   npm run build -- --out folder    writes there; within the project, where packages are found
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleWorkflows } from '../temporal/bundle.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['domain', 'infra', 'streaming', 'batch', 'activities', 'workflows', 'serving', 'examples'];
/** Where the worker looks for the workflows before it bundles them itself. */
const BUNDLE = 'workflow-bundle.js';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const out = resolve(ROOT, values.out);

/** Refuses to empty a folder that is not an earlier build. */
function clear(): void {
  const isBuild = out === join(ROOT, 'dist') || existsSync(join(out, BUNDLE));
  if (!isBuild && existsSync(out) && readdirSync(out).length > 0)
    throw new Error(`${out} holds something else`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
}

function compile(): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', out], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the compiler found faults; they are above');
}

/** SQL, requirement lists, Kafka's files: everything in the source folders that is not TypeScript. */
function copyAssets(): number {
  const pattern = `{${FOLDERS.join(',')}}/**/*`;
  const assets = globSync(pattern, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of assets) {
    const target = join(out, file.slice(ROOT.length));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  return assets.length;
}

try {
  clear();
  compile();
  const assets = copyAssets();
  cpSync(join(ROOT, 'package.json'), join(out, 'package.json'));
  const bundle = await bundleWorkflows(join(ROOT, 'workflows/index.ts'));
  writeFileSync(join(out, BUNDLE), bundle);
  const modules = globSync('**/*.js', { cwd: out }).length;
  process.stderr.write(
    `${out}: ${modules} modules, ${assets} other files, ${bundle.length} bytes of workflows\n`,
  );
} catch (error) {
  process.stderr.write(`The build failed: ${(error as Error).message}.\n`);
  process.exitCode = 1;
}
