/**
 * The spec that a job runs, as it was completed.
 */

import type { RemoteJob } from '../../client/client.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Card } from '../parts/page-parts.tsx';
import { Scroll } from '../parts/scroll.tsx';

export function SpecCard({ job }: { job: RemoteJob }) {
  const text = JSON.stringify(job.spec, null, 2);
  return (
    <Card title="Spec" aside={<CopyButton text={text} what="the spec" />}>
      <Scroll label="Spec as JSON" class="spec-text">
        <pre class="code">{text}</pre>
      </Scroll>
    </Card>
  );
}
