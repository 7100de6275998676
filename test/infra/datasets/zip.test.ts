import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { isMarqueeError } from '../../../domain/errors.ts';
import { readZipMembers } from '../../../infra/datasets/zip.ts';

/** Builds an archive the way the specification says, so that the reader is not tested against itself. */
function zipOf(members: readonly { name: string; text: string; deflated: boolean }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, text, deflated } of members) {
    const plain = Buffer.from(text);
    const packed = deflated ? deflateRawSync(plain) : plain;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflated ? 8 : 0, 8);
    local.writeUInt32LE(crc32(plain), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(plain.length, 22);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflated ? 8 : 0, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(plain.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, listing, end]);
}

const ARCHIVE = zipOf([
  { name: 'pkg/a.txt', text: 'stored', deflated: false },
  { name: 'pkg/b.txt', text: 'deflated '.repeat(100), deflated: true },
  { name: 'pkg/c.txt', text: 'not asked for', deflated: true },
]);

test('reads stored and deflated members, and only those asked for', () => {
  const members = readZipMembers(ARCHIVE, ['/a.txt', '/b.txt'], 'x.zip');
  assert.deepEqual([...members.keys()], ['/a.txt', '/b.txt']);
  assert.equal(members.get('/a.txt')?.toString(), 'stored');
  assert.equal(members.get('/b.txt')?.toString(), 'deflated '.repeat(100));
});

test('names the member that is missing', () => {
  assert.throws(
    () => readZipMembers(ARCHIVE, ['/z.txt'], 'x.zip'),
    (error) => isMarqueeError(error, 'DOWNLOAD_CORRUPT') && error.message.includes('/z.txt'),
  );
});

test('refuses what is not an archive', () => {
  assert.throws(
    () => readZipMembers(Buffer.from('<html>no such file</html>'), ['/a.txt'], 'x.zip'),
    (error) => isMarqueeError(error, 'DOWNLOAD_CORRUPT'),
  );
});
