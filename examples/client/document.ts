/** The OpenAPI document as a process of the default configuration serves it. */
import packageJson from '../../package.json' with { type: 'json' };
import { servingSection } from '../../infra/config/serving.ts';
import { createOpenApi, type OpenApiDocument } from '../../serving/api/document.ts';

export const presentDocument = (): OpenApiDocument =>
  createOpenApi(servingSection.parse({}).maxRowItems, packageJson.version);
