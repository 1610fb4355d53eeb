/**
 * A first look in three steps: the broken program stops at the present, the doctor says why, the patched one learns. The
 * jobs are real ones; their ids are in the address, so that it can be left and come back to.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { JobSpecInput } from '../../spec/job-spec.ts';
import { baselinesOf } from '../charts/baselines.ts';
import { CurveChart } from '../charts/curve-chart.tsx';
import { FindingView } from '../job/findings.tsx';
import type { FollowedJob } from '../job/followed-job.ts';
import { useFollowedJob } from '../job/job-page.tsx';
import { curveSummary } from '../job/summary.ts';
import { wordsOf } from '../live/connection.ts';
import { noteJob } from '../live/job-list.ts';
import { Status } from '../parts/status.tsx';
import { toast } from '../parts/toasts.tsx';
import { href, route, setQuery } from '../routing.ts';
import { client, requestKey } from '../service.ts';
import type { SpecFields } from '../spec/draft.ts';
import { withPatch } from '../spec/patch.ts';

export function TourPage() {
  const { query } = route.value;
  const [broken, mended] = [query.get('broken') ?? undefined, query.get('patched') ?? undefined];
  return (
    <div class="tour">
      <h1>A first look</h1>
      <Step number={1} title="A network that should remember">
        <p>
          The input is a stream of 0s and 1s. The class of a step is its value plus twice the value before: to know it,
          one has to look back. Someone reshaped the stream so that neighbours in time lie on the batch axis.
        </p>
        {broken ? (
          <BrokenRun key={broken} id={broken} mended={mended} />
        ) : (
          <Start name="broken" label="Train it" spec={{ preset: 'broken' }} />
        )}
      </Step>
      {mended && (
        <Step number={3} title="The same network, with the patch">
          <MendedRun key={mended} id={mended} />
        </Step>
      )}
    </div>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ComponentChildren }) {
  return (
    <section class="card step">
      <h2>
        <span class="step-number">{number}</span> {title}
      </h2>
      {children}
    </section>
  );
}

/** Submits a job and puts its id into the address, under a name. */
function Start({ name, label, spec }: { name: string; label: string; spec: JobSpecInput }) {
  const isSending = useSignal(false);
  const run = async () => {
    isSending.value = true;
    try {
      const job = await client.submit(spec, { idempotencyKey: requestKey() });
      noteJob(job);
      setQuery({ [name]: job.id });
    } catch (error) {
      toast(wordsOf(error), { isError: true });
      isSending.value = false;
    }
  };
  return (
    <button type="button" class="button primary" disabled={isSending.value} onClick={() => void run()}>
      {label}
    </button>
  );
}

function BrokenRun({ id, mended }: { id: string; mended?: string }) {
  const followed = useFollowedJob(id);
  const isOver = followed.job.value?.finishedAt != null;
  void followed.revision.value;
  const { doctor, report } = followed.curve;
  const finding = doctor?.findings.find(({ patch }) => patch);
  const spec = followed.job.value?.spec;
  return (
    <>
      <Run followed={followed} />
      {isOver && finding && report?.order === 0 && (
        <p>
          Its loss has come down to the line “the present alone” and stays there: more steps, more units, another
          optimiser would not change that.
        </p>
      )}
      {report && <p class="verdict">{report.verdict}</p>}
      {isOver && finding?.patch && spec && (
        <>
          <h2>
            <span class="step-number">2</span> What the doctor says
          </h2>
          <p>It looked at the data alone, before a single step was trained.</p>
          <FindingView finding={finding} />
          {!mended && (
            <Start
              name="patched"
              label="Apply the patch and train again"
              spec={
                {
                  ...withPatch(spec as SpecFields, finding.patch),
                  name: 'broken, patched',
                  basedOn: id,
                } as JobSpecInput
              }
            />
          )}
        </>
      )}
    </>
  );
}

function MendedRun({ id }: { id: string }) {
  const followed = useFollowedJob(id);
  const isOver = followed.job.value?.finishedAt != null;
  void followed.revision.value;
  const { report } = followed.curve;
  return (
    <>
      <Run followed={followed} />
      {report && <p class="verdict">{report.verdict}</p>}
      {isOver && (
        <p class="button-row">
          <a class="button primary" href={href(['try', id], { sequence: '0 0 1 0 1 1' })}>
            Ask the model
          </a>
          <a class="button" href={href(['jobs', id])}>
            See its report
          </a>
          <a class="button" href={href(['jobs'])}>
            All jobs
          </a>
        </p>
      )}
    </>
  );
}

function Run({ followed }: { followed: FollowedJob }) {
  const job = followed.job.value;
  const problem = followed.problem.value;
  const { curve } = followed;
  return (
    <>
      {problem && (
        <p class="notice is-error" role="alert">
          {problem.message} {problem.isMissing && <a href={href(['tour'])}>Begin again</a>}
        </p>
      )}
      {job && (
        <p>
          <Status job={job} /> {job.waitingFor && <span class="soft">{job.waitingFor.message}</span>}
        </p>
      )}
      <CurveChart
        summary={curveSummary(curve)}
        series={[{ label: 'training', colour: 'curve-1', points: curve.training }]}
        baselines={baselinesOf(curve.doctor, curve.report)}
        revision={followed.revision.value}
        height={240}
      />
    </>
  );
}
