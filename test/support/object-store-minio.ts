import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childEnvironment, loadLocalConfig } from '../../infra/config.ts';
import { freePort } from './free-port.ts';

/** The last published state of MinIO's sources, as a Go pseudo-version. Go's checksum database vouches for it. */
const VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';

export type Minio = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
};

/** Path of the MinIO binary; builds it from its Go module the first time (minutes; needs `go` on the PATH). */
export async function buildMinio(): Promise<string> {
  const cache = resolve(loadLocalConfig(childEnvironment()).local.cacheDir, 'minio', VERSION);
  const binary = join(cache, 'minio');
  if (await exists(binary)) return binary;
  await mkdir(cache, { recursive: true });
  process.stderr.write('Building MinIO from its Go module, once; this takes some minutes.\n');
  await promisify(execFile)('go', ['install', `github.com/minio/minio@${VERSION}`], {
    env: childEnvironment({ GOBIN: cache }),
    maxBuffer: 16 * 1024 * 1024,
  });
  return binary;
}

/** Starts MinIO on a free loopback port over an empty folder. `stop` ends it and removes the folder. */
export async function startMinio(): Promise<Minio> {
  const binary = await buildMinio();
  const dir = await mkdtemp(join(tmpdir(), 'marquee-minio-'));
  const address = `127.0.0.1:${await freePort()}`;
  const secretAccessKey = 'marquee-minio-secret';
  const child = spawn(binary, ['server', '--quiet', '--address', address, dir], {
    env: childEnvironment({
      MINIO_ROOT_USER: 'marquee',
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    }),
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await healthy(`http://${address}/minio/health/live`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint: `http://${address}`,
    region: 'us-east-1',
    accessKeyId: 'marquee',
    secretAccessKey,
    stop,
  };
}

async function healthy(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (child.exitCode !== null) throw new Error(`MinIO ended with code ${child.exitCode}`);
    const ok = await fetch(url).then(
      (reply) => reply.ok,
      () => false,
    );
    if (ok) return;
    await sleep(200);
  }
  throw new Error(`MinIO did not answer at ${url} within 30 s`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([exit, sleep(5000).then(() => child.kill('SIGKILL'))]);
  await exit;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
