import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { region } from '../../../../domain/ids.ts';
import { createStoredVersions } from '../../../../infra/hermes/repositories/object-store.ts';
import { createS3ObjectStore } from '../../../../infra/object-store/s3.ts';
import { testConfig } from '../../../support/stack.ts';
import { repositoryContract } from './contract.ts';

const store = createS3ObjectStore(testConfig().s3);
before(() => store.ensureBucket());
after(() => store.close());

repositoryContract('S3', ({ duckdb, dir }) => {
  const name = `repository-${randomBytes(4).toString('hex')}`;
  const of = (own: string) => createStoredVersions({ store, region: region(own), duckdb, scratchDir: dir });
  return { repository: of(name), elsewhere: of(`${name}-other`), region: region(name) };
});
