/** What operators do to versions that are published: pin one, let go of the pin, roll the current one back. */
import { MarqueeError } from '../../domain/errors.ts';
import {
  isRefused,
  servedVersion,
  type Pointer,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
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

export function createSteering({ views, announce }: SteeringDeps): Steering {
  async function pointerOf(view: ViewName): Promise<Pointer> {
    const pointer = await views.readPointer(view);
    if (pointer === undefined) throw new MarqueeError('VIEW_NOT_FOUND', { view, version: 'announced' });
    return pointer;
  }

  async function told(pointer: Pointer): Promise<boolean> {
    return announce(pointer).then(
      () => true,
      () => false,
    );
  }

  /** Also where nothing changed: an announcement that was lost is made good by doing it again. */
  async function steer(
    action: Steered['action'],
    before: Pointer,
    dryRun: boolean,
    foreseen: Pick<Pointer, 'version' | 'pin'>,
    move: () => Promise<Pointer>,
  ): Promise<Steered> {
    const after = dryRun ? { ...before, ...foreseen } : await move();
    const hasMoved = after.pin !== before.pin || after.version !== before.version;
    return {
      view: before.view,
      action,
      from: servedVersion(before),
      to: servedVersion(after),
      pinned: after.pin,
      changed: !dryRun && hasMoved,
      dryRun,
      notified: dryRun ? false : await told(after),
    };
  }

  return {
    async pin(view, version, dryRun = false) {
      const before = await pointerOf(view);
      await views.readManifest(view, version);
      const state = await views.readState(view, version);
      if (isRefused(state))
        throw new MarqueeError('VIEW_REJECTED', { view, version, rule: state, reason: 'it was refused' });
      return steer('pin', before, dryRun, { version: before.version, pin: version }, () =>
        views.pin(view, version),
      );
    },
    async unpin(view, dryRun = false) {
      const before = await pointerOf(view);
      return steer('unpin', before, dryRun, { version: before.version, pin: null }, () =>
        views.pin(view, null),
      );
    },
    async rollBack(view, reason, dryRun = false) {
      const before = await pointerOf(view);
      const { version } = before;
      const backup = await views.backupOf(view, version);
      if (backup === undefined)
        throw new MarqueeError('VIEW_NOT_FOUND', { view, version: `good before ${version}` });
      const pin = before.pin === version ? null : before.pin;
      return steer('roll-back', before, dryRun, { version: backup, pin }, () =>
        views.rollBack(view, version, { rule: OPERATOR, reason }),
      );
    },
  };
}
