import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { once, requireEtag, retrying, type S3Settings } from './s3-client.ts';

const PARALLEL_PARTS = 3;

/** One object to be written; every try of one put carries the same writer id in the object's metadata. */
export type Upload = {
  readonly key: string;
  readonly body: Uint8Array;
  readonly headers: { IfMatch?: string; IfNoneMatch?: string };
  readonly metadata: Record<string, string>;
};

/**
 * Uploads a body in parts and makes it visible in one step, under the upload's condition. Throws the server's own
 * error when the last step fails; the parts are then given back. Returns the etag.
 */
export async function uploadInParts(client: S3Client, settings: S3Settings, upload: Upload): Promise<string> {
  const target = { Bucket: settings.bucket, Key: upload.key };
  const created = await retrying(settings, upload.key, (abortSignal) =>
    client.send(new CreateMultipartUploadCommand({ ...target, Metadata: upload.metadata }), { abortSignal }),
  );
  const session = { ...target, UploadId: created.UploadId };
  try {
    const parts = await sendParts(client, settings, upload, session);
    const complete = new CompleteMultipartUploadCommand({
      ...session,
      MultipartUpload: { Parts: parts },
      ...upload.headers,
    });
    const reply = await once(settings, (abortSignal) => client.send(complete, { abortSignal }));
    return requireEtag(upload.key, reply.ETag);
  } catch (error) {
    // A lost reply to the last step may hide a finished upload; aborting it is then answered with "no such upload".
    await once(settings, (abortSignal) =>
      client.send(new AbortMultipartUploadCommand(session), { abortSignal }),
    ).catch(() => undefined);
    throw error;
  }
}

async function sendParts(
  client: S3Client,
  settings: S3Settings,
  upload: Upload,
  session: { Bucket: string; Key: string; UploadId: string | undefined },
): Promise<CompletedPart[]> {
  const count = Math.ceil(upload.body.byteLength / settings.partBytes);
  const parts: CompletedPart[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const from = index * settings.partBytes;
      const body = upload.body.subarray(from, from + settings.partBytes);
      const command = new UploadPartCommand({ ...session, PartNumber: index + 1, Body: body });
      const reply = await retrying(settings, upload.key, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      parts[index] = { PartNumber: index + 1, ETag: requireEtag(upload.key, reply.ETag) };
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL_PARTS, count) }, lane));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return parts;
}
