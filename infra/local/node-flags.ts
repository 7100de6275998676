/** How Node.js is started; bin/launch.js, which runs before anything can be imported, names the same. */

/** For the stages that fold on one thread. */
export const FOLDING_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=64'] as const;

/** For who answers requests. */
export const SERVING_FLAGS = ['--heap-growing-percent=100', '--v8-pool-size=1'] as const;

/** For who counts and trains: large columns come and go outside of the heap, and each 64 MB of them would have all of it collected. */
export const WORKER_FLAGS = ['--single-threaded-gc', '--external-memory-accounted-in-global-limit'] as const;
