import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import type { CliDeps, Register } from '../../infra/cli/deps.ts';
import { quotedCommands, relativeLinks } from './quoted-commands.ts';
import { filesMatching, importsOf, readText, ROOT, SOURCE_FILES } from './source-tree.ts';

const PAGES = filesMatching('**/*.md');
const COMMANDS = PAGES.flatMap((page) => quotedCommands(page, readText(page)));
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Readonly<Record<string, string>> };

const optionsOf = (args: readonly string[]): string[] =>
  args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=')[0] ?? arg);

/** The commands that the command line registers, with the long flags of each and of those below it. */
async function registeredCommands(): Promise<ReadonlyMap<string, readonly string[]>> {
  const program = new Command('marquee');
  const list = 'infra/cli/program.ts';
  for (const { to, kind } of importsOf(list, readText(list))) {
    if (kind !== 'file' || !to.startsWith('infra/cli/')) continue;
    const module = (await import(resolve(ROOT, to))) as { register?: Register };
    module.register?.(program, {} as CliDeps);
  }
  const longOptionsOf = (command: Command): string[] => [
    ...command.options.flatMap(({ long }) => long ?? []),
    ...command.commands.flatMap(longOptionsOf),
  ];
  return new Map(program.commands.map((command) => [command.name(), longOptionsOf(command)]));
}

test('every npm script that a page quotes exists, and the two commands of the README are quoted', () => {
  const unknown = COMMANDS.filter(({ script }) => scripts[script] === undefined);
  assert.deepEqual(
    unknown.map(({ page, text }) => `${page}: ${text}`),
    [],
  );
  const readme = COMMANDS.filter(({ page }) => page === 'README.md').map(({ text }) => text);
  for (const command of ['npm run demo', 'npm test']) assert.ok(readme.includes(command), command);
});

test('every marquee command and option that a page quotes exists', async () => {
  const quoted = COMMANDS.filter(({ script }) => script === 'marquee' || script === 'demo').map((command) =>
    command.script === 'demo' ? { ...command, args: ['demo', ...command.args] } : command,
  );
  assert.ok(quoted.length >= 5, 'commands were found');
  const commands = await registeredCommands();
  const faults = quoted.flatMap(({ page, text, args }) => {
    const [name = '', ...rest] = args;
    const known = commands.get(name);
    if (known === undefined) return [`${page}: ${text} (no command ${name})`];
    return optionsOf(rest)
      .filter((option) => option !== '--help' && !known.includes(option))
      .map((option) => `${page}: ${text} (no option ${option})`);
  });
  assert.deepEqual(faults, []);
});

/** Sources of the folder that a script hands its options on to, by the first word it is given. */
function programsNamedIn(sources: readonly string[], word: string | undefined, folder: string): string[] {
  const found = sources.map(
    (source) => new RegExp(`\\b${word}: \\(\\) => import\\('([^']+)/[^/']+'\\)`).exec(source)?.[1],
  );
  const folders = found.filter((path) => path !== undefined).map((path) => `${posix.join(folder, path)}/`);
  return SOURCE_FILES.filter((path) => folders.some((one) => path.startsWith(one))).map(readText);
}

test('options of other scripts are ones that their programs read', () => {
  const faults = COMMANDS.filter(({ script }) => script !== 'marquee' && script !== 'demo').flatMap(
    ({ page, text, script, args }) => {
      const folder = /\S+\/(?=[^/\s]+\.ts)/.exec(scripts[script] ?? '')?.[0] ?? '';
      const own = SOURCE_FILES.filter((path) => path.startsWith(folder)).map(readText);
      const sources = [...own, ...programsNamedIn(own, args[0], folder)];
      return optionsOf(args)
        .filter(
          (option) =>
            !sources.some(
              (source) =>
                source.includes(`'${option}'`) ||
                source.includes(`'${option.slice(2)}'`) ||
                source.includes(`${option.slice(2)}:`),
            ),
        )
        .map((option) => `${page}: ${text} (no option ${option})`);
    },
  );
  assert.deepEqual(faults, []);
});

test('every path of the API that the README asks for is one that a route answers', () => {
  const sources = SOURCE_FILES.filter((path) => /^(serving|streaming\/ingest)\//.test(path)).map(readText);
  const routes = sources
    .flatMap((source) => [...source.matchAll(/'(\/v1)?(\/[\w/:-]+)'/g)])
    .map(([, , path = '']) => new RegExp(`^(/v1)?${path.replace(/:\w+/g, '[^/]+')}$`));
  const asked = [...readText('README.md').matchAll(/127\.0\.0\.1:\d+(\/[\w/.-]*)/g)].map(
    ([, path = '']) => path,
  );
  assert.ok(asked.length >= 3);
  for (const path of asked)
    assert.ok(
      routes.some((route) => route.test(path)),
      `no route for ${path}`,
    );
});

test('relative links lead somewhere', () => {
  const broken = PAGES.flatMap((page) =>
    relativeLinks(readText(page))
      .filter((target) => !existsSync(resolve(ROOT, posix.dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('commands are found in blocks and in text, with what follows the dashes', () => {
  const page =
    'Run `npm test -- seam` or:\n```sh\nnpm run demo -- --once --json  # all\nmarquee up kafka | cat\n```\n`marqueex`';
  assert.deepEqual(
    quotedCommands('x.md', page).map(({ script, args }) => [script, ...args]),
    [
      ['demo', '--once', '--json'],
      ['marquee', 'up', 'kafka'],
      ['test', 'seam'],
    ],
  );
  assert.deepEqual(relativeLinks('[a](b/c.md#d) [e](https://github.com) [f](#g)'), ['b/c.md']);
});
