/** Who may do what: scopes, and the profiles that a caller reaches. What nothing allows is denied. */

/** What credentials may carry. A closed set: anything else in a token or a key grants nothing. */
export const SCOPES = ['events:write', 'rows:read', 'ops:read', 'ops:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Which profiles a caller may read and write events of. A union, so that no profile id can mean all of them. */
export type ProfileReach =
  | { readonly reach: 'any' }
  | { readonly reach: 'none' }
  | { readonly reach: 'one'; readonly profile: string };

export const NO_PROFILE: ProfileReach = { reach: 'none' };
export const ANY_PROFILE: ProfileReach = { reach: 'any' };

/** What a profile claim, or a key's profile, says when all profiles are meant. */
export const EVERY_PROFILE = '*';

export interface Caller {
  /** Names the credentials, never repeats them: what limits are kept by and what logs say. */
  readonly id: string;
  /** `anyone` where credentials are not asked for. */
  readonly kind: 'anyone' | 'key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
  readonly profiles: ProfileReach;
}

/** The known scopes among words with spaces between (RFC 6749, section 3.3) or in a list; others grant nothing. */
export function scopesIn(granted: unknown): ReadonlySet<Scope> {
  const words: unknown = typeof granted === 'string' ? granted.split(' ') : granted;
  return new Set(Array.isArray(words) ? SCOPES.filter((scope) => words.includes(scope)) : []);
}

/** Anything but a text reaches none: a claim that is missing or of another shape is no permission. */
export function reachOf(profile: unknown): ProfileReach {
  if (typeof profile !== 'string' || profile === '') return NO_PROFILE;
  return profile === EVERY_PROFILE ? ANY_PROFILE : { reach: 'one', profile };
}

export function mayTouch({ profiles }: Pick<Caller, 'profiles'>, profile: string): boolean {
  return profiles.reach === 'any' || (profiles.reach === 'one' && profiles.profile === profile);
}
