/** What callers need on serving's two ports, and the gates that see to it. A path that is not here is denied. */
import type { Config } from '../infra/config.ts';
import type { Access } from '../infra/http/auth/access.ts';
import { openAccess } from '../infra/http/auth/access.ts';
import { createGate, UNLIMITED, type Gate } from '../infra/http/auth/gate.ts';
import { recordChanges } from '../infra/http/auth/record-changes.ts';
import { createAccessRules, type AccessRule } from '../infra/http/auth/rules.ts';
import type { OperatorLog } from '../infra/http/operator-log.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';

const PROBES: readonly AccessRule[] = [
  { path: '/livez', needs: 'nothing' },
  { path: '/readyz', needs: 'nothing' },
  { path: '/metrics', methods: ['GET'], needs: 'ops:read' },
];

const DOCS: readonly AccessRule[] = [
  { path: '/openapi.json', methods: ['GET'], needs: 'any caller' },
  { path: '/docs/*', methods: ['GET'], needs: 'any caller' },
];

/** Of the port that apps and back ends ask. */
export const PUBLIC_RULES: readonly AccessRule[] = [
  ...PROBES,
  ...DOCS,
  { path: '/v1/profiles/:profile/*', methods: ['GET'], needs: 'rows:read' },
  { path: '/v1/home', methods: ['GET'], needs: 'rows:read' },
  { path: '/v1/rows/*', methods: ['GET'], needs: 'rows:read' },
  { path: '/v1/titles/*', methods: ['GET'], needs: 'rows:read' },
  { path: '/v1/views/*', methods: ['GET'], needs: 'rows:read' },
];

/** Of the operators' port. */
export const OPS_RULES: readonly AccessRule[] = [
  ...PROBES,
  ...DOCS,
  { path: '/v1/ops/*', methods: ['GET'], needs: 'ops:read' },
  { path: '/v1/analytics/*', methods: ['GET'], needs: 'ops:read' },
  { path: '/v1/ops/*', methods: ['POST', 'PUT', 'PATCH', 'DELETE'], needs: 'ops:write' },
];

export interface ServingAccess {
  readonly access: Access;
  readonly limits: Pick<
    Config['limits'],
    'servingRequestsPerMinute' | 'profileRequestsPerMinute' | 'opsRequestsPerMinute' | 'requestsAtOnce'
  >;
  readonly operatorLog: OperatorLog;
}

export interface ServingGates {
  readonly open: Gate;
  readonly ops: Gate;
}

/** Without `given` everybody may do everything that has a rule, without limits. */
export function createServingGates(
  given: ServingAccess | undefined,
  metrics: Metrics,
  log: Log,
): ServingGates {
  const rules = { open: createAccessRules(PUBLIC_RULES), ops: createAccessRules(OPS_RULES) };
  if (given === undefined) {
    const access = openAccess(metrics, log);
    return {
      open: createGate({ access, rules: rules.open, limits: UNLIMITED }),
      ops: createGate({ access, rules: rules.ops, limits: UNLIMITED }),
    };
  }
  const { access, limits, operatorLog } = given;
  const atOnce = limits.requestsAtOnce;
  const ops = limits.opsRequestsPerMinute;
  return {
    open: createGate({
      ...{ access, rules: rules.open },
      limits: {
        perMinute: limits.servingRequestsPerMinute,
        perMinuteOfProfile: limits.profileRequestsPerMinute,
        atOnce,
      },
    }),
    ops: createGate({
      ...{ access, rules: rules.ops },
      limits: { perMinute: ops, perMinuteOfProfile: ops, atOnce },
      onAdmitted: recordChanges(operatorLog.record, access, log),
    }),
  };
}
