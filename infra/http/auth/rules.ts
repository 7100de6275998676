/** Which path needs what. A path without a rule is denied, so a route that nobody thought of is closed. */
import type { Scope } from '../../../domain/access.ts';

export interface AccessRule {
  /** As routes are written: `/v1/profiles/:profile/*`. `:profile` is the profile asked for; a last `*` is any rest. */
  readonly path: string;
  /** All of them unless given. HEAD goes with GET; OPTIONS, which asks for the methods, goes with any. */
  readonly methods?: readonly string[];
  readonly needs: Scope | 'nothing' | 'any caller';
}

export interface FoundRule {
  readonly rule: AccessRule;
  /** The profile that the path names. */
  readonly profile?: string;
}

export interface AccessRules {
  /** The first rule that fits; undefined where none does, or where the path is no UTF-8. */
  find(method: string, path: string): FoundRule | undefined;
}

/** Literal parts are matched in any case, because routes are; what no route matches cannot be asked for. */
export function createAccessRules(rules: readonly AccessRule[]): AccessRules {
  const all = rules.map((rule) => ({ rule, parts: rule.path.toLowerCase().split('/') }));
  return {
    find(method, path) {
      const asked = path.split('/');
      // A route answers with or without a slash at its end.
      if (asked.length > 2 && asked.at(-1) === '') asked.pop();
      const verb = method === 'HEAD' ? 'GET' : method;
      for (const { rule, parts } of all) {
        if (verb !== 'OPTIONS' && rule.methods?.includes(verb) === false) continue;
        if (!fits(parts, asked)) continue;
        const at = parts.indexOf(':profile');
        if (at < 0) return { rule };
        const profile = decoded(asked[at] ?? '');
        return profile === undefined ? undefined : { rule, profile };
      }
      return undefined;
    },
  };
}

function fits(parts: readonly string[], asked: readonly string[]): boolean {
  const isOpen = parts.at(-1) === '*';
  const fixed = isOpen ? parts.length - 1 : parts.length;
  if (isOpen ? asked.length < fixed : asked.length !== fixed) return false;
  for (let i = 0; i < fixed; i += 1) {
    const part = parts[i] ?? '';
    if (part !== asked[i] && !part.startsWith(':') && part !== asked[i]?.toLowerCase()) return false;
  }
  return true;
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
