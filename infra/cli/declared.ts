import { EXIT, examples, type Register } from './deps.ts';
import { renderTable } from './output.ts';

/** `marquee declared`: exits 2 when a file cannot be made a view of. Needs no server. */
export const register: Register = (program, deps) => {
  program
    .command('declared')
    .description('check and list the views that files of SQL declare (MARQUEE_VIEWS_DIR)')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee declared', 'marquee declared --json']))
    .action(async ({ json }: { json?: true }) => {
      const { checkDeclarations } = await import('../bin/declared-schedules.ts');
      const { views, faults } = await checkDeclarations({ declared: deps.loadLocalConfig().declared });
      if (faults.length > 0) deps.exitWith(EXIT.usage);
      if (json === true) return deps.output.json({ views, faults });
      const rows = views.map(({ view, key, everyMs, tables, columns, note }) => [
        view,
        `key ${key.join(', ')}`,
        `every ${everyMs / 1000} s`,
        `reads ${tables.join(', ')}`,
        columns.map(({ name, type }) => `${name} ${type}`).join(', '),
        note,
      ]);
      for (const line of renderTable(rows)) deps.output.data(line);
      for (const fault of faults) deps.output.say(fault);
      if (views.length + faults.length === 0)
        deps.output.say('No file declares a view: see MARQUEE_VIEWS_DIR.');
    });
};
