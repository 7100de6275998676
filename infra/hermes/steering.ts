/** What operators do to versions that are published: pin one, let go of the pin, roll the current one back. */
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { draftNotice, type Notice, type NoticeParts } from '../../domain/notices/notice.ts';
import {
  isRefused,
  servedVersion,
  type Pointer,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import type { Outbox } from '../notices/outbox.ts';
import type { ViewRepository } from './repository.ts';

export const STEERINGS = ['pin', 'unpin', 'roll-back'] as const;

export interface Steered {
  readonly view: ViewName;
  readonly action: (typeof STEERINGS)[number];
  /** What subscribers were to serve before, and are to serve now. */
  readonly from: ViewVersion;
  readonly to: ViewVersion;
  readonly pinned: ViewVersion | null;
  /** False where it was so already, and in a dry run. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  /** False when the announcement could not be sent: subscribers find out at their next look at the pointer. */
  readonly notified: boolean;
}

export interface SteeringDeps {
  readonly views: Pick<
    ViewRepository,
    'readPointer' | 'readState' | 'readManifest' | 'pin' | 'rollBack' | 'backupOf'
  >;
  /** Tells subscribers where the pointer points. */
  readonly announce: (pointer: Pointer) => Promise<void>;
  /** Where what operators did waits to be told; a change stands although it cannot be kept there. */
  readonly outbox: Pick<Outbox, 'put'>;
  readonly region: Region;
  /** Clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface Steering {
  /** Throws VIEW_NOT_FOUND, VIEW_CORRUPT or VIEW_REJECTED for a version that must not be served. */
  pin(view: ViewName, version: ViewVersion, dryRun?: boolean): Promise<Steered>;
  unpin(view: ViewName, dryRun?: boolean): Promise<Steered>;
  /** Refuses the announced version for good. VIEW_NOT_FOUND where there is no good one before it. */
  rollBack(view: ViewName, reason: string, dryRun?: boolean): Promise<Steered>;
}

/** The rule under which an operator's refusals are kept. */
const OPERATOR = 'operator';

/** What a steering does, and what it would do. */
interface Move {
  readonly action: Steered['action'];
  readonly before: Pointer;
  readonly dryRun: boolean;
  readonly foreseen: Pick<Pointer, 'version' | 'pin'>;
  readonly move: () => Promise<Pointer>;
  readonly told: (after: Pointer) => Omit<NoticeParts, 'region'>;
}

export function createSteering({ views, announce, outbox, region, now = Date.now }: SteeringDeps): Steering {
  async function pointerOf(view: ViewName): Promise<Pointer> {
    const pointer = await views.readPointer(view);
    if (pointer === undefined) throw new MarqueeError('VIEW_NOT_FOUND', { view, version: 'announced' });
    return pointer;
  }

  async function tell(pointer: Pointer): Promise<boolean> {
    return announce(pointer).then(
      () => true,
      () => false,
    );
  }

  async function record(parts: Omit<NoticeParts, 'region'>): Promise<void> {
    const notice: Notice = { ...draftNotice({ ...parts, region }), at: new Date(now()).toISOString() };
    await outbox.put(notice).catch(() => undefined);
  }

  /** What is told of a change of which there is no more to know. */
  const noticeOf = (kind: 'pinned' | 'unpinned', pointer: Pointer): Omit<NoticeParts, 'region'> => {
    const served = servedVersion(pointer);
    return { kind, view: pointer.view, version: served, served, unique: `${served}-${now()}` };
  };

  /** Also where nothing changed: an announcement that was lost is made good by doing it again. */
  async function steer({ action, before, dryRun, foreseen, move, told }: Move): Promise<Steered> {
    const after = dryRun ? { ...before, ...foreseen } : await move();
    // Whoever publishes meanwhile changes the version as well, and no pin.
    const hasMoved = after.pin !== before.pin || (action === 'roll-back' && after.version !== before.version);
    const changed = !dryRun && hasMoved;
    if (changed) await record(told(after));
    return {
      ...{ view: before.view, action, from: servedVersion(before), to: servedVersion(after) },
      ...{ pinned: after.pin, changed, dryRun },
      notified: dryRun ? false : await tell(after),
    };
  }

  return {
    async pin(view, version, dryRun = false) {
      const before = await pointerOf(view);
      await views.readManifest(view, version);
      const state = await views.readState(view, version);
      if (isRefused(state))
        throw new MarqueeError('VIEW_REJECTED', { view, version, rule: state, reason: 'it was refused' });
      return steer({
        ...{ action: 'pin', before, dryRun, foreseen: { version: before.version, pin: version } },
        move: () => views.pin(view, version),
        told: (after) => noticeOf('pinned', after),
      });
    },
    async unpin(view, dryRun = false) {
      const before = await pointerOf(view);
      return steer({
        ...{ action: 'unpin', before, dryRun, foreseen: { version: before.version, pin: null } },
        move: () => views.pin(view, null),
        told: (after) => noticeOf('unpinned', after),
      });
    },
    async rollBack(view, reason, dryRun = false) {
      const before = await pointerOf(view);
      const { version } = before;
      const backup = await views.backupOf(view, version);
      if (backup === undefined)
        throw new MarqueeError('VIEW_NOT_FOUND', { view, version: `good before ${version}` });
      const pin = before.pin === version ? null : before.pin;
      const refusal = { rule: OPERATOR, reason };
      return steer({
        ...{ action: 'roll-back', before, dryRun, foreseen: { version: backup, pin } },
        move: () => views.rollBack(view, version, refusal),
        told: (after) => ({
          ...{ kind: 'rolled-back', view, version, served: servedVersion(after) },
          ...{ ...refusal, unique: version },
        }),
      });
    },
  };
}
