/**
 * More requests than can be answered, in a process of its own: `flood.ts <url> <path> <connections> <depth> <ms>`. Each
 * connection has so many requests under way at a time. The answers by status are one line of JSON at the end.
 */
import { connect } from 'node:net';

const [address = '', path = '/', ...numbers] = process.argv.slice(2);
const [connections = 1, depth = 1, forMs = 1000] = numbers.map(Number);
const { hostname, port } = new URL(address);
const REQUEST = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nSec-Purpose: prefetch\r\n\r\n`);
const STATUS = /HTTP\/1\.1 (\d{3})/g;
/** A status line that is cut in two is found with what follows. */
const LONGEST_MARK = 'HTTP/1.1 200'.length - 1;

const answers: Record<string, number> = {};
const end = performance.now() + forMs;
let open = connections;

function flood(): void {
  const socket = connect(Number(port), hostname);
  let rest = '';
  const ask = (count: number): void => {
    if (performance.now() < end) socket.write(Buffer.concat(Array.from({ length: count }, () => REQUEST)));
    else socket.destroy();
  };
  socket.on('connect', () => ask(depth));
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1');
    let count = 0;
    let last = 0;
    for (const { 1: status = '', index, 0: mark } of text.matchAll(STATUS)) {
      answers[status] = (answers[status] ?? 0) + 1;
      count += 1;
      last = index + mark.length;
    }
    rest = text.slice(Math.max(last, text.length - LONGEST_MARK));
    if (count > 0) ask(count);
  });
  socket.on('error', () => {
    answers['cut'] = (answers['cut'] ?? 0) + 1;
  });
  socket.on('close', () => {
    if (performance.now() < end) return flood();
    open -= 1;
    if (open === 0) process.stdout.write(`${JSON.stringify(answers)}\n`);
  });
}

for (let n = 0; n < connections; n += 1) flood();
setTimeout(() => process.exit(1), forMs + 20_000).unref();
