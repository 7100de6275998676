import { InvalidArgumentError, Option, type Command } from 'commander';
import type { LakeCare } from '../lake/care/care.ts';
import type { Compacted } from '../lake/care/compact.ts';
import { LAKE_TABLES, type LakeTable } from '../lake/tables.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { compactedRows, expiredRows, orphanRows, statisticsRows, taggedRows } from './lake-text.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly table?: readonly LakeTable[];
  readonly dryRun?: true;
  readonly json?: true;
}

interface Answer {
  /** What `--json` prints. */
  readonly json: object;
  readonly rows: readonly (readonly string[])[];
}

type Act = (care: LakeCare, flags: Flags & { readonly tables: readonly LakeTable[] }) => Promise<Answer>;

/** `marquee lake …`: what the nightly `careForLake` does, one step at a time and from this process. */
export const register: Register = (program, deps) => {
  const lake = program
    .command('lake')
    .description('say what the tables of the lake are made of, and see to their files and snapshots')
    .addHelpText(
      'before',
      examples(['marquee lake stats', 'marquee lake compact --dry-run', 'marquee lake expire --table plays']),
    );
  const verb = (name: string, what: string, changes: boolean, act: Act): Command => {
    const command = lake
      .command(name)
      .description(what)
      .addOption(new Option('--table <name>', 'one table; may be given again').argParser(tableArgument))
      .option('--json', 'print one JSON object')
      .action((flags: Flags) => run(deps, name === 'compact', flags, act));
    return changes ? command.option('--dry-run', 'say what would be done, and change nothing') : command;
  };

  verb(
    'stats',
    'files, bytes, rows, snapshots, small files and tags of each table',
    false,
    async (care, { tables }) => {
      const found = await care.stats({ tables });
      return { json: { tables: found }, rows: statisticsRows(found) };
    },
  );
  verb(
    'tags',
    'set a tag on each snapshot that a servable version was made from',
    true,
    async (care, flags) => {
      const tagged = await care.tags(flags);
      return { json: { dryRun: flags.dryRun === true, tables: tagged }, rows: taggedRows(tagged) };
    },
  );
  verb('compact', 'make many small files of sealed hours into few', true, async (care, flags) => {
    const compacted: Compacted[] = [];
    for (const table of flags.tables)
      compacted.push(...(await compactAll(deps, care, table, flags.dryRun === true)));
    return { json: { dryRun: flags.dryRun === true, commits: compacted }, rows: compactedRows(compacted) };
  });
  verb('expire', 'remove snapshots that nobody needs any more', true, async (care, flags) => {
    const expired = await care.expire({ ...flags, asOf: Date.now() });
    return { json: { dryRun: flags.dryRun === true, tables: expired }, rows: expiredRows(expired) };
  });
  verb('orphans', 'remove files that have been nobody’s for long enough', true, async (care, flags) => {
    const found = [];
    for (const table of flags.tables)
      found.push(await care.orphans({ table, asOf: Date.now(), dryRun: flags.dryRun }));
    return { json: { dryRun: flags.dryRun === true, tables: found }, rows: orphanRows(found) };
  });
};

/** Commit after commit, until no sealed hour of the table is left. */
async function compactAll(
  deps: CliDeps,
  care: LakeCare,
  table: LakeTable,
  dryRun: boolean,
): Promise<Compacted[]> {
  const commits: Compacted[] = [];
  for (;;) {
    const onHour = (hour: string): void => deps.output.say(`compacting ${hour}`);
    const done = await care.compact({ table, asOf: Date.now(), dryRun, onHour });
    if (done.hours > 0 || done.reason !== undefined) commits.push(done);
    if (dryRun || done.waiting === 0) return commits;
  }
}

async function run(deps: CliDeps, needsLake: boolean, flags: Flags, act: Act): Promise<void> {
  const { openLake } = await import('../lake/open.ts');
  const { openCare } = await import('../lake/care/open-care.ts');
  const { silentLog } = await import('../log.ts');
  const config = deps.loadConfig();
  const lake = needsLake ? await openLake(config, silentLog()) : undefined;
  const { care, close } = openCare(config, lake ?? { lake: undefined });
  try {
    const { json, rows } = await act(care, { ...flags, tables: flags.table ?? LAKE_TABLES });
    if (flags.json === true) deps.output.json(json);
    else if (rows.length === 0) deps.output.say('There is nothing to do.');
    else for (const line of renderTable(rows)) deps.output.data(line);
    if (flags.dryRun === true && rows.length > 0) deps.output.say('Nothing was changed.');
    deps.exitWith(EXIT.ok);
  } finally {
    close();
    await lake?.close();
  }
}

function tableArgument(text: string, before: readonly LakeTable[] | undefined): readonly LakeTable[] {
  const found = LAKE_TABLES.find((table) => table === text);
  if (found === undefined) throw new InvalidArgumentError(`Expected one of ${LAKE_TABLES.join(', ')}.`);
  return [...(before ?? []), found];
}
