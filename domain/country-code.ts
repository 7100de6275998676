/** Countries as small numbers: ISO 3166-1 alpha-2 in ten bits. */

/** Two capital letters, five bits each. */
export const countryCode = (first: number, second: number): number => ((first & 31) << 5) | (second & 31);
export const COUNTRY_CODES = 1024;
const COUNTRY_NAMES = Array.from({ length: COUNTRY_CODES }, (_, code) =>
  String.fromCharCode(64 + (code >> 5), 64 + (code & 31)),
);
/** The inverse, for codes of capital letters. */
export const countryOfCode = (code: number): string => COUNTRY_NAMES[code]!;
