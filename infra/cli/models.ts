import { MODELS } from '../../batch/models/models.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { ViewRepository } from '../hermes/repository.ts';
import { countArgument } from './arguments.ts';
import { examples, type Register } from './deps.ts';
import { renderTable } from './output.ts';
import { readVersions, type VersionLine } from './views.ts';

interface Flags {
  readonly limit: number;
  readonly json?: true;
}

interface ModelVersion {
  readonly version: ViewVersion;
  readonly state: string;
  readonly current: boolean;
  readonly asOf: string | null;
  /** By split and metric, and over rivals. */
  readonly scores: Readonly<Record<string, number>>;
  readonly rule: string | null;
  readonly reason: string | null;
}

interface ModelLine {
  readonly model: string;
  readonly view: ViewName;
  readonly versions: readonly ModelVersion[];
}

const SCORE = /_(ndcg_at_\d+|recall_at_\d+|coverage|ratio_vs_[a-z]+)$/;
/** What a person is shown of them. */
const SHOWN = /_(ndcg_at_10|ratio_vs_[a-z]+)$/;

/** `marquee models`: what can be trained, and the newest versions of each with what they scored. */
export const register: Register = (program, deps) => {
  program
    .command('models')
    .description('list the models: their versions, how they scored, and which is current')
    .option('--limit <count>', 'how many of the newest versions of each', countArgument(1, 100), 3)
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee models', 'marquee models --limit 10 --json']))
    .action(async ({ limit, json }: Flags) => {
      const { createS3ObjectStore } = await import('../object-store/s3.ts');
      const { createViewRepository } = await import('../hermes/repository.ts');
      const { s3, region } = deps.loadConfig();
      const store = createS3ObjectStore(s3);
      try {
        const models = await readModels(createViewRepository({ store, region }), limit);
        if (json === true) return deps.output.json({ models });
        for (const line of renderTable(models.flatMap(rows))) deps.output.data(line);
      } finally {
        store.close();
      }
    });
};

function readModels(views: ViewRepository, limit: number): Promise<ModelLine[]> {
  return Promise.all(
    Object.entries(MODELS).map(async ([model, create]) => {
      const { view } = create();
      return { model, view, versions: (await readVersions(views, view, limit)).map(versionOf) };
    }),
  );
}

const versionOf = ({ version, state, current, asOf, metrics, rule, reason }: VersionLine): ModelVersion => ({
  ...{ version, state, current, asOf, rule, reason },
  scores: Object.fromEntries(Object.entries(metrics ?? {}).filter(([name]) => SCORE.test(name))),
});

function rows({ model, view, versions }: ModelLine): string[][] {
  if (versions.length === 0) return [[model, view, 'no version yet']];
  return versions.map(({ version, state, current, asOf, scores, rule, reason }) => [
    model,
    view,
    String(version),
    current ? `${state} current` : state,
    `as of ${asOf ?? '-'}`,
    Object.entries(scores)
      .filter(([name]) => SHOWN.test(name))
      .map(([name, score]) => `${name} ${score.toPrecision(3)}`)
      .join(', '),
    rule === null ? '' : `${rule}: ${reason ?? ''}`,
  ]);
}
