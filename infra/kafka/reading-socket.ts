/**
 * Sockets that read into memory of ours. Node makes a new buffer of 64 KB for every read; here a large answer is read
 * straight to where it stays, and what else comes into one piece of memory for each socket.
 */
import { connect, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { reusesPieces, roomFor } from './frames.ts';

const PIECE_BYTES = 1 << 16;
const KEEP_ALIVE_MS = 60_000;

/** As kafkajs's own factory, which is left to make sockets with TLS. */
export function readingSockets(theirs: ISocketFactory): ISocketFactory {
  return (options) => {
    const { host, port, ssl, onConnect } = options;
    if (ssl) return theirs(options);
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    // The first buffer is asked for before `connect` answers.
    const opened: { socket?: Socket } = {};
    const socket = connect(
      {
        ...{ host, port },
        onread: {
          buffer: () => (opened.socket && roomFor(opened.socket)) ?? piece,
          callback(count, bytes) {
            // Once kafkajs has ended a socket nobody waits for what still comes, and a new one may be in its place.
            if (opened.socket?.writableEnded === true) return true;
            // Node's own event, which it leaves out for sockets that read like this.
            opened.socket?.emit('data', Buffer.from(bytes.buffer, bytes.byteOffset, count));
            return true;
          },
        },
      },
      onConnect,
    );
    opened.socket = socket;
    reusesPieces(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
}
