/** What a client needs to speak TLS, from the files that settings name. */
import { readFileSync } from 'node:fs';
import { MarqueeError } from '../domain/errors.ts';

export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface TlsPem {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Throws CONFIG_INVALID naming the setting, for a file that cannot be read. `prefix` is that of the settings. */
export function readTlsFiles({ ca, cert, key }: TlsFiles, prefix: string): TlsPem {
  return {
    ...(ca !== undefined && { ca: readPem(ca, `${prefix}_CA`) }),
    ...(cert !== undefined && { cert: readPem(cert, `${prefix}_CERT`) }),
    ...(key !== undefined && { key: readPem(key, `${prefix}_KEY`) }),
  };
}

function readPem(path: string, setting: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'failed';
    const faults = `${setting} is ${JSON.stringify(path)}, which cannot be read (${why})`;
    throw new MarqueeError('CONFIG_INVALID', { faults }, { cause });
  }
}
