import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { MarqueeError } from '../../domain/errors.ts';
import type { PutCondition } from './port.ts';
import { denied, mayRetry, once, requireEtag, retrying, unavailable, type S3Settings } from './s3-client.ts';
import { classifyFailure } from './s3-failure.ts';
import { uploadInParts, type Upload } from './s3-multipart.ts';

const WRITER = 'marquee-writer';

/**
 * A put whose answer is true even when replies are lost. A try that got no certain answer, and a refusal, are followed
 * by reading back who wrote what is there now: our writer id means that the write was done. A try of ours that arrives
 * late cannot do harm: it carries the same condition.
 */
export async function putTruthfully(
  client: S3Client,
  settings: S3Settings,
  key: string,
  body: Uint8Array,
  condition?: PutCondition,
): Promise<{ etag: string }> {
  const writer = randomUUID();
  const upload: Upload = { key, body, headers: conditionHeaders(condition), metadata: { [WRITER]: writer } };
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return { etag: await write(client, settings, upload) };
    } catch (error) {
      const failure = classifyFailure(error);
      if (error instanceof MarqueeError && error.code === 'OBJECT_STORE_DENIED') throw error;
      if (failure === 'denied') throw denied(key, error);
      const found = await readBack(client, settings, key);
      if (found?.writer === writer) return { etag: found.etag };
      if (condition && failure !== 'unknown') {
        throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key }, { cause: error });
      }
      if (!(await mayRetry(settings, tries, startedAt))) throw unavailable(key, error);
    }
  }
}

/**
 * A body under a condition goes in one request up to this size: SeaweedFS 4.48 looks at the condition of an upload in parts
 * before it makes the object, not while, so that two of racing writers may both be told that they won. Above it, only a
 * store that keeps S3's promise (AWS, MinIO) has one winner; nothing of Marquee's that needs one is so large.
 */
const LARGEST_CONDITIONAL_PUT_BYTES = 64 * 2 ** 20;

async function write(client: S3Client, settings: S3Settings, upload: Upload): Promise<string> {
  const isConditional = Object.keys(upload.headers).length > 0;
  const largest = isConditional ? LARGEST_CONDITIONAL_PUT_BYTES : settings.multipartBytes;
  if (upload.body.byteLength > largest) return uploadInParts(client, settings, upload);
  const command = new PutObjectCommand({
    Bucket: settings.bucket,
    Key: upload.key,
    Body: upload.body,
    Metadata: upload.metadata,
    ...upload.headers,
  });
  const reply = await once(settings, (abortSignal) => client.send(command, { abortSignal }));
  return requireEtag(upload.key, reply.ETag);
}

async function readBack(client: S3Client, settings: S3Settings, key: string) {
  try {
    const reply = await retrying(settings, key, (abortSignal) =>
      client.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }), { abortSignal }),
    );
    return { etag: requireEtag(key, reply.ETag), writer: reply.Metadata?.[WRITER] };
  } catch (error) {
    if (classifyFailure(error) === 'missing') return undefined;
    throw error;
  }
}

function conditionHeaders(condition: PutCondition | undefined): Upload['headers'] {
  if (!condition) return {};
  return 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' };
}
