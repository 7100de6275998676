/**
 * Answers of brokers put together from the pieces that a socket gives: one copy into a buffer of the right size, none
 * for an answer that lies within one piece. What was begun ends with its socket; kafkajs keeps it for the next one.
 */

/** As much of kafkajs's connection as is needed here. */
export interface FramedConnection {
  readonly socket?: { destroy(error: Error): void };
  readonly authHandlers: { onSuccess(bytes: Buffer): void } | null;
  readonly authExpectResponse: boolean;
  readonly requestQueue: {
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
}

/** Room for the size alone at first, for all once the size is known. */
interface Assembly {
  bytes: Buffer;
  filled: number;
}

const SIZE_BYTES = 4;
const HEADER_BYTES = 8;

const begun = new WeakMap<object, Assembly>();

/** Takes the place of `Connection.prototype.processData`. */
export function processData(this: FramedConnection, chunk: Buffer): void {
  if (this.authHandlers && !this.authExpectResponse) {
    this.authHandlers.onSuccess(chunk);
    return;
  }
  const owner = this.socket ?? this;
  for (let at = 0; at < chunk.length;) {
    const open = begun.get(owner);
    const end = open === undefined ? frameEnd(chunk, at) : Infinity;
    if (end <= chunk.length) {
      if (!deliver(this, chunk.subarray(at, end))) return;
      at = end;
      continue;
    }
    const assembly = open ?? { bytes: Buffer.allocUnsafe(SIZE_BYTES), filled: 0 };
    begun.set(owner, assembly);
    at = fill(assembly, chunk, at);
    if (assembly.filled < assembly.bytes.length) return;
    begun.delete(owner);
    if (!deliver(this, assembly.bytes)) return;
  }
}

/** Infinity when even the size is not there whole. */
function frameEnd(chunk: Buffer, at: number): number {
  return chunk.length - at < SIZE_BYTES ? Infinity : at + SIZE_BYTES + sizeAt(chunk, at);
}

/** A size that no answer can have is left to `deliver`, which ends the connection. */
function sizeAt(bytes: Buffer, at: number): number {
  return Math.max(0, bytes.readInt32BE(at));
}

function fill(assembly: Assembly, chunk: Buffer, start: number): number {
  let at = take(assembly, chunk, start);
  if (assembly.filled === SIZE_BYTES && assembly.bytes.length === SIZE_BYTES) {
    const whole = Buffer.allocUnsafeSlow(SIZE_BYTES + sizeAt(assembly.bytes, 0));
    assembly.bytes.copy(whole);
    assembly.bytes = whole;
    at = take(assembly, chunk, at);
  }
  return at;
}

function take(assembly: Assembly, chunk: Buffer, start: number): number {
  const copied = chunk.copy(assembly.bytes, assembly.filled, start);
  assembly.filled += copied;
  return start + copied;
}

/** Whether the connection goes on. */
function deliver(connection: FramedConnection, frame: Buffer): boolean {
  if (frame.length < HEADER_BYTES) {
    connection.socket?.destroy(new Error(`an answer of ${frame.readInt32BE(0)} bytes is none`));
    return false;
  }
  if (connection.authHandlers) connection.authHandlers.onSuccess(frame);
  else {
    connection.requestQueue.fulfillRequest({
      size: frame.length - SIZE_BYTES,
      correlationId: frame.readInt32BE(SIZE_BYTES),
      payload: frame.subarray(HEADER_BYTES),
    });
  }
  return true;
}
