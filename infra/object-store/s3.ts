import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { selectKeys } from './listing.ts';
import type { ByteRange, ListedObject, ListOptions, ObjectStore, StoredObject } from './port.ts';
import {
  createClient,
  denied,
  fillDefaults,
  requireEtag,
  retrying,
  type S3ObjectStoreOptions,
  type S3Settings,
} from './s3-client.ts';
import { classifyFailure } from './s3-failure.ts';
import { putTruthfully } from './s3-put.ts';

export type { S3ObjectStoreOptions } from './s3-client.ts';

export type S3ObjectStore = ObjectStore & {
  /** Creates the bucket where it is missing; nothing happens when we already own it. */
  ensureBucket(): Promise<void>;
  /** Drops the connections; requests under way fail. */
  close(): void;
};

/** The object store on any S3 server with conditional writes: AWS, SeaweedFS, MinIO. Nothing connects before a verb does. */
export function createS3ObjectStore(options: S3ObjectStoreOptions): S3ObjectStore {
  const settings = fillDefaults(options);
  const client = createClient(settings);
  return {
    get: (key, range) => get(client, settings, key, range),
    put: (key, body, condition) => putTruthfully(client, settings, key, body, condition),
    list: (prefix, listOptions) => list(client, settings, prefix, listOptions),
    delete: (key) => remove(client, settings, key),
    ensureBucket: () => ensureBucket(client, settings),
    close: () => client.destroy(),
  };
}

async function get(
  client: S3Client,
  settings: S3Settings,
  key: string,
  range?: ByteRange,
): Promise<StoredObject | undefined> {
  // HTTP cannot ask for zero bytes (RFC 9110, section 14.1.1).
  if (range && range.to <= range.from) return emptyRange(client, settings, key);
  const command = new GetObjectCommand({
    Bucket: settings.bucket,
    Key: key,
    ...(range ? { Range: `bytes=${range.from}-${range.to - 1}` } : {}),
  });
  try {
    return await retrying(settings, key, async (abortSignal) => {
      const reply = await client.send(command, { abortSignal });
      const body = (await reply.Body?.transformToByteArray()) ?? new Uint8Array();
      return { body, etag: requireEtag(key, reply.ETag) };
    });
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure === 'missing') return undefined;
    if (failure === 'range') return emptyRange(client, settings, key);
    throw error;
  }
}

async function emptyRange(
  client: S3Client,
  settings: S3Settings,
  key: string,
): Promise<StoredObject | undefined> {
  const command = new HeadObjectCommand({ Bucket: settings.bucket, Key: key });
  try {
    const reply = await retrying(settings, key, (abortSignal) => client.send(command, { abortSignal }));
    return { body: new Uint8Array(), etag: requireEtag(key, reply.ETag) };
  } catch (error) {
    if (classifyFailure(error) === 'missing') return undefined;
    throw error;
  }
}

/**
 * Reads the whole listing under the prefix before it sorts and cuts: SeaweedFS lists folder by folder (`a/x` before
 * `a-b`) where S3 goes by the whole key, so a server's StartAfter or page is not a prefix of our order.
 */
async function list(
  client: S3Client,
  settings: S3Settings,
  prefix: string,
  options: ListOptions = {},
): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: settings.bucket,
      Prefix: prefix,
      MaxKeys: settings.listPageKeys,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const reply = await retrying(settings, prefix, (abortSignal) => client.send(command, { abortSignal }));
    for (const { Key: key, Size: size, ETag: etag } of reply.Contents ?? []) {
      if (key !== undefined) found.push({ key, size: size ?? 0, etag: requireEtag(key, etag) });
    }
    token = reply.IsTruncated ? reply.NextContinuationToken : undefined;
  } while (token !== undefined);
  return selectKeys(found, options);
}

async function remove(client: S3Client, settings: S3Settings, key: string): Promise<void> {
  const command = new DeleteObjectCommand({ Bucket: settings.bucket, Key: key });
  try {
    await retrying(settings, key, (abortSignal) => client.send(command, { abortSignal }));
  } catch (error) {
    if (classifyFailure(error) !== 'missing') throw error;
  }
}

async function ensureBucket(client: S3Client, settings: S3Settings): Promise<void> {
  const command = new CreateBucketCommand({ Bucket: settings.bucket });
  await retrying(settings, settings.bucket, async (abortSignal) => {
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      const { name } = error as { name?: string };
      if (name === 'BucketAlreadyExists') throw denied(settings.bucket, error);
      if (name !== 'BucketAlreadyOwnedByYou') throw error;
    }
  });
}
