/** An answer in time, or an error in its place. What is given up goes on in the background and is ignored. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Timers come before what has arrived: after a pause of this process the answer may just not have been looked at.
      turn = setImmediate(() => reject(late()));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
  }
}
