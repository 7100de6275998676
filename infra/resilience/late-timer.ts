/**
 * Timers for what is nearly always over before they matter: one is set only once this turn of the event loop has ended, and
 * not at all for work that ended in it, as reads of a store on the same machine do.
 */
export interface LateTimer {
  /** Nothing is called any more; may be said again. */
  end(): void;
}

interface Waiting extends LateTimer {
  isOver: boolean;
  begin(): void;
}

/** Those of this turn: one visit at its end is for all of them. */
let ofThisTurn: Waiting[] = [];

function beginAll(): void {
  const waiting = ofThisTurn;
  ofThisTurn = [];
  for (const one of waiting) if (!one.isOver) one.begin();
}

/** Calls so many milliseconds after the end of this turn. */
export function startLateTimer(delayMs: number, onTime: () => void): LateTimer {
  let timer: NodeJS.Timeout | undefined;
  const one: Waiting = {
    isOver: false,
    begin() {
      timer = setTimeout(onTime, delayMs);
    },
    end() {
      one.isOver = true;
      if (timer !== undefined) clearTimeout(timer);
    },
  };
  if (ofThisTurn.push(one) === 1) setImmediate(beginAll);
  return one;
}
