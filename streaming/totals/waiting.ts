/**
 * What waits to be written, by block: of a cell its newest word alone, so that an outage of the store costs no more memory
 * than the view has cells. Every verb costs the same however much waits. Pure.
 */
import type { BlockName, CellTotal } from '../../infra/cassandra/title-totals.ts';
import { cellKey } from './cell-changes.ts';

/** Undefined takes the whole block away. */
export interface Task {
  readonly block: BlockName;
  readonly cell: CellTotal | undefined;
}

export interface Waiting {
  /** Cells, and blocks to be taken away. */
  readonly size: number;
  put(block: BlockName, cell: CellTotal): void;
  /** Takes a block away, and with it what waits of its cells. */
  bury(block: BlockName): void;
  /** The first, at most so many. A burial comes before cells of its block, which wait for another time. */
  take(most: number): Task[];
  /** What was taken and not done waits again, unless something newer about it does. */
  giveBack(task: Task): void;
}

interface WaitingBlock {
  readonly name: BlockName;
  isGone: boolean;
  cells: Map<string, CellTotal>;
  /** Goes on where the last turn ended: a new one would pass over every gap that turns have left. */
  ahead: MapIterator<[string, CellTotal]>;
}

export function createWaiting(): Waiting {
  const blocks = new Map<string, WaitingBlock>();
  let size = 0;

  const blockOf = (name: BlockName): WaitingBlock => {
    const key = `${name.topic}/${name.partition}/${name.block}`;
    const known = blocks.get(key);
    if (known !== undefined) return known;
    const cells = new Map<string, CellTotal>();
    const block = { name, isGone: false, cells, ahead: cells.entries() };
    blocks.set(key, block);
    return block;
  };
  const put = (name: BlockName, cell: CellTotal): void => {
    const { cells } = blockOf(name);
    size -= cells.size;
    cells.set(cellKey(cell), cell);
    size += cells.size;
  };
  const markGone = (block: WaitingBlock): void => {
    size += Number(!block.isGone);
    block.isGone = true;
  };

  function takeOf(key: string, block: WaitingBlock, most: number): Task[] {
    const { name, isGone, cells } = block;
    const taken: Task[] = isGone ? [{ block: name, cell: undefined }] : [];
    block.isGone = false;
    while (!isGone && taken.length < most && cells.size > 0) {
      const { done, value } = block.ahead.next();
      if (done === true) {
        block.ahead = cells.entries();
        continue;
      }
      cells.delete(value[0]);
      taken.push({ block: name, cell: value[1] });
    }
    blocks.delete(key);
    // Behind the others, which a block that never runs empty would keep waiting.
    if (cells.size > 0) blocks.set(key, block);
    size -= taken.length;
    return taken;
  }

  return {
    get size() {
      return size;
    },
    put,
    bury(name) {
      const block = blockOf(name);
      size -= block.cells.size;
      block.cells = new Map();
      block.ahead = block.cells.entries();
      markGone(block);
    },
    take(most) {
      const taken: Task[] = [];
      // Each once: what is put behind the others meanwhile is for another time.
      let left = blocks.size;
      for (const [key, block] of blocks) {
        if (taken.length === most || left === 0) break;
        left -= 1;
        taken.push(...takeOf(key, block, most - taken.length));
      }
      return taken;
    },
    giveBack({ block: name, cell }) {
      const block = blockOf(name);
      if (cell === undefined) markGone(block);
      else if (!block.isGone && !block.cells.has(cellKey(cell))) put(name, cell);
    },
  };
}
