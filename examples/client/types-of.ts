/** The TypeScript types of an OpenAPI document. */
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format } from 'prettier';

const HEADER = `/**
 * The API's types. Written by \`npm run client:generate\` from the OpenAPI document: change the document, not this file.
 * Longer than 300 lines because it is generated.
 */
`;

/** Formatted source text; the same for the same document. */
export async function typesOf(document: object): Promise<string> {
  const tree = await openapiTS(document as OpenAPI3, { alphabetize: true });
  return format(HEADER + astToString(tree), {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 110,
    trailingComma: 'all',
  });
}
