/** `/v1/ops/parity`: what comparing the lanes found. Read only. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { ParityState } from '../../domain/parity/state.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import { parityQuery } from './parity-schemas.ts';

/** Port: what is remembered of the comparison; undefined before the first run. Throws OBJECT_STORE_UNAVAILABLE. */
export type ReadParity = () => Promise<ParityState | undefined>;

export interface ParityRouteDeps {
  /** Undefined where this process has no access to it. */
  readonly readParity: ReadParity | undefined;
  readonly deadlineMs: number;
}

export function createParityRouter({ readParity, deadlineMs }: ParityRouteDeps): Router {
  const router = Router();
  router.get('/v1/ops/parity', async (request, response) => {
    const { limit } = readInput(parityQuery, request.query);
    if (readParity === undefined) throw unavailable('this process is not connected to it');
    const late = (): MarqueeError => unavailable(`no answer within ${deadlineMs} ms`);
    const state = await withDeadline(readParity(), deadlineMs, late);
    response.json({
      open: state?.open ?? [],
      exclusions: state?.exclusions ?? [],
      reports: state?.reports.slice(0, limit) ?? [],
    });
  });
  return router;
}

const unavailable = (reason: string): MarqueeError =>
  new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: 'parity.json', reason });
