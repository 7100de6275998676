/**
 * How Node.js is started for the stages that fold on one thread; bin/launch.js, which runs before anything can be imported,
 * names the same.
 */
export const FOLDING_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=64'] as const;
