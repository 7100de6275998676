import { join } from 'node:path';
import { region } from '../../../../domain/ids.ts';
import { createLocalVersions } from '../../../../infra/hermes/repositories/local-disk.ts';
import { repositoryContract } from './contract.ts';

repositoryContract('local disk', ({ duckdb, dir }) => ({
  repository: createLocalVersions({ dir: join(dir, 'here'), duckdb }),
  elsewhere: createLocalVersions({ dir: join(dir, 'elsewhere'), duckdb }),
  region: region('here'),
}));
