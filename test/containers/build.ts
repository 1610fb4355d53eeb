/**
 * Before the tests of containers: builds both images from nothing, or on the layers of earlier builds where
 * CONTAINER_TESTS is `short`; after them, removes all that has their project's name.
 */
import type { TestProject } from 'vitest/node';
import { Deployment, root } from './deployment.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of compose; the images bear its name. */
    project: string;
  }
}

export default async function build(vitest: TestProject): Promise<() => Promise<void>> {
  const deployment = await Deployment.prepare();
  const remove = async () => {
    const left = await deployment.remove();
    if (left.length > 0) throw new Error(`The engine still has of ${deployment.project}: ${left.join(' ')}`);
  };
  try {
    await deployment.use({ root, tag: 'now' });
    await deployment.compose(
      'build',
      ...(process.env.CONTAINER_TESTS === 'short' ? [] : ['--no-cache']),
      'api',
      'worker',
    );
  } catch (error) {
    // What failed first says more.
    await remove().catch(() => {});
    throw error;
  }
  vitest.provide('project', deployment.project);
  return remove;
}
