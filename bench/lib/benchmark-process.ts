/** A benchmark's own process: runs the one whose module it is given, says what it says, and its figures at the end. */
import { isMarqueeError, type MarqueeError } from '../../domain/errors.ts';
import { optionsIn, type Benchmark, type Figures } from './benchmark.ts';

export interface Told {
  readonly line?: string;
  readonly figures?: Figures;
  /** Why there are none, where that is known. */
  readonly failure?: Pick<MarqueeError, 'code' | 'details'>;
}

const [module = '', ...args] = process.argv.slice(2);
const { measured } = (await import(module)) as { measured: Benchmark };
const tell = (told: Told): void => void process.send?.(told);
// Whoever asked is gone: servers that were started for it are stopped as on a signal.
const orphaned = (): void => void process.kill(process.pid, 'SIGTERM');
process.on('disconnect', orphaned);
try {
  const figures = await measured({
    say: (line) => tell({ line }),
    option: optionsIn(args),
  });
  tell({ figures });
} catch (error) {
  if (!isMarqueeError(error)) throw error;
  tell({ failure: { code: error.code, details: error.details } });
} finally {
  process.off('disconnect', orphaned);
  process.disconnect?.();
}
