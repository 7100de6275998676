/**
 * Order of texts by code point, which is the byte order of their UTF-8 form: what databases sort by. Operators on strings
 * compare UTF-16 units, which puts characters beyond the basic plane before some within it. Negative, zero or positive.
 */
export function compareTexts(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return inOrder(left) - inOrder(right);
  }
  return a.length - b.length;
}

/** Moves surrogates (D800–DFFF) above the rest of the basic plane (RFC 2781, section 2). */
function inOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
