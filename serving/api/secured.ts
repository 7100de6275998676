/** Says in the OpenAPI document what each operation needs, from the rules that see to it. */
import { createAccessRules, type AccessRule } from '../../infra/http/auth/rules.ts';
import { OPS_RULES, PUBLIC_RULES } from '../access.ts';
import type { OpenApiDocument } from './document.ts';

const SCHEME = 'bearer';
const DESCRIPTION =
  'An API key, or an access token (JWT, RFC 9068). Asked for unless AUTH_MODE is off. The names beside it are scopes; ' +
  'where a path names a profile, the credentials must be for it.';
const VERBS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export function withSecurity(document: OpenApiDocument): OpenApiDocument {
  const rules = [PUBLIC_RULES, OPS_RULES].map((each: readonly AccessRule[]) => createAccessRules(each));
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => {
    const secured: Record<string, unknown> = { ...item };
    for (const verb of VERBS) {
      const operation = item[verb];
      const needs = rules.map((each) => each.find(verb.toUpperCase(), path)).find((found) => found)
        ?.rule.needs;
      if (operation === undefined || needs === undefined || needs === 'nothing') continue;
      secured[verb] = { ...operation, security: [{ [SCHEME]: needs === 'any caller' ? [] : [needs] }] };
    }
    return [path, secured] as const;
  });
  const securitySchemes = { [SCHEME]: { type: 'http', scheme: SCHEME, description: DESCRIPTION } } as const;
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: { ...document.components, securitySchemes },
  };
}
