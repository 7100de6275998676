/**
 * Answers of brokers put together from the pieces that a socket gives, each in memory of the right size. A socket of ours
 * (reading-socket.ts) reads the rest of an answer straight into its place; pieces of others are copied there once. What
 * was begun ends with its socket; kafkajs keeps it for the next one.
 */
import { createFrameMemory, takeMemory, type FrameMemory } from './frame-memory.ts';

/** As much of kafkajs's connection as is needed here. */
export interface FramedConnection {
  readonly socket?: { destroy(error: Error): void };
  readonly authHandlers: { onSuccess(bytes: Buffer): void } | null;
  readonly authExpectResponse: boolean;
  readonly requestQueue: {
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
}

/** What is known of one socket. */
interface Incoming {
  readonly memory: FrameMemory;
  /** Whether pieces are overwritten by the next ones. */
  isReused: boolean;
  /** The answer under way: room for its size alone at first, for all of it once the size is known. */
  bytes: Buffer | undefined;
  filled: number;
}

const SIZE_BYTES = 4;
const HEADER_BYTES = 8;

const sockets = new WeakMap<object, Incoming>();

function incomingOf(socket: object): Incoming {
  let incoming = sockets.get(socket);
  if (incoming === undefined) {
    incoming = { memory: createFrameMemory(), isReused: false, bytes: undefined, filled: 0 };
    sockets.set(socket, incoming);
  }
  return incoming;
}

/** Says that the socket gives all pieces in the same memory, except those read into `roomFor`. */
export function reusesPieces(socket: object): void {
  incomingOf(socket).isReused = true;
}

/** Where the rest of the answer under way belongs; undefined while there is none or its size is not known. */
export function roomFor(socket: object): Buffer | undefined {
  const { bytes, filled } = incomingOf(socket);
  return bytes === undefined || bytes.length === SIZE_BYTES ? undefined : bytes.subarray(filled);
}

/** Takes the place of `Connection.prototype.processData`. */
export function processData(this: FramedConnection, piece: Buffer): void {
  const incoming = incomingOf(this.socket ?? this);
  if (this.authHandlers && !this.authExpectResponse) {
    this.authHandlers.onSuccess(incoming.isReused ? Buffer.from(piece) : piece);
    return;
  }
  for (let at = 0; at < piece.length;) {
    const end = incoming.bytes === undefined ? frameEnd(piece, at) : Infinity;
    if (end <= piece.length) {
      const frame = piece.subarray(at, end);
      if (!deliver(this, incoming.isReused ? Buffer.from(frame) : frame)) return;
      at = end;
      continue;
    }
    at = fill(incoming, piece, at);
    const { bytes, filled } = incoming;
    if (bytes === undefined || filled < bytes.length) return;
    incoming.bytes = undefined;
    incoming.filled = 0;
    if (!deliver(this, bytes)) return;
  }
}

/** Infinity when even the size is not there whole. */
function frameEnd(piece: Buffer, at: number): number {
  return piece.length - at < SIZE_BYTES ? Infinity : at + SIZE_BYTES + sizeAt(piece, at);
}

/** A size that no answer can have is left to `deliver`, which ends the connection. */
function sizeAt(bytes: Buffer, at: number): number {
  return Math.max(0, bytes.readInt32BE(at));
}

function fill(incoming: Incoming, piece: Buffer, start: number): number {
  incoming.bytes ??= Buffer.allocUnsafe(SIZE_BYTES);
  let at = take(incoming, incoming.bytes, piece, start);
  if (incoming.filled === SIZE_BYTES && incoming.bytes.length === SIZE_BYTES) {
    const whole = takeMemory(incoming.memory, SIZE_BYTES + sizeAt(incoming.bytes, 0));
    incoming.bytes.copy(whole);
    incoming.bytes = whole;
    at = take(incoming, whole, piece, at);
  }
  return at;
}

function take(incoming: Incoming, into: Buffer, piece: Buffer, start: number): number {
  const { filled } = incoming;
  const isInPlace = piece.buffer === into.buffer && piece.byteOffset === into.byteOffset + filled;
  const count = isInPlace ? piece.length : piece.copy(into, filled, start);
  incoming.filled += count;
  return start + count;
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
