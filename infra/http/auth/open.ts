/** Access of a process, opened from its configuration. */
import type { Config } from '../../config.ts';
import { openObjectStore } from '../../connections.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { createAccess, type Access } from './access.ts';
import { openAuthenticate } from './authenticate.ts';
import { refuseOpen } from './local-only.ts';

export interface OpenAccessDeps {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly log: Log;
  onClose(close: () => void): void;
}

/** An address that is listened on, and the setting that says so. */
export interface Bound {
  readonly setting: string;
  readonly host: string;
}

/**
 * Throws CONFIG_INVALID where one of the addresses would be open to others than this machine. Keys and the issuer are
 * asked once before it resolves; where they do not answer, nobody is let in until they do.
 */
export async function openAccessOf(deps: OpenAccessDeps, ...bound: readonly Bound[]): Promise<Access> {
  const { config, metrics, log, onClose } = deps;
  const { auth, limits } = config;
  for (const { setting, host } of bound) refuseOpen(auth, setting, host);
  const store = openObjectStore(config);
  onClose(store.close);
  const authenticate = await openAuthenticate({ config, store, log, onClose });
  return createAccess({ settings: { auth, limits }, authenticate, metrics, log });
}
