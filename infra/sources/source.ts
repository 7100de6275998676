/** Files that views are made from, wherever they lie, brought to local disk whole and with a checksum. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { ETAG, type SourceInput } from '../../domain/manifest.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { parseSource, type SourceAddress } from './address.ts';

/** A source as it was at one moment, in a file of our own. */
export interface SourceFile extends SourceInput {
  readonly path: string;
}

export interface Source {
  /** Its address without credentials and query. */
  readonly address: string;
  /**
   * Brings it into a folder. With `knownEtag`, undefined where the server says that it is still the same.
   * SOURCE_UNAVAILABLE, SOURCE_INVALID where it is larger than it may be; OBJECT_STORE_DENIED.
   */
  fetch(dir: string, knownEtag?: string | null): Promise<SourceFile | undefined>;
}

export interface SourceDeps {
  /** Objects of a bucket. */
  readonly openBucket: (bucket: string) => Pick<ObjectStore, 'get' | 'list'>;
  /** For the whole of an answer over HTTP. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What came, or undefined where it is known already. */
interface Opened {
  readonly body: AsyncIterable<Uint8Array>;
  readonly etag: string | null;
}

/** `text` is as configured: a path, an http(s) address or `s3://bucket/key`. Nothing is read before `fetch`. */
export function createSource(text: string, deps: SourceDeps): Source {
  const address = parseSource(text);
  const { shown } = address;
  return {
    address: shown,
    async fetch(dir, knownEtag = null) {
      try {
        const opened = await open(address, deps, knownEtag);
        if (opened === undefined) return undefined;
        const path = join(dir, 'source');
        const { bytes, sha256 } = await bring(opened.body, path, sizeCheck(shown, deps.maxBytes));
        return { source: shown, path, bytes, sha256, etag: usableEtag(opened.etag) };
      } catch (error) {
        if (isMarqueeError(error)) throw error;
        throw new MarqueeError(
          'SOURCE_UNAVAILABLE',
          { source: shown, reason: reasonOf(error) },
          { cause: error },
        );
      }
    },
  };
}

function open(
  address: SourceAddress,
  deps: SourceDeps,
  knownEtag: string | null,
): Promise<Opened | undefined> {
  switch (address.kind) {
    case 'file':
      return Promise.resolve({ body: createReadStream(address.path), etag: null });
    case 'http':
      return openHttp(address.url, deps.timeoutMs, knownEtag);
    case 's3':
      return openObject(address, deps, knownEtag);
  }
}

async function openHttp(url: URL, timeoutMs: number, knownEtag: string | null): Promise<Opened | undefined> {
  const { username, password } = url;
  const bare = new URL(url);
  bare.username = bare.password = '';
  const headers = new Headers({ accept: 'application/x-ndjson, application/gzip, */*' });
  if (knownEtag !== null) headers.set('if-none-match', knownEtag);
  if (username !== '') {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  const response = await fetch(bare, { headers, signal: AbortSignal.timeout(timeoutMs) });
  if (response.status === 304 && knownEtag !== null) return undefined;
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with status ${response.status}`);
  }
  const body = response.body === null ? [] : Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  return { body: Readable.from(body), etag: response.headers.get('etag') };
}

async function openObject(
  { bucket, key, shown }: SourceAddress & { kind: 's3' },
  { openBucket, maxBytes }: SourceDeps,
  knownEtag: string | null,
): Promise<Opened | undefined> {
  const store = openBucket(bucket);
  // Objects come whole into memory: how large one is must be known before.
  const [listed] = await store.list(key, { limit: 1 });
  if (listed?.key !== key) throw new Error('there is no such object');
  if (knownEtag !== null && listed.etag === knownEtag) return undefined;
  sizeCheck(shown, maxBytes)(listed.size);
  const found = await store.get(key);
  if (found === undefined) throw new Error('there is no such object');
  return { body: Readable.from([found.body]), etag: found.etag };
}

type CheckSize = (bytes: number) => void;

/** Throws SOURCE_INVALID for so many bytes where they are too many. */
function sizeCheck(source: string, maxBytes: number): CheckSize {
  return (bytes) => {
    if (bytes <= maxBytes) return;
    throw new MarqueeError('SOURCE_INVALID', { source, reason: `it has more than ${maxBytes} bytes` });
  };
}

async function bring(
  body: AsyncIterable<Uint8Array>,
  path: string,
  checkSize: CheckSize,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    body,
    async function* count(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.byteLength;
        checkSize(bytes);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return { bytes, sha256: hash.digest('hex') };
}

/** Servers may say anything; what a manifest cannot hold is no help. */
const usableEtag = (etag: string | null): string | null => (etag !== null && ETAG.test(etag) ? etag : null);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  return error.cause instanceof Error && error.message === 'fetch failed'
    ? error.cause.message
    : error.message;
}
