import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { DeadLetter } from '../../domain/dead-letter.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { parseCoordinates } from '../../domain/redrive.ts';
import type { OpenLetter } from '../letters/letter-box.ts';
import type { Redriven } from '../letters/redrive.ts';
import { countArgument } from './arguments.ts';
import { withLetters, type LetterCommand } from './dead-letters-deps.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface ListFlags {
  readonly code?: string;
  readonly field?: string;
  readonly since?: number;
  readonly limit: number;
  readonly json?: true;
}

interface FixFlags {
  readonly set: readonly Assignment[];
  readonly file?: string;
  readonly json?: true;
}

interface RedriveFlags {
  readonly code?: string;
  readonly limit: number;
  readonly wait: number;
  readonly json?: true;
}

interface Assignment {
  readonly field: string;
  readonly value: unknown;
}

/** What became of a letter; without an offset nothing was sent for it. */
interface RedrivenLine {
  readonly key: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly outcome: string;
}

const PREVIEW_BYTES = 160;
const MAX_REDRIVEN = 100_000;

/** `marquee dead-letters list | show | fix | redrive`. */
export const register: Register = (program, deps) => {
  const letters = program
    .command('dead-letters')
    .description('records that were refused: look at them, put them right, send them again')
    .addHelpText(
      'before',
      examples([
        'marquee dead-letters list --code EVENT_FIELD_INVALID --since 2026-01-31T00:00:00Z',
        'marquee dead-letters show eu/g1/3/1234',
        'marquee dead-letters fix eu/g1/3/1234 --set rank=4 --set row=trending',
        'marquee dead-letters redrive eu/g1/3/1234',
      ]),
    );
  letters
    .command('list')
    .description('say which letters are open, oldest first')
    .option('--code <code>', 'only those refused with this code')
    .option('--field <name>', 'only those refused for this field')
    .option('--since <instant>', 'only records appended from then on', instantArgument)
    .option('--limit <count>', 'how many of the newest', countArgument(1, 1_000_000), 50)
    .option('--json', 'print one JSON object')
    .action((flags: ListFlags) => withLetters(deps, (command) => list(deps, command, flags)));
  letters
    .command('show <coordinates>')
    .description('print one letter with its value, whole where it is in the lake')
    .option('--json', 'print one JSON object')
    .action((key: string, flags: { json?: true }) =>
      withLetters(deps, (command) => show(deps, command, keyArgument(key), flags)),
    );
  letters
    .command('fix <coordinates>')
    .description('put the value right; it must be an event then. Nothing is sent before `redrive`')
    .option('--set <field=json>', 'set one field; null takes it out; may be repeated', addAssignment, [])
    .option('--file <path>', 'take the whole event from a file')
    .option('--json', 'print one JSON object')
    .action((key: string, flags: FixFlags) =>
      withLetters(deps, (command) => fix(deps, command, keyArgument(key), flags)),
    );
  letters
    .command('redrive [coordinates...]')
    .description('send letters again to their raw partitions; sent twice, each counts once')
    .option('--code <code>', 'every open letter refused with this code')
    .option('--limit <count>', 'at most so many', countArgument(1, MAX_REDRIVEN), 1000)
    .option('--wait <seconds>', 'how long to wait for the outcome', countArgument(0, 3600), 30)
    .option('--json', 'print one JSON object')
    .action((keys: readonly string[], flags: RedriveFlags) => {
      if ((keys.length === 0) === (flags.code === undefined))
        letters.error('error: name letters, or --code', { exitCode: EXIT.usage });
      return withLetters(deps, (command) => redrive(deps, command, keys.map(keyArgument), flags));
    });
};

function instantArgument(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('Expected an instant like 2026-01-31T13:00:00Z.');
  return time;
}

function addAssignment(text: string, before: readonly Assignment[]): readonly Assignment[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected field=json.');
  const json = text.slice(at + 1);
  let value: unknown = json;
  try {
    value = JSON.parse(json);
  } catch {
    // A shell eats quotation marks: what is no JSON is a text.
  }
  return [...before, { field: text.slice(0, at), value }];
}

/** Letters of clean topics have one part more, and can be looked at. */
function keyArgument(text: string): string {
  if (parseCoordinates(text) !== undefined || /^[^/]+(\/[^/]+){4}$/.test(text)) return text;
  throw new MarqueeError('LETTER_NOT_FOUND', { key: text });
}

async function list({ output }: CliDeps, { letters }: LetterCommand, flags: ListFlags): Promise<void> {
  const found = await letters.list(flags, PREVIEW_BYTES);
  const shown = found.slice(-flags.limit);
  if (flags.json === true) return output.json({ open: found.length, letters: shown.map(lineOf) });
  if (found.length === 0) output.say('No dead letter is open.');
  else if (shown.length < found.length) output.say(`${found.length} are open, these are the newest.`);
  const rows = shown.map((letter) => [
    letter.key,
    new Date(letter.appendTime).toISOString(),
    letter.code,
    letter.field ?? '',
    letter.shape ?? '',
    `${letter.bytes} B`,
    letter.fixed ? 'fixed' : letter.redrivenAt === undefined ? '' : 'refused again',
  ]);
  for (const line of renderTable(rows)) output.data(line);
}

/** What programs get of a letter; the value as text, which may be cut and need not be UTF-8. */
const lineOf = ({ value, ...letter }: OpenLetter) => ({ ...letter, preview: value.toString('utf8') });

async function findOne({ letters }: LetterCommand, key: string): Promise<OpenLetter> {
  const [letter] = await letters.find(new Set([key]));
  if (letter === undefined) throw new MarqueeError('LETTER_NOT_FOUND', { key });
  return letter;
}

async function show(
  { output }: CliDeps,
  command: LetterCommand,
  key: string,
  { json }: { json?: true },
): Promise<void> {
  const letter = await findOne(command, key);
  const isCut = !letter.fixed && letter.value.byteLength < letter.bytes;
  const { value, from } = isCut
    ? await (await command.redriver()).wholeValue(letter)
    : { value: letter.value, from: 'letter' };
  const { value: _carried, ...rest } = letter;
  const text = Buffer.from(value).toString('utf8');
  if (json === true) return output.json({ ...rest, value: text, from });
  output.say(`${letter.code}: ${letter.message}`);
  if (from === 'lake') output.say('The letter is cut; this is the whole record, from the lake.');
  output.data(text);
}

async function fix({ output }: CliDeps, command: LetterCommand, key: string, flags: FixFlags): Promise<void> {
  const letter = await findOne(command, key);
  const redriver = await command.redriver();
  const base =
    flags.file === undefined ? (await redriver.wholeValue(letter)).value : await readFile(flags.file);
  const value = flags.set.length === 0 ? Buffer.from(base) : assign(key, base, flags.set);
  await redriver.fix(letter, value);
  if (flags.json === true) return output.json({ key, fixed: true, value: value.toString('utf8') });
  output.say(`Fixed. Send it with \`marquee dead-letters redrive ${key}\`.`);
}

function assign(key: string, base: Uint8Array, assignments: readonly Assignment[]): Buffer {
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(base).toString('utf8'));
  } catch {
    event = undefined;
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new MarqueeError('LETTER_REFUSED', { key, reason: 'it is no object to set fields of; use --file' });
  }
  // By entries, so that a field called __proto__ is one like any other.
  const fields = new Map(Object.entries(event));
  for (const { field, value } of assignments) {
    if (value === null) fields.delete(field);
    else fields.set(field, value);
  }
  return Buffer.from(JSON.stringify(Object.fromEntries(fields)));
}

async function redrive(
  deps: CliDeps,
  command: LetterCommand,
  keys: readonly string[],
  flags: RedriveFlags,
): Promise<void> {
  const { output, exitWith } = deps;
  const wanted = await wantedLetters(command, keys, flags);
  const { sent, alreadyClean } = await (await command.redriver()).redrive(wanted);
  const refusedAgain = new Set<string>();
  const open = new Set(sent.map(({ key }) => key));
  const offsets = new Map(sent.map(({ key, offset }) => [key, offset]));
  const isDone = (letters: ReadonlyMap<string, DeadLetter>): boolean => {
    for (const [key, offset] of offsets) {
      const letter = letters.get(key);
      if (letter === undefined) open.delete(key);
      else if ((letter.redrivenAt ?? -1) >= offset) refusedAgain.add(key);
    }
    return [...open].every((key) => refusedAgain.has(key));
  };
  if (sent.length > 0) await command.letters.waitFor(new Set(offsets.keys()), isDone, flags.wait * 1000);
  const outcomeOf = ({ key }: Redriven): string =>
    refusedAgain.has(key) ? 'refused again' : open.has(key) ? 'sent' : 'settled';
  const lines: readonly RedrivenLine[] = [
    ...alreadyClean.map((key) => ({ key, outcome: 'already-clean' })),
    ...sent.map((one) => ({ ...one, outcome: outcomeOf(one) })),
  ];
  if (refusedAgain.size > 0) exitWith(EXIT.failed);
  if (flags.json === true) return output.json({ redriven: lines });
  if (lines.length === 0) output.say('No dead letter is open that matches.');
  for (const line of renderTable(
    lines.map(({ key, offset, outcome }) => [
      key,
      offset === undefined ? 'nothing sent' : `raw offset ${offset}`,
      outcome,
    ]),
  ))
    output.data(line);
}

async function wantedLetters(
  { letters }: LetterCommand,
  keys: readonly string[],
  { code, limit }: RedriveFlags,
): Promise<readonly OpenLetter[]> {
  if (code !== undefined) {
    const listed = await letters.list({ code }, 0);
    const oldest = listed.filter(({ key }) => parseCoordinates(key) !== undefined).slice(0, limit);
    return letters.find(new Set(oldest.map(({ key }) => key)));
  }
  const found = await letters.find(new Set(keys));
  const missing = keys.find((key) => !found.some((letter) => letter.key === key));
  if (missing !== undefined) throw new MarqueeError('LETTER_NOT_FOUND', { key: missing });
  return found;
}
