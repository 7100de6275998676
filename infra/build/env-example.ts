/** `npm run env:example`: writes `.env.example` anew from the configuration schema. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { listSettings } from '../config.ts';
import { renderEnvExample } from '../config/env-example.ts';

writeFileSync(resolve(import.meta.dirname, '../../.env.example'), renderEnvExample(listSettings()));
