/**
 * How long work waits in this process before it is begun: the delay of its event loop. The least of the last moments
 * counts, as in CoDel (Nichols and Jacobson, Controlling Queue Delay, 2012): a queue that stands, not one long turn.
 */
export interface LoopLag {
  /** Milliseconds. */
  read(): number;
  stop(): void;
}

const TICK_MS = 10;
/** So many ticks in a row have to be late. */
const TICKS = 2;

/** Does not keep the process alive. */
export function watchLoopLag(now: () => number = () => performance.now()): LoopLag {
  const lags = new Float64Array(TICKS);
  let last = now();
  let tick = 0;
  let least = 0;
  const timer = setInterval(() => {
    const at = now();
    lags[tick % TICKS] = Math.max(0, at - last - TICK_MS);
    last = at;
    tick += 1;
    least = Math.min(...lags);
  }, TICK_MS);
  timer.unref();
  return { read: () => least, stop: () => clearInterval(timer) };
}
