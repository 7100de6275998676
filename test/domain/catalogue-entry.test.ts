import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfEntry, readCatalogueEntry } from '../../domain/catalogue-entry.ts';
import type { CatalogueEntry } from '../../domain/catalogue.ts';

const FILM = { titleId: 't', kind: 'film', name: 'A film', availability: { '*': [] } };

function read(change: object = {}): CatalogueEntry | string {
  try {
    return readCatalogueEntry({ ...FILM, ...change }, (reason) => {
      throw new RangeError(reason);
    });
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return error.message;
  }
}

const faultOf = (change: object): string | undefined => {
  const entry = read(change);
  assert.ok(typeof entry !== 'string', String(entry));
  return faultOfEntry(entry);
};

test('what may be left out is null or empty, and what nobody knows is passed over', () => {
  const nothing = { genres: [], year: null, runtimeSeconds: null, launchTime: null, parentId: null };
  assert.deepEqual(read({ colour: 'blue' }), { ...FILM, ...nothing });
});

test('a line that is no entry is refused with the field and its shape', () => {
  for (const [change, reason] of [
    [{ titleId: '' }, /titleId has 0 characters/],
    [{ titleId: 'x'.repeat(129) }, /titleId has 129 characters/],
    [{ titleId: 7 }, /titleId is 7/],
    [{ kind: 'opera' }, /kind is "opera"/],
    [{ name: null }, /name is null/],
    [{ genres: 'drama' }, /genres is "drama"/],
    [{ genres: ['x'.repeat(129)] }, /genres\[0\]/],
    [{ year: 1999.5 }, /year is 1999.5/],
    [{ runtimeSeconds: -1 }, /runtimeSeconds is -1/],
    [{ launchTime: Infinity }, /launchTime/],
    [{ availability: undefined }, /availability is missing/],
    [{ availability: { SE: 'always' } }, /availability.SE: expected a list/],
    [{ availability: { SE: [{ from: 1 }] } }, /field to is missing/],
  ] as const) {
    assert.match(String(read(change)), reason);
  }
  for (const value of [null, [], 'text', 7]) {
    assert.throws(() =>
      readCatalogueEntry(value, (reason) => {
        throw new RangeError(reason);
      }),
    );
  }
});

test('an id that looks like a prototype is an id like any other', () => {
  const entry = read(JSON.parse('{"titleId":"__proto__","availability":{"__proto__":[]}}') as object);
  assert.ok(typeof entry !== 'string');
  assert.deepEqual([entry.titleId, Object.keys(entry.availability)], ['__proto__', ['__proto__']]);
  assert.match(faultOfEntry(entry) ?? '', /no country/);
});

test('an entry that says nothing wrong may be published', () => {
  const whole = { genres: ['Drama'], year: 1999, runtimeSeconds: 5400.5, launchTime: -1, parentId: 's' };
  assert.equal(faultOf({}), undefined);
  assert.equal(faultOf({ ...whole, availability: { '*': [], SE: [{ from: 1, to: null }] } }), undefined);
});

test('an entry that would not come out of the part as it went in may not be published', () => {
  for (const [change, reason] of [
    [{ titleId: 'a\u0000b' }, /titleId/],
    [{ titleId: '\ud800' }, /titleId/],
    [{ parentId: 'a\nb' }, /parentId/],
    [{ name: '\udc00' }, /name/],
    [{ genres: ['a|b'] }, /genre "a\|b"/],
    [{ genres: [''] }, /genre ""/],
    [{ genres: Array.from({ length: 60 }, () => 'long genre') }, /longer than 512/],
    [{ year: 12_345 }, /year 12345/],
    [{ runtimeSeconds: 2_000_000 }, /runtimeSeconds/],
    [{ launchTime: 1.5 }, /launchTime 1.5/],
    [{ launchTime: 1e300 }, /launchTime/],
    [{ availability: { se: [] } }, /"se", no country/],
    [{ availability: { SE: [{ from: 2, to: 2 }] } }, /availability of SE holds 2 to 2/],
    [{ availability: { SE: [{ from: 0.5, to: null }] } }, /availability of SE/],
  ] as const) {
    assert.match(faultOf(change) ?? '', reason);
  }
});
