import { testConfig } from '../../support/stack.ts';
import { s3Contract } from './s3-contract.ts';

s3Contract(
  'SeaweedFS',
  async () => testConfig().s3,
  async () => undefined,
);
