/**
 * What the service says of a spec while it is written: whether it is valid, what it would cost, on which engine, and
 * what the doctor finds in its data.
 */
import { bytes, countText, duration, scaled } from '../../text/figures.ts';
import { FindingView } from '../job/findings.tsx';
import { Card, Facts, Skeleton } from '../parts/page-parts.tsx';
import type { SpecDraft, SpecFields } from './draft.ts';
import { withPatch } from './patch.ts';

export function Estimate({ draft }: { draft: SpecDraft }) {
  const verdict = draft.verdict.value;
  return (
    <Card title="As it would run" class="estimate">
      <div aria-live="polite">
        {verdict.status === 'pending' && <Skeleton lines={3} what="Asking the service" />}
        {verdict.status === 'invalid' && (
          <>
            <p class="notice is-error">{verdict.message}</p>
            {verdict.errors.length > 1 && (
              <ul class="errors">
                {verdict.errors.map(({ path, message }) => (
                  <li key={`${path} ${message}`}>
                    <code>{path}</code> {message}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
        {verdict.status === 'valid' && <Valid draft={draft} validation={verdict.validation} />}
      </div>
    </Card>
  );
}

type ValidVerdict = Extract<SpecDraft['verdict']['value'], { status: 'valid' }>;

function Valid({ draft, validation }: { draft: SpecDraft; validation: ValidVerdict['validation'] }) {
  const { model, estimate, engine, doctor, spec } = validation;
  const findings = doctor?.findings ?? [];
  return (
    <>
      <Facts
        facts={[
          ['Time', `about ${duration(estimate.seconds)}`],
          ['Parameters', countText(model.parameters)],
          ['Operations', scaled(estimate.flops)],
          ['Memory', bytes(estimate.bytes)],
          ['Disk', `at most ${bytes(estimate.diskBytes)}`],
          ['Engine', engine.name],
        ]}
      />
      <p class="soft small-text">{engine.reason}</p>
      {doctor && findings.length === 0 && <p>The doctor finds nothing wrong with these data.</p>}
      {findings.map((finding) => (
        <div key={`${finding.code} ${finding.message}`}>
          <FindingView finding={finding} />
          {finding.patch && (
            <button
              type="button"
              class="button primary small"
              onClick={() => draft.set(withPatch(spec as SpecFields, finding.patch!))}
            >
              Apply the patch
            </button>
          )}
        </div>
      ))}
    </>
  );
}
