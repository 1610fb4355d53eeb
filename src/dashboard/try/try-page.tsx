/**
 * Asks a model while one types: the probabilities of each step, what moves the one under the cursor, and the request to
 * take away.
 */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RemoteJob } from '../../client/client.ts';
import { countText, natsText } from '../../text/figures.ts';
import { Bars } from '../charts/bars.tsx';
import { mostCheckpoints } from '../job/checkpoints.tsx';
import { titleOf } from '../jobs/actions.ts';
import { wordsOf } from '../live/connection.ts';
import { jobs, listState } from '../live/job-list.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { nameOfFeature } from '../parts/feature-rows.tsx';
import { Card, Empty, Failure, Loading } from '../parts/page-parts.tsx';
import { usePages } from '../parts/pages.tsx';
import { useRemote } from '../parts/remote.ts';
import { go, href, route, setQuery } from '../routing.ts';
import { base, client } from '../service.ts';
import { HeatMap } from './heat-map.tsx';
import { distinct, type Influences, influences } from './influence.ts';
import { type ModelFacts, modelFacts } from './model-facts.ts';
import { missing, readSequence, type Step, writeSequence } from './sequence-input.ts';

type CheckpointChoice = 'latest' | 'best' | number;
type InitialState = 'trained' | 'zero';

interface Answer {
  steps: readonly Step[];
  classes: readonly number[];
  labels?: readonly (string | number)[];
  probabilities: readonly (readonly number[])[];
  checkpoint: { step: number; sha256: string };
}

const pauseMs = 120;

export function TryPage({ id }: { id?: string }) {
  const models = jobs.value.filter(({ checkpointStep }) => checkpointStep !== null);
  if (!id) {
    if (listState.value === 'loading') return <Loading what="the jobs" />;
    if (models.length === 0) {
      return (
        <Empty title="No model has been trained yet" isPage>
          <p>A model can be asked from its first checkpoint on.</p>
          <a class="button primary" href={href(['tour'])}>
            Train one in a minute
          </a>
        </Empty>
      );
    }
    return <Model key={models[0].id} id={models[0].id} models={models} />;
  }
  return <Model id={id} models={models} />;
}

function Model({ id, models }: { id: string; models: readonly RemoteJob[] }) {
  const found = useRemote(async () => {
    const job = await client.job(id);
    return { job, facts: await modelFacts(job) };
  }, id);
  if (!found.value)
    return found.message ? <Failure message={found.message} onRetry={found.reload} /> : <Loading what="the model" />;
  return <Asking key={id} job={found.value.job} facts={found.value.facts} models={models} />;
}

interface AskingProps {
  job: RemoteJob;
  facts: ModelFacts;
  models: readonly RemoteJob[];
}

function Asking({ job, facts, models }: AskingProps) {
  const { query } = route.value;
  const text = query.get('sequence') ?? writeSequence(facts.example);
  const checkpoint = checkpointOf(query.get('checkpoint'));
  const initialState: InitialState = query.get('state') === 'zero' ? 'zero' : 'trained';
  const answer = useSignal<Answer | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const moved = useSignal<Influences | undefined>(undefined);
  const chosen = useSignal(0);
  const read = readSequence(text, facts.kind);
  const request = JSON.stringify([text, checkpoint, initialState, read.status]);

  useEffect(() => {
    if (read.status !== 'read') {
      problem.value = read.status === 'refused' ? read.problem : undefined;
      return;
    }
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const { steps } = read;
        const {
          predictions: [prediction],
          checkpoint: used,
        } = await client.predict(job.id, [steps], checkpoint, initialState);
        if (!isCurrent) return;
        problem.value = undefined;
        moved.value = undefined;
        chosen.value = Math.min(steps.length - 1, Math.max(chosen.peek(), steps.length - 1));
        answer.value = { ...prediction, steps, checkpoint: used };
        const alternatives = distinct([...facts.values, ...steps]);
        const { probabilities } = prediction;
        const found = await influences({ job: job.id, checkpoint, initialState, steps, probabilities, alternatives });
        if (isCurrent) moved.value = found;
      } catch (error) {
        if (isCurrent) problem.value = wordsOf(error);
      }
    }, pauseMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [request]);

  const shown = answer.value;
  const chosenStep = Math.min(chosen.value, (shown?.steps.length ?? 1) - 1);
  const body = JSON.stringify({
    job: job.id,
    checkpoint,
    sequences: [read.status === 'read' ? read.steps : []],
    initialState,
  });
  const curl = `curl -s ${location.origin}${base}/predict -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
  return (
    <>
      <div class="page-head">
        <h1>Try it</h1>
        <a href={href(['jobs', job.id])}>{titleOf(job)}</a>
      </div>
      <div class="columns try">
        <div class="stack span-2">
          <Card title="A sequence">
            <label for="sequence">{inputHint(facts)}</label>
            <textarea
              id="sequence"
              class={`code sequence ${facts.kind.width > 1 ? 'is-lines' : ''}`}
              rows={facts.kind.width > 1 ? 6 : 2}
              wrap={facts.kind.width > 1 ? 'off' : undefined}
              spellcheck={false}
              value={text}
              aria-invalid={problem.value !== undefined}
              aria-describedby={problem.value ? 'sequence-problem' : undefined}
              onInput={({ currentTarget }) => setQuery({ sequence: currentTarget.value })}
            />
            {problem.value && (
              <p id="sequence-problem" class="problem" role="alert">
                {problem.value}
              </p>
            )}
            {shown && (
              <HeatMap
                {...shown}
                names={facts.classes}
                features={facts.features}
                influences={moved.value}
                chosen={chosenStep}
                onChoose={(step) => {
                  chosen.value = step;
                }}
              />
            )}
            {shown && (
              <p class="soft small-text">
                Figures are per cent; the frame marks the most probable class. The redder{' '}
                {facts.kind.width > 1 ? 'a step' : 'an input'}, the more it moves step {chosenStep + 1}: point at
                another to see what moves that. Checkpoint of step {countText(shown.checkpoint.step)}.
              </p>
            )}
          </Card>
          <Card title="The same from a terminal" aside={<CopyButton text={curl} what="the request" />}>
            <pre class="code wrapped">{curl}</pre>
          </Card>
        </div>
        <div class="stack">
          <Choices job={job} models={models} checkpoint={checkpoint} initialState={initialState} />
          {shown && <Moved answer={shown} influences={moved.value} chosen={chosenStep} />}
        </div>
      </div>
    </>
  );
}

function checkpointOf(text: string | null): CheckpointChoice {
  if (text === 'best') return 'best';
  return text !== null && /^\d+$/.test(text) ? Number(text) : 'latest';
}

function inputHint({ kind, features }: ModelFacts): string {
  if (kind.kind === 'strings') return 'Words with blanks between them, or JSON';
  if (kind.width > 1 && features.length > 0) {
    return `A line for each step: ${features.map(nameOfFeature).join(', ')} (${missing} where missing), or JSON`;
  }
  if (kind.width > 1) return `A line for each step, with ${kind.width} numbers (${missing} for a missing one), or JSON`;
  return kind.isDigit ? 'Digits, with or without blanks, or JSON' : 'Numbers with blanks between them, or JSON';
}

function Choices({
  job,
  models,
  checkpoint,
  initialState,
}: Pick<AskingProps, 'job' | 'models'> & { checkpoint: CheckpointChoice; initialState: InitialState }) {
  const { items: checkpoints = [] } = usePages(
    (page) => client.checkpoints(job.id, page),
    `${job.id} ${job.checkpointStep}`,
    mostCheckpoints,
  );
  const listed = models.some(({ id }) => id === job.id) ? models : [job, ...models];
  return (
    <Card title="Of which model">
      <div class="field">
        <label for="model">Job</label>
        <select id="model" value={job.id} onChange={({ currentTarget }) => go(['try', currentTarget.value])}>
          {listed.map((one) => (
            <option key={one.id} value={one.id}>
              {titleOf(one)} · {one.status} · …{one.id.slice(-4)}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="checkpoint">Checkpoint</label>
        <select
          id="checkpoint"
          value={String(checkpoint)}
          onChange={({ currentTarget }) => setQuery({ checkpoint: currentTarget.value })}
        >
          <option value="latest">latest</option>
          <option value="best">best</option>
          {checkpoints.map(({ step, loss }) => (
            <option key={step} value={String(step)}>
              step {step}, loss {natsText(loss)}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="state">Initial state</label>
        <select
          id="state"
          value={initialState}
          onChange={({ currentTarget }) => setQuery({ state: currentTarget.value })}
        >
          <option value="trained">as it was trained</option>
          <option value="zero">zero</option>
        </select>
      </div>
    </Card>
  );
}

/** Steps before the chosen one that are shown: up to the last that moves it by this share of the most. */
const mostLags = 12;
const leastShare = 0.01;

function Moved({ answer, influences: found, chosen }: { answer: Answer; influences?: Influences; chosen: number }) {
  const lags = Array.from({ length: Math.min(chosen + 1, mostLags) }, (_, lag) => lag);
  const rows = lags.flatMap((lag) => {
    const value = found?.[chosen - lag]?.[chosen];
    return value === undefined ? [] : [{ lag, value, input: answer.steps[chosen - lag] }];
  });
  const most = Math.max(...rows.map(({ value }) => value), 1e-6);
  const shown = rows.slice(0, Math.max(2, rows.findLastIndex(({ value }) => value >= leastShare * most) + 1));
  return (
    <Card title={`What moves step ${chosen + 1}`}>
      {!found && <p class="soft">Asking the model with each step replaced …</p>}
      {found && rows.length === 0 && (
        <p class="soft">No step could be replaced: there is no other value to put in its place.</p>
      )}
      {rows.length > 0 && (
        <>
          <Bars
            label={`Influence on step ${chosen + 1}, in nats`}
            bars={shown.map(({ lag, value, input }) => ({
              name: `${lag === 0 ? 'present' : `${lag} back`}${Array.isArray(input) ? '' : ` (${input})`}`,
              value,
              text: natsText(value),
            }))}
            top={most}
          />
          <p class="soft small-text">
            {shown.length < rows.length && 'Steps further back move it by less than a hundredth of the most. '}By how
            much the probabilities at this step move when that step is replaced: mean Jensen–Shannon divergence, at most
            ln 2 = 0.6931 nats.
          </p>
        </>
      )}
    </Card>
  );
}
