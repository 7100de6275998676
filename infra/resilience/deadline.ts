import { startLateTimer } from './late-timer.ts';

/** An answer in time, or an error in its place. What is given up goes on in the background and is ignored. */
export function withDeadline<T>(work: Promise<T>, deadlineMs: number, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let turn: NodeJS.Immediate | undefined;
    const timer = startLateTimer(deadlineMs, () => {
      // Timers come before what has arrived: after a pause of this process the answer may just not have been looked at.
      turn = setImmediate(() => reject(late()));
    });
    const end = (): void => {
      timer.end();
      clearImmediate(turn);
    };
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      () => {
        end();
        // Handed on as it is.
        resolve(work);
      },
    );
  });
}
