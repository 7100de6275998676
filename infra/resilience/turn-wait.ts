/**
 * How long a request has waited in this turn of the event loop: requests that are ready at the same time are begun one
 * after the other, and the last one waits for all before it. Known at once, where the delay of the loop is known afterwards.
 */
export interface TurnWait {
  /** Milliseconds since the first call in this turn. */
  read(): number;
}

export function watchTurnWait(now: () => number = () => performance.now()): TurnWait {
  let began: number | undefined;
  const end = (): void => {
    began = undefined;
  };
  return {
    read() {
      if (began !== undefined) return now() - began;
      began = now();
      setImmediate(end);
      return 0;
    },
  };
}
