/**
 * One job: how its loss goes against what the data allow, what the doctor found and how to mend it, and, when it is
 * over, how far its model looks back.
 */
import { useEffect, useMemo } from 'preact/hooks';
import { ago, clock, countText, duration, natsText, percentText } from '../../text/figures.ts';
import { baselinesOf } from '../charts/baselines.ts';
import { CurveChart } from '../charts/curve-chart.tsx';
import { act, actionNames, allowedActions, titleOf } from '../jobs/actions.ts';
import { secondsOf } from '../jobs/job-row.tsx';
import { jobs } from '../live/job-list.ts';
import { Icon } from '../parts/icons.tsx';
import { now } from '../parts/now.ts';
import { Card, Empty, Facts, Failure, Loading } from '../parts/page-parts.tsx';
import { Progress, Status } from '../parts/status.tsx';
import { href } from '../routing.ts';
import { Checkpoints } from './checkpoints.tsx';
import { Findings } from './findings.tsx';
import { FollowedJob } from './followed-job.ts';
import { ReportCards } from './report-cards.tsx';
import { SpecCard } from './spec-card.tsx';
import { curveSummary } from './summary.ts';

export function useFollowedJob(id: string): FollowedJob {
  const followed = useMemo(() => new FollowedJob(id), [id]);
  useEffect(() => () => followed.close(), [followed]);
  return followed;
}

export function JobDetails({ id }: { id: string }) {
  const followed = useFollowedJob(id);
  const job = followed.job.value;
  const problem = followed.problem.value;
  if (!job && problem?.isMissing) {
    return (
      <Empty title="There is no such job" isPage>
        <p>{problem.message}</p>
        <a class="button" href={href(['jobs'])}>
          All jobs
        </a>
      </Empty>
    );
  }
  if (!job && problem) return <Failure message={problem.message} onRetry={() => void followed.read()} />;
  if (!job) return <Loading what="the job" />;
  return <JobView followed={followed} />;
}

function JobView({ followed }: { followed: FollowedJob }) {
  // The list knows of changes that were asked for here before the stream tells of them.
  const listed = jobs.value.find(({ id }) => id === followed.id);
  const read = followed.job.value!;
  const job = listed && listed.step >= read.step ? listed : read;
  const revision = followed.revision.value;
  const { curve } = followed;
  const isOver = job.finishedAt !== null;
  return (
    <>
      <div class="page-head">
        <a class="soft" href={href(['jobs'])}>
          Jobs
        </a>
        <h1>{titleOf(job)}</h1>
        <Status job={job} />
        <span class="button-row push">
          {job.checkpointStep !== null && (
            <a class="button small" href={href(['try', job.id])}>
              Try it
            </a>
          )}
          <a class="button small" href={href(['new'], { from: job.id })}>
            {job.spec ? 'Run a variation' : 'Train it further'}
          </a>
          {allowedActions([job]).map((action) => (
            <button key={action} type="button" class="button small" onClick={() => void act(action, [job])}>
              <Icon name={action} /> {actionNames[action]}
            </button>
          ))}
        </span>
      </div>
      {job.status !== 'succeeded' && <Progress job={job} />}
      {curve.report && <p class="verdict">{curve.report.verdict}</p>}
      {job.error && (
        <p class="notice is-error" role="alert">
          <strong>{job.error.code}</strong> {job.error.message}
        </p>
      )}
      {job.waitingFor && <p class="notice">{job.waitingFor.message}</p>}
      <Facts
        facts={[
          ['Steps', `${countText(job.step)} of ${countText(job.steps)}`],
          ['Loss', natsText(job.loss)],
          ['Accuracy', percentText(job.accuracy)],
          ['Engine', job.engine ? <span title={job.engine.reason}>{job.engine.name}</span> : (job.spec?.engine ?? '–')],
          ['Time', duration(secondsOf(job, now.value))],
          isOver
            ? [
                'Finished',
                <span key="time" title={clock(job.finishedAt!)}>
                  {ago(job.finishedAt!, now.value)}
                </span>,
              ]
            : ['Remaining', job.status === 'running' ? duration(job.etaSeconds) : 'not training'],
        ]}
      />
      <div class="columns">
        <Card title="Loss in nats, by step" class="span-2">
          <CurveChart
            summary={curveSummary(curve)}
            series={[
              { label: 'training', colour: 'curve-1', points: curve.training },
              ...(curve.heldOut.steps.length > 0
                ? [
                    {
                      label: 'held out',
                      colour: 'curve-2',
                      points: curve.heldOut,
                      hasDots: curve.heldOut.steps.length < 60,
                    },
                  ]
                : []),
            ]}
            baselines={baselinesOf(curve.doctor, curve.report)}
            marks={curve.marks}
            revision={`${revision} ${job.status}`}
          />
          <p class="soft small-text">
            Dashed lines: what a model that sees so much can reach, at least. Solid: the proven floor, where there is
            one. Triangles: checkpoints. Dotted: the best evaluation, and what interrupted the job.
          </p>
        </Card>
        <Findings
          findings={curve.report?.findings ?? curve.doctor?.findings}
          job={job.id}
          isOver={isOver}
          isAsked={job.spec?.diagnose !== false}
          isImported={job.spec === null}
        />
      </div>
      <ReportCards job={job} hasReport={curve.report !== undefined} />
      <div class="columns">
        <Checkpoints job={job} />
        <History followed={followed} />
        <SpecCard job={job} />
      </div>
    </>
  );
}

function History({ followed }: { followed: FollowedJob }) {
  return (
    <Card title="What happened">
      <ol class="history">
        {followed.statusEvents.value.map(({ id, data }) => (
          <li key={id}>
            <span class={`dot is-${data.status}`} aria-hidden="true" />
            <span>
              <strong>{data.status}</strong>
              {data.reason ? `, ${data.reason}` : ''}
              {data.cause ? `: ${data.cause.message}` : ''}
            </span>
            <time class="soft" dateTime={data.at} title={clock(data.at)}>
              {ago(data.at, now.value)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}
