/** TLS and the API key of a connection to Temporal. */
import type { TLSConfig } from '@temporalio/client';
import type { Config } from '../config.ts';
import { readTlsFiles } from '../tls.ts';

export type TemporalSecurity = Partial<
  Pick<Config['temporal'], 'tls' | 'tlsCa' | 'tlsCert' | 'tlsKey' | 'apiKey'>
>;

/** Plain, as a server on this machine speaks, unless `tls` is set; certificates are always verified. */
export function temporalSecurity(settings: TemporalSecurity): { tls?: TLSConfig | true; apiKey?: string } {
  const { tls, apiKey } = settings;
  if (tls !== true) return {};
  const files = { ca: settings.tlsCa, cert: settings.tlsCert, key: settings.tlsKey };
  const { ca, cert: crt, key } = readTlsFiles(files, 'TEMPORAL_TLS');
  const isDefault = ca === undefined && crt === undefined;
  return {
    tls: isDefault
      ? true
      : {
          ...(ca && { serverRootCACertificate: ca }),
          ...(crt && key && { clientCertPair: { crt, key } }),
        },
    ...(apiKey !== undefined && { apiKey }),
  };
}
