/** A binary min-heap by number, ties in order of insertion; what a stream needs to sort within a short horizon. */

export interface Heap<T> {
  push(key: number, value: T): void;
  /** Removes and returns the first value whose key is below `limit`, or undefined. */
  popBelow(limit: number): T | undefined;
}

interface Node<T> {
  readonly key: number;
  readonly order: number;
  readonly value: T;
}

function before<T>(a: Node<T>, b: Node<T>): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}

function siftUp<T>(nodes: Node<T>[], node: Node<T>): void {
  let at = nodes.length;
  nodes.push(node);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = nodes[parentAt];
    if (parent === undefined || !before(node, parent)) break;
    nodes[at] = parent;
    at = parentAt;
  }
  nodes[at] = node;
}

function siftDown<T>(nodes: Node<T>[], node: Node<T>): void {
  let at = 0;
  for (;;) {
    const left = nodes[2 * at + 1];
    if (left === undefined) break;
    const right = nodes[2 * at + 2];
    const [child, childAt] =
      right !== undefined && before(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1];
    if (!before(child, node)) break;
    nodes[at] = child;
    at = childAt;
  }
  nodes[at] = node;
}

export function createHeap<T>(): Heap<T> {
  const nodes: Node<T>[] = [];
  let pushed = 0;
  return {
    push(key, value) {
      siftUp(nodes, { key, order: pushed, value });
      pushed += 1;
    },
    popBelow(limit) {
      const first = nodes[0];
      if (first === undefined || first.key >= limit) return undefined;
      const last = nodes.pop();
      if (last !== undefined && nodes.length > 0) siftDown(nodes, last);
      return first.value;
    },
  };
}
