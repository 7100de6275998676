/** What any operation may answer, whatever was asked: the document says it of each. */
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { errorAnswer } from './schemas.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: errorAnswer } },
});

/** Answered to anybody. */
const OPEN: readonly string[] = ['/livez', '/readyz'];

const FAULTS: ZodOpenApiResponsesObject = {
  '401': problem('Credentials are missing or not accepted.'),
  '403': problem('The credentials are not for this.'),
  '429': problem('Too many requests of one caller: try again.'),
  '503': problem('There is more to do than can be done: try again.'),
};

/** The same operations; what they say themselves stands. */
export function withSharedFaults(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      OPEN.includes(path)
        ? item
        : Object.fromEntries(
            Object.entries(item).map(([method, operation]) => [
              method,
              withFaults(operation as ZodOpenApiOperationObject),
            ]),
          ),
    ]),
  );
}

const withFaults = (operation: ZodOpenApiOperationObject): ZodOpenApiOperationObject => ({
  ...operation,
  responses: { ...FAULTS, ...operation.responses },
});
