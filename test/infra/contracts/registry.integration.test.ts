import { after, before } from 'node:test';
import { createS3ObjectStore, type S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { testConfig } from '../../support/stack.ts';
import { registryContract } from './registry-contract.ts';

let store: S3ObjectStore;
before(async () => {
  store = createS3ObjectStore(testConfig().s3);
  await store.ensureBucket();
});
after(() => store.close());

registryContract('SeaweedFS', () => store);
