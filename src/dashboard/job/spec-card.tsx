/**
 * The spec that a job runs, as it was completed; or the file that a model was imported from.
 */

import type { RemoteJob } from '../../client/client.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Card } from '../parts/page-parts.tsx';
import { Scroll } from '../parts/scroll.tsx';

export function SpecCard({ job }: { job: RemoteJob }) {
  const text = JSON.stringify(job.spec ?? job.imported, null, 2);
  const [title, what] = job.spec ? ['Spec', 'the spec'] : ['Imported', 'what it was imported from'];
  return (
    <Card title={title} aside={<CopyButton text={text} what={what} />}>
      <Scroll label={`${title} as JSON`} class="spec-text">
        <pre class="code">{text}</pre>
      </Scroll>
    </Card>
  );
}
