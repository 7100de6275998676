/** A server in a process of its own, which says where it listens and how much CPU it has used. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../../infra/config.ts';

export interface MeasuredProcess {
  readonly url: string;
  /** CPU seconds of the process so far, user and system. */
  cpuSeconds(): Promise<number>;
  /** Tells it something that is not answered. */
  send(message: string): void;
  close(): Promise<void>;
}

interface Told {
  readonly url?: string;
  readonly cpuMicros?: number;
}

/** The module calls `reportToParent` once it listens. */
export async function startMeasured(
  module: string,
  environment: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): Promise<MeasuredProcess> {
  const child = fork(module, [], {
    env: childEnvironment(environment),
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const hear = async (): Promise<Told> => {
    const gone = exited.then(([code]) => {
      throw new Error(`${module} ended with ${String(code)}`);
    });
    const [told] = (await Promise.race([once(child, 'message'), gone])) as [Told];
    return told;
  };
  const { url = '' } = await hear();
  return {
    url,
    async cpuSeconds() {
      child.send('cpu');
      return ((await hear()).cpuMicros ?? NaN) / 1e6;
    },
    send: (message) => void child.send(message),
    async close() {
      child.send('close');
      await exited;
    },
  };
}

/** The other end, in the measured process. */
export function reportToParent(url: string, close: () => Promise<void>): void {
  const tell = (told: Told): void => {
    process.send?.(told);
  };
  process.on('message', (asked) => {
    if (asked === 'cpu') {
      const { user, system } = process.cpuUsage();
      tell({ cpuMicros: user + system });
    } else if (asked === 'close') void close().then(() => process.exit());
  });
  // Whoever asked is gone, stopped by force perhaps: nobody would ever close this one.
  process.once('disconnect', () => process.exit());
  tell({ url });
}
