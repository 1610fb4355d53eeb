/**
 * A job about to be run: its spec as form and as JSON, two views of one text; what it starts from is in the address, a
 * preset, a dataset, or the spec of another job with a patch applied.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../client/client.ts';
import type { Finding } from '../../diagnosis/doctor/doctor-schema.ts';
import type { JobSpecInput } from '../../spec/job-spec.ts';
import { wordsOf } from '../live/connection.ts';
import { noteJob } from '../live/job-list.ts';
import { Card, Failure, Loading } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { toast } from '../parts/toasts.tsx';
import { go, route, setQuery } from '../routing.ts';
import { base, client, requestKey } from '../service.ts';
import { SpecDraft, type SpecFields } from './draft.ts';
import { Estimate } from './estimate.tsx';
import { withPatch } from './patch.ts';
import { type JsonSchema, specSchemaOf } from './schema.ts';
import { SpecForm } from './spec-form.tsx';

interface Start {
  fields: SpecFields;
  /** What was done to it, in a sentence. */
  note?: string;
}

let schema: Promise<JsonSchema> | undefined;

/** Read once: it does not change while the page is open. */
function readSchema(): Promise<JsonSchema> {
  schema ??= fetch(`${base}/openapi.json`).then(async (response) => specSchemaOf(await response.json()));
  schema.catch(() => {
    schema = undefined;
  });
  return schema;
}

export function NewJobPage() {
  const { query } = route.value;
  const [from, patch, preset, dataset] = ['from', 'patch', 'preset', 'dataset'].map(
    (name) => query.get(name) ?? undefined,
  );
  const depends = JSON.stringify([from, patch, preset, dataset]);
  const start = useRemote(() => readStart({ from, patch, preset, dataset }), depends);
  const form = useRemote(readSchema, 'schema');
  if (start.message) return <Failure message={start.message} onRetry={start.reload} />;
  if (form.message) return <Failure message={form.message} onRetry={form.reload} />;
  if (!start.value || !form.value) return <Loading what="what a job may be" />;
  return <SpecEditor key={depends} start={start.value} schema={form.value} />;
}

async function readStart({ from, patch, preset, dataset }: Record<string, string | undefined>): Promise<Start> {
  if (dataset !== undefined) return { fields: { task: { type: 'dataset', dataset }, optimizer: { type: 'adam' } } };
  if (from === undefined) return { fields: { preset: preset ?? 'lookback' } };
  const { spec, name } = await client.job(from);
  if (spec === null) {
    const note =
      'The training starts from the imported model: give the model its layers and units, and the data its inputs and labels.';
    return { fields: { initFrom: { job: from } }, note };
  }
  const variation = { ...spec, basedOn: from };
  if (patch === undefined) return { fields: variation };
  const findings = await findingsOf(from, spec);
  const found = findings.find(({ code }) => code === patch)?.patch;
  if (!found) return { fields: variation, note: `The doctor no longer finds ${patch}: the spec is as the job has it.` };
  const fields = withPatch(variation, found);
  const title = name ?? 'this job';
  return {
    fields: { ...fields, name: `${title}, patched`.slice(0, 200) },
    note: `The patch for ${patch} is applied to the spec of ${title}.`,
  };
}

/** Those of the report, once there is one: it knows the training curves as well. */
async function findingsOf(job: string, spec: JobSpecInput): Promise<readonly Finding[]> {
  const report = await client.report(job).catch((error) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  return report?.findings ?? (await client.validate(spec)).doctor?.findings ?? [];
}

function SpecEditor({ start, schema: formSchema }: { start: Start; schema: JsonSchema }) {
  // Once: where it starts from is read again when the service was away, and what was written since must stay.
  const draft = useMemo(() => new SpecDraft(start.fields), []);
  useEffect(() => () => draft.close(), [draft]);
  const isSending = useSignal(false);
  // A request that is repeated, as after an answer that was lost, makes one job.
  const idempotencyKey = useMemo(requestKey, [draft.text.value]);
  const view = route.value.query.get('view') === 'json' ? 'json' : 'form';
  const verdict = draft.verdict.value;

  const run = async () => {
    const parsed = draft.parsed.value;
    if ('problem' in parsed) return;
    isSending.value = true;
    try {
      const job = await client.submit(parsed.fields, { idempotencyKey });
      noteJob(job);
      go(['jobs', job.id]);
    } catch (error) {
      toast(wordsOf(error), { isError: true });
    } finally {
      isSending.value = false;
    }
  };

  return (
    <>
      <div class="page-head">
        <h1>New job</h1>
        <fieldset class="switch">
          <legend class="visually-hidden">View</legend>
          {(['form', 'json'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={view === name} onClick={() => setQuery({ view: name })}>
              {name === 'form' ? 'Form' : 'JSON'}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          class="button primary push"
          disabled={verdict.status !== 'valid' || isSending.value}
          onClick={() => void run()}
        >
          Run
        </button>
      </div>
      {start.note && <p class="notice">{start.note}</p>}
      <div class="columns editor">
        <Card title="Spec" class="span-2">
          {view === 'form' ? <SpecForm schema={formSchema} draft={draft} /> : <JsonEditor draft={draft} />}
        </Card>
        <Estimate draft={draft} />
      </div>
    </>
  );
}

function JsonEditor({ draft }: { draft: SpecDraft }) {
  const isWrong = draft.verdict.value.status === 'invalid';
  return (
    <textarea
      class="code editor-text"
      aria-label="Spec as JSON"
      aria-invalid={isWrong}
      spellcheck={false}
      rows={Math.max(16, draft.text.value.split('\n').length + 1)}
      value={draft.text.value}
      onInput={({ currentTarget }) => {
        draft.text.value = currentTarget.value;
      }}
    />
  );
}
