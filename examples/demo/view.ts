/** The live view: redraws a frame in a terminal, writes plain lines elsewhere. */
import { renderFrame, renderLine, type ViewState } from './frame.ts';

/** The part of a writable stream that the view needs; `process.stderr` is one. */
export interface ViewOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ViewOptions {
  readonly out: ViewOutput;
  readonly color: boolean;
  /** How often a plain line is written where there is no terminal. */
  readonly lineEveryMs?: number;
  readonly now?: () => number;
}

export interface View {
  /** Changes parts of what is shown. */
  update(change: Partial<ViewState>): void;
  /** Draws now; call it a few times a second. */
  draw(): void;
  /** Writes a line that stays, above the live part. */
  say(text: string): void;
  /** Draws nothing any more. */
  close(): void;
}

const INITIAL: ViewState = {
  source: 'movielens-100k',
  phase: 'starting',
  elapsedMs: 0,
  sentLines: 0,
  totalLines: 0,
  eventsPerSecond: 0,
  top: [],
};

const DEFAULT_WIDTH = 80;
const ERASE_BELOW = '\u001b[0J';
const up = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\r`);

export function createView(options: ViewOptions): View {
  const { out, color, lineEveryMs = 5_000, now = Date.now } = options;
  const startedAt = now();
  let state = INITIAL;
  let drawn = 0;
  let lastLineAt = -Infinity;
  let lastPhase = '';
  let closed = false;

  const erase = (): string => {
    const text = drawn === 0 ? '' : up(drawn) + ERASE_BELOW;
    drawn = 0;
    return text;
  };

  function drawFrame(): void {
    const lines = renderFrame(state, { width: out.columns ?? DEFAULT_WIDTH, color });
    out.write(`${erase()}${lines.join('\n')}\n`);
    drawn = lines.length;
  }

  function drawLine(): void {
    const due = now() - lastLineAt >= lineEveryMs || state.phase !== lastPhase;
    if (!due) return;
    lastLineAt = now();
    lastPhase = state.phase;
    out.write(`${renderLine(state)}\n`);
  }

  return {
    update(change) {
      state = { ...state, ...change };
    },
    draw() {
      if (closed) return;
      state = { ...state, elapsedMs: now() - startedAt };
      if (out.isTTY === true) drawFrame();
      else drawLine();
    },
    say(text) {
      out.write(`${erase()}${text}\n`);
    },
    close() {
      closed = true;
    },
  };
}
