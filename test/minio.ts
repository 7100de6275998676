import { s3Contract } from './infra/object-store/s3-contract.ts';
import { startMinio, type Minio } from './support/object-store-minio.ts';

let minio: Minio | undefined;
s3Contract(
  'MinIO',
  async () => (minio = await startMinio()),
  async () => minio?.stop(),
);
