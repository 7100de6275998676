/** Has every change that an operator asks for recorded, before it is done and when it has ended. */
import { randomUUID } from 'node:crypto';
import type { Log } from '../../log.ts';
import type { OperatorLog } from '../operator-log.ts';
import type { Access } from './access.ts';
import type { GateDeps } from './gate.ts';

const LONGEST_PATH = 400;

/** For `onAdmitted` of a gate: what cannot be recorded is refused with OPERATOR_LOG_UNAVAILABLE. */
export function recordChanges(
  record: OperatorLog['record'],
  access: Pick<Access, 'addressOf'>,
  log: Log,
): NonNullable<GateDeps['onAdmitted']> {
  return async (request, response, { rule }, caller) => {
    if (rule.needs !== 'ops:write') return;
    const what = `${request.method} ${request.path.slice(0, LONGEST_PATH)}`;
    const entry = { action: randomUUID(), who: caller.id, from: access.addressOf(request), what };
    await record({ ...entry, state: 'begun' });
    response.once('close', () => {
      const outcome = response.writableFinished ? response.statusCode : 'cut off';
      record({ ...entry, state: 'ended', outcome }).catch((err: unknown) => {
        log.error({ err, ...entry, outcome }, "how an operator's action ended could not be recorded");
      });
    });
  };
}
