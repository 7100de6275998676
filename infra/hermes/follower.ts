import { isMarqueeError } from '../../domain/errors.ts';
import { servedVersion, type Pointer, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { LocalCopies } from './local-copies.ts';
import type { StoredManifest } from './parts.ts';
import { createRefusals } from './refusals.ts';
import type { LoadedView, SubscribeOptions, SubscriberDeps, SubscriptionStatus } from './subscriber.ts';

const KEPT_VERSIONS = 2;
/** Nothing is wrong with a version while these are not there: it is tried again at every look. */
const SERVERS_AWAY = ['OBJECT_STORE_UNAVAILABLE', 'CASSANDRA_UNAVAILABLE'] as const;

/** One look at the pointer after the other, and what to do about it. Looks must not overlap. */
export function createFollower<T>(
  deps: SubscriberDeps,
  copies: LocalCopies,
  view: ViewName,
  { load, onVersion }: SubscribeOptions<T>,
) {
  const { repository, pollIntervalMs, keepVersions = KEPT_VERSIONS, now = Date.now } = deps;
  const log = deps.log.child({ view });
  const refusals = createRefusals(pollIntervalMs);
  let live: (LoadedView<T> & { readonly sha256: string }) | undefined;
  let pointer: Pointer | undefined;
  let lastError: SubscriptionStatus['lastError'] = null;
  const followsSince = now();
  /** The announcement that a pin kept from being served. */
  let passedOver: string | undefined;
  let loadLagMs: number | null = null;

  async function swapIn(stored: StoredManifest, source: 'store' | 'disk'): Promise<void> {
    const { manifest, sha256 } = stored;
    const value = await load(copies.versionDir(manifest.version), manifest);
    const loaded = {
      version: manifest.version,
      manifest,
      value,
      source,
      loadedAt: new Date(now()).toISOString(),
      sha256,
    };
    live = loaded;
    loadLagMs = lagOfLoading(loaded.version);
    log.info({ version: loaded.version, source }, 'view loaded');
    onVersion?.(loaded);
  }

  /** A local copy that was checked, downloaded first where there is none or where it is damaged. */
  async function obtain(version: ViewVersion, expected: string | undefined): Promise<StoredManifest> {
    const local = await checkedCopy(version, expected);
    return local ?? (await copies.download(repository, version, expected));
  }

  async function checkedCopy(
    version: ViewVersion,
    expected: string | undefined,
  ): Promise<StoredManifest | undefined> {
    try {
      const local = await copies.check(version);
      if (!local || expected === undefined || local.sha256 === expected) return local;
      log.warn({ version }, 'local copy of a view has another manifest than announced: discarded');
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_CORRUPT')) throw error;
      log.warn({ version, reason: error.message }, 'local copy of a view is corrupt: discarded');
    }
    await copies.discard(version);
    return undefined;
  }

  async function adopt(version: ViewVersion, expected: string | undefined): Promise<void> {
    const stored = await obtain(version, expected);
    await swapIn(stored, 'store');
    await copies.markGood({ version, manifestSha256: stored.sha256 });
    await copies.prune(version, keepVersions);
  }

  /** Brings the served version up to what the pointer says. Failures end in `status` and the log, not in a throw. */
  async function look(): Promise<void> {
    try {
      pointer = await repository.readPointer(view);
    } catch (error) {
      noteUnreachable(error);
      return;
    }
    if (!pointer) return;
    const version = servedVersion(pointer);
    if (version !== pointer.version) passedOver = pointer.announcedAt;
    const expected = version === pointer.version ? pointer.manifestSha256 : undefined;
    if (live?.version === version && (expected === undefined || live.sha256 === expected)) {
      if (live.source === 'disk') live = { ...live, source: 'store' };
      settle();
      return;
    }
    const key = `${version} ${expected ?? 'pinned'}`;
    if (refusals.mustWait(key, now())) return;
    try {
      await adopt(version, expected);
      settle();
    } catch (error) {
      const isAway = SERVERS_AWAY.some((code) => isMarqueeError(error, code));
      if (isAway) noteUnreachable(error);
      else noteRefused(version, key, error);
    }
  }

  function settle(): void {
    if (lastError !== null) log.info({ version: live?.version }, 'view is up to date again');
    lastError = null;
    refusals.clear();
  }

  function noteUnreachable(error: unknown): void {
    const described = describe(error);
    if (lastError?.code !== described.code) {
      log.warn(
        { ...described, serving: live?.version ?? null },
        'view cannot be read: what is loaded keeps serving',
      );
    }
    lastError = described;
  }

  function noteRefused(version: ViewVersion, key: string, error: unknown): void {
    lastError = describe(error);
    if (!refusals.add(key, now())) return;
    log.error(
      { version, ...lastError, serving: live?.version ?? null },
      'view version refused: the one before keeps serving',
    );
  }

  /** Serves the first local copy that is whole; nothing is asked of the store. */
  async function loadLastGood(): Promise<void> {
    for (const { version, expected } of await candidates()) {
      const stored = await checkedCopy(version, expected);
      if (!stored) continue;
      try {
        await swapIn(stored, 'disk');
        return;
      } catch (error) {
        log.error({ version, ...describe(error) }, 'local copy of a view cannot be loaded');
      }
    }
  }

  /** The last good version, older ones, and only then newer ones: those were never served. */
  async function candidates(): Promise<{ version: ViewVersion; expected?: string }[]> {
    const stored = (await copies.stored()).map((version) => ({ version }));
    try {
      const good = await copies.lastGood();
      if (!good) return stored;
      const last = { version: good.version, expected: good.manifestSha256 };
      const older = stored.filter(({ version }) => version < good.version);
      return [last, ...older, ...stored.filter(({ version }) => version > good.version)];
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_CORRUPT')) throw error;
      log.warn({ reason: error.message }, 'note of the last good local copy is corrupt: ignored');
      return stored;
    }
  }

  /** Null unless it was announced, and could be served, while this follower was there. */
  function lagOfLoading(version: ViewVersion): number | null {
    if (pointer?.version !== version || pointer.announcedAt === passedOver) return null;
    const announced = Date.parse(pointer.announcedAt);
    return announced >= followsSince ? Math.max(0, now() - announced) : null;
  }

  function lagMs(): number | null {
    if (!pointer) return null;
    return live?.version === servedVersion(pointer)
      ? 0
      : Math.max(0, now() - Date.parse(pointer.announcedAt));
  }

  function status(): SubscriptionStatus {
    return {
      view,
      version: live?.version ?? null,
      pinned: pointer?.pin ?? null,
      source: live?.source ?? null,
      loadedAt: live?.loadedAt ?? null,
      loadLagMs,
      lagMs: lagMs(),
      refused: refusals.total(),
      lastError,
    };
  }

  return { look, loadLastGood, status, current: (): LoadedView<T> | undefined => live };
}

function describe(error: unknown): { code: string; message: string } {
  if (isMarqueeError(error)) return { code: error.code, message: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : 'INTERNAL', message: String(message ?? error) };
}
