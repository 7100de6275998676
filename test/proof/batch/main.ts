/**
 * `npm run prove:batch -- <proof> [--json]`: what the batch side promises, on real servers that are configured or run already,
 * else private ones. Talk goes to stderr, figures to stdout.
 *
 * Exit codes: 0 proven, 1 a difference or a failure, 2 wrong options, 3 a server cannot be had.
 */
import { EXIT, runProof, say } from '../proof.ts';

/** Each takes the options after its name and resolves with an exit code. */
const PROOFS: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<number> }>>> = {
  backfill: () => import('../backfill/main.ts'),
  kills: () => import('../batch-kills/main.ts'),
  canary: () => import('../canary/main.ts'),
  publish: () => import('../publish/main.ts'),
  erasure: () => import('../erasure/main.ts'),
  lake: () => import('../lake/main.ts'),
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const open = Object.hasOwn(PROOFS, name) ? PROOFS[name] : undefined;
  if (open !== undefined) return (await open()).main(args);
  say(`Usage: npm run prove:batch -- <${Object.keys(PROOFS).join(' | ')}> [--json]`);
  return EXIT.usage;
}

await runProof(main);
