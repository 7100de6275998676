/** The adapters behind `/v1/ops/lake`. Nothing connects before an operator asks. */
import type { Config } from '../../infra/config.ts';
import { openCare } from '../../infra/lake/care/open-care.ts';
import type { Temporal } from '../../infra/temporal/client.ts';
import { createLakeCares } from '../../infra/temporal/lake-cares.ts';
import type { LakeOps } from './lake.ts';

/** `onClose` is told what is to be done in the end. */
export function openLakeOps(
  config: Pick<Config, 'region' | 'lake' | 's3' | 'lakeCare'>,
  temporal: Temporal,
  onClose: (close: () => void) => void,
): LakeOps {
  const { care, close } = openCare(config, { lake: undefined });
  onClose(close);
  return { ...createLakeCares({ temporal, region: config.region }), stats: care.stats };
}
