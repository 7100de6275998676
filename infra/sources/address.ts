import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where a source lies. `shown` is its address as logs and manifests name it: without credentials and query. */
export type SourceAddress =
  | { readonly kind: 'file'; readonly shown: string; readonly path: string }
  | { readonly kind: 'http'; readonly shown: string; readonly url: URL }
  | { readonly kind: 's3'; readonly shown: string; readonly bucket: string; readonly key: string };

/** What a configured source may be: `s3://bucket/key`, an http or https address, or the path of a file. */
export const SOURCE_TEXT =
  /^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/\S+|https?:\/\/\S+|(?![a-z0-9+]+:\/\/).+)$/;

export function parseSource(text: string): SourceAddress {
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/.exec(text);
  if (s3 !== null) {
    const [, bucket = '', key = ''] = s3;
    return { kind: 's3', shown: `s3://${bucket}/${encodeURI(key)}`, bucket, key };
  }
  if (/^https?:\/\//.test(text)) {
    const url = new URL(text);
    return { kind: 'http', shown: `${url.origin}${url.pathname}`, url };
  }
  const path = resolve(text);
  return { kind: 'file', shown: pathToFileURL(path).href, path };
}
