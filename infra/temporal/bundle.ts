import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The code of the workflows in one text that needs nothing else; `modulePath` exports them, in .ts or .js. */
export async function bundleWorkflows(modulePath: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: modulePath,
    logger: new DefaultLogger('ERROR'),
  });
  return code;
}
