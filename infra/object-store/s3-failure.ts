/**
 * What a failed S3 request says: the condition did not hold, there is no such object, the range lies past its end, we
 * are not allowed (or the request can never succeed), or nothing certain, the work may have been done or not.
 */
export type S3Failure = 'precondition' | 'missing' | 'range' | 'denied' | 'unknown';

/** Reads the HTTP status and S3's error code (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
export function classifyFailure(error: unknown): S3Failure {
  const { status, name } = describe(error);
  if (status === 412) return 'precondition';
  if (status === 404) return name === 'NoSuchBucket' ? 'denied' : 'missing';
  if (status === 416) return 'range';
  // 408, 409 ConditionalRequestConflict, 429 and 400 RequestTimeout ask for another try.
  if (status === 408 || status === 409 || status === 429 || name === 'RequestTimeout') return 'unknown';
  if (status !== undefined && ((status >= 400 && status < 500) || status === 501)) return 'denied';
  return 'unknown';
}

/** One line for an operator: S3's code, or the socket's, with the message. Never holds a secret. */
export function failureReason(error: unknown): string {
  const { status, name, message } = describe(error);
  return [name, status === undefined ? undefined : `HTTP ${status}`, message].filter(Boolean).join(', ');
}

function describe(error: unknown): { status: number | undefined; name: string; message: string } {
  if (typeof error !== 'object' || error === null)
    return { status: undefined, name: '', message: String(error) };
  const shape = error as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const status = shape.$metadata?.httpStatusCode;
  const name = status === undefined && typeof shape.code === 'string' ? shape.code : textOf(shape.name);
  return { status, name, message: textOf(shape.message) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
