/** A benchmark's own process: runs the one whose module it is given, says what it says, and its figures at the end. */
import type { Benchmark, Figures } from './benchmark.ts';

export interface Told {
  readonly line?: string;
  readonly figures?: Figures;
}

const [module = '', ...args] = process.argv.slice(2);
const { measured } = (await import(module)) as { measured: Benchmark };
const tell = (told: Told): void => void process.send?.(told);
// Whoever asked is gone: servers that were started for it are stopped as on a signal.
const orphaned = (): void => void process.kill(process.pid, 'SIGTERM');
process.on('disconnect', orphaned);
const figures = await measured({
  say: (line) => tell({ line }),
  option: (name, otherwise) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise,
});
tell({ figures });
process.off('disconnect', orphaned);
process.disconnect?.();
