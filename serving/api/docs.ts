/** `/openapi.json` and, for people, `/docs` over the same document; everything it loads comes from this process. */
import { createRequire } from 'node:module';
import { Router, type RequestHandler } from 'express';
import { weakEtagOf } from '../../infra/http/etag.ts';
import type { OpenApiDocument } from './document.ts';

/** The package has no type declarations. */
interface SwaggerUi {
  readonly serve: RequestHandler[];
  setup(document: object, options?: object): RequestHandler;
}
const swaggerUi = createRequire(import.meta.url)('swagger-ui-express') as SwaggerUi;

export function createDocs(document: OpenApiDocument): Router {
  const router = Router();
  const text = JSON.stringify(document);
  const etag = weakEtagOf(text);
  router.get('/openapi.json', (_request, response) => {
    response.setHeader('ETag', etag);
    response.type('application/json').send(text);
  });
  router.use('/docs', ...swaggerUi.serve, swaggerUi.setup(document, { customSiteTitle: 'Marquee API' }));
  return router;
}
