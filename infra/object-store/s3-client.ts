import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { classifyFailure, failureReason } from './s3-failure.ts';

/** Where the bucket is and how long to wait for it. Sizes in bytes, times in milliseconds. */
export type S3ObjectStoreOptions = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Longest wait for one request, its body included. */
  readonly requestTimeoutMs: number;
  /** Tries of one verb (default 4); no new try starts later than twice requestTimeoutMs after the first. */
  readonly maxAttempts?: number;
  /** Bodies above this are uploaded in parts (default 16 MiB). */
  readonly multipartBytes?: number;
  /** Size of each part but the last (default 8 MiB, at least 5 MiB by the S3 protocol). */
  readonly partBytes?: number;
  /** Keys asked for per listing request (default 1000, the most S3 gives). */
  readonly listPageKeys?: number;
  /** Connections kept at most (default 64). */
  readonly maxSockets?: number;
};

/** Options with every default filled in. */
export type S3Settings = Required<S3ObjectStoreOptions>;

export function fillDefaults(options: S3ObjectStoreOptions): S3Settings {
  return {
    maxAttempts: 4,
    multipartBytes: 16 * 1024 * 1024,
    partBytes: 8 * 1024 * 1024,
    listPageKeys: 1000,
    maxSockets: 64,
    ...options,
  };
}

/** The SDK's client without retries of its own: a retry it hides would turn a lost reply into a false 412. */
export function createClient(settings: S3Settings): S3Client {
  return new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: true,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      requestTimeout: settings.requestTimeoutMs,
      connectionTimeout: settings.requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: settings.maxSockets },
      httpsAgent: { keepAlive: true, maxSockets: settings.maxSockets },
    }),
  });
}

/** One try of something, under a signal that ends it (reading the body included) after requestTimeoutMs. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

/** Runs one attempt under its time limit. The SDK's own limit ends with the headers, not with the body. */
export function once<T>(settings: S3Settings, attempt: Attempt<T>): Promise<T> {
  return attempt(AbortSignal.timeout(settings.requestTimeoutMs));
}

/** Whether, after `tries` that began at `startedAt`, another may begin; waits a little before saying yes. */
export async function mayRetry(settings: S3Settings, tries: number, startedAt: number): Promise<boolean> {
  if (tries >= settings.maxAttempts) return false;
  await sleep(Math.min(50 * 2 ** tries, 1000) * (0.5 + Math.random() / 2));
  return performance.now() - startedAt < 2 * settings.requestTimeoutMs;
}

/** Repeats an attempt that may safely run twice. Throws what the server definitely said, or UNAVAILABLE. */
export async function retrying<T>(settings: S3Settings, key: string, attempt: Attempt<T>): Promise<T> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await once(settings, attempt);
    } catch (error) {
      if (error instanceof MarqueeError) throw error;
      const failure = classifyFailure(error);
      if (failure === 'denied') throw denied(key, error);
      if (failure !== 'unknown') throw error;
      if (!(await mayRetry(settings, tries, startedAt))) throw unavailable(key, error);
    }
  }
}

export function unavailable(key: string, cause: unknown): MarqueeError {
  return new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key, reason: failureReason(cause) }, { cause });
}

export function denied(key: string, cause: unknown): MarqueeError {
  return new MarqueeError('OBJECT_STORE_DENIED', { key, reason: failureReason(cause) }, { cause });
}

/** The etag of a reply; a server that gives none cannot hold pointers. */
export function requireEtag(key: string, etag: string | undefined): string {
  if (etag === undefined)
    throw new MarqueeError('OBJECT_STORE_DENIED', { key, reason: 'the reply has no ETag' });
  return etag;
}
