/**
 * Several jobs side by side: their curves over each other, and what their specs differ in.
 */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RemoteJob } from '../../client/client.ts';
import { duration, natsText, percentText } from '../../text/figures.ts';
import { curveColours } from '../charts/colours.ts';
import { CurveChart, type CurveSeries } from '../charts/curve-chart.tsx';
import { wordsOf } from '../live/connection.ts';
import { jobs, noteJob } from '../live/job-list.ts';
import { now } from '../parts/now.ts';
import { Card, Empty, Failure, Loading } from '../parts/page-parts.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Status } from '../parts/status.tsx';
import { href, route } from '../routing.ts';
import { client } from '../service.ts';
import { differences } from '../spec/differences.ts';
import { titleOf } from './actions.ts';
import { secondsOf } from './job-row.tsx';
import { sampledCurve } from './sampled-curves.ts';

/** Pages of a log that are read of each job. */
const pages = 24;

export function ComparePage() {
  const ids = [...new Set((route.value.query.get('jobs') ?? '').split(',').filter(Boolean))].slice(
    0,
    curveColours.length,
  );
  const problem = useSignal<string | undefined>(undefined);
  const found = ids.map((id) => jobs.value.find((job) => job.id === id));
  const missing = ids.filter((_, i) => !found[i]).join(',');

  useEffect(() => {
    problem.value = undefined;
    for (const id of missing.split(',').filter(Boolean)) {
      client.job(id).then(noteJob, (error) => {
        problem.value = wordsOf(error);
      });
    }
  }, [missing]);

  if (ids.length < 2) {
    return (
      <Empty title="Two jobs or more can be compared" isPage>
        <p>Select them in the list, then choose Compare.</p>
        <a class="button" href={href(['jobs'])}>
          All jobs
        </a>
      </Empty>
    );
  }
  const there = found.filter((job) => job !== undefined);
  if (there.length < 2) return problem.value ? <Failure message={problem.value} /> : <Loading what="the jobs" />;
  return <Comparison jobs={there} problem={problem.value} />;
}

function Comparison({ jobs: compared, problem }: { jobs: readonly RemoteJob[]; problem?: string }) {
  const curves = compared.map((job) => sampledCurve(job, pages));
  const revision = curves.map(({ revision: { value } }) => value).join(' ');
  const titles = distinctTitles(compared);
  const training = curves.map(
    ({ curve }, i): CurveSeries => ({ label: titles[i], colour: curveColours[i], points: curve.training }),
  );
  return (
    <>
      <div class="page-head">
        <a class="soft" href={href(['jobs'])}>
          Jobs
        </a>
        <h1>{compared.length} jobs compared</h1>
      </div>
      {problem && <Failure message={problem} />}
      <Card title="Training loss in nats, by step">
        <CurveChart
          summary={`Training loss of ${titles.join(', ')}.`}
          series={training}
          revision={revision}
          height={340}
        />
      </Card>
      <div class="columns">
        <Card title="How they ended up" class="span-all">
          <Results jobs={compared} titles={titles} />
        </Card>
        <Card title="What their specs differ in" class="span-all">
          <Differences jobs={compared} titles={titles} />
        </Card>
      </div>
    </>
  );
}

/** Jobs may have the same name: then the end of the id tells them apart. */
function distinctTitles(compared: readonly RemoteJob[]): string[] {
  const titles = compared.map(titleOf);
  return titles.map((title, i) =>
    titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${compared[i].id.slice(-4)})`,
  );
}

interface SideBySide {
  jobs: readonly RemoteJob[];
  titles: readonly string[];
}

function Results({ jobs: compared, titles }: SideBySide) {
  return (
    <Scroll label="Results">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Loss
            </th>
            <th scope="col" class="number">
              Accuracy
            </th>
            <th scope="col" class="number wide-only">
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map((job, i) => (
            <tr key={job.id}>
              <th scope="row">
                <span class="swatch" style={{ background: `var(--${curveColours[i]})` }} />{' '}
                <a href={href(['jobs', job.id])}>{titles[i]}</a>
              </th>
              <td>
                <Status job={job} />
              </td>
              <td class="number">{natsText(job.loss)}</td>
              <td class="number">{percentText(job.accuracy)}</td>
              <td class="number wide-only">{duration(secondsOf(job, now.value))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Differences({ jobs: compared, titles }: SideBySide) {
  const found = differences(compared.map(({ spec, imported }) => spec ?? { imported }));
  if (found.length === 0) return <p>Nothing: they are equal.</p>;
  return (
    <Scroll label="Differences">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.map(({ path, values }) => (
            <tr key={path}>
              <th scope="row">
                <code>{path}</code>
              </th>
              {values.map((value, i) => (
                <td key={titles[i]}>
                  {value === undefined ? <span class="soft">not given</span> : <code>{JSON.stringify(value)}</code>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
