/** What a local server is to the stack: a plan made first, a process started from it, a record kept of it. */

export const SERVERS = ['kafka', 'temporal', 'seaweedfs', 'cassandra'] as const;
/** Those that are started only when asked for. */
export const OPTIONAL_SERVERS: readonly ServerName[] = ['cassandra'];
export type ServerName = (typeof SERVERS)[number];

/** Programs without a process of their own that clients load. */
export const TOOLS = ['duckdb-extensions', 'temporal-test-server'] as const;
export type ToolName = (typeof TOOLS)[number];
export type ComponentName = ServerName | ToolName;

/** Named loopback ports of one server: `{ broker: 23001, controller: 23002 }`. */
export type Ports = Readonly<Record<string, number>>;

/** Everything needed to start a server, worked out before anything is started. */
export interface ServerPlan {
  readonly name: ServerName;
  readonly command: readonly [string, ...string[]];
  /** Added to the environment of the process; may hold secrets, never recorded. */
  readonly env: Readonly<Record<string, string>>;
  /** File that takes the output. */
  readonly log: string;
  readonly ports: Ports;
  /** What clients need to reach it, as environment keys. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves true once the server answers requests; never throws. */
  healthy(): Promise<boolean>;
}

/** What `<dataDir>/stack.json` keeps of a server. */
export interface ServerRecord {
  /** Absent when the server was stopped; ports are kept to be taken again. */
  readonly pid?: number;
  readonly command: readonly string[];
  readonly ports: Ports;
  readonly log: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** A server started by this process. `stop` and `kill` resolve once it is gone; both may be called twice. */
export interface RunningServer {
  readonly record: ServerRecord & { readonly pid: number };
  readonly environment: Readonly<Record<string, string>>;
  /** SIGTERM, then SIGKILL when it is still there after the stop timeout. */
  stop(): Promise<void>;
  /** SIGKILL at once. */
  kill(): Promise<void>;
}

export type Phase =
  'fetching' | 'starting' | 'waiting' | 'ready' | 'external' | 'failed' | 'stopping' | 'stopped';

export interface Progress {
  readonly component: ComponentName;
  readonly phase: Phase;
  readonly detail?: string;
}

export type Report = (progress: Progress) => void;
