/**
 * The report of a job in pictures: influence by lag, memory, confusion, accuracy by position and class, calibration.
 */
import type { RemoteJob } from '../../client/client.ts';
import type { Report } from '../../diagnosis/report/report-schema.ts';
import { countedText, nameText, natsText, percentText } from '../../text/figures.ts';
import { Bars } from '../charts/bars.tsx';
import { CalibrationPlot } from '../charts/calibration.tsx';
import { PositionCurve } from '../charts/position-curve.tsx';
import { Card, Facts, Failure } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { client } from '../service.ts';
import { Confusion, mostClassesOfACard } from './confusion.tsx';

export function ReportCards({ job, hasReport }: { job: RemoteJob; hasReport: boolean }) {
  return hasReport ? <Cards key={`${job.id} ${job.attempt}`} id={job.id} /> : null;
}

function Cards({ id }: { id: string }) {
  const { value: report, message, reload } = useRemote(() => client.report(id), id);
  if (!report) return message ? <Failure message={message} onRetry={reload} /> : null;
  return (
    <>
      <h2 class="section-title">How far the model looks back</h2>
      <div class="columns three">
        <Influence report={report} />
        {report.memory && report.memory.length > 1 && (
          <Card title="Loss by past values given">
            <Bars
              label="Held-out loss by past values given, in nats"
              bars={report.memory.map(({ past, loss }) => ({
                name: past === 0 ? 'present alone' : `${past} past`,
                value: loss,
                text: natsText(loss),
              }))}
              top={Math.max(...report.memory.map(({ loss }) => loss))}
            />
            <p class="soft small-text">
              Held-out loss of the model when it is given the present and so many past values, in nats.
            </p>
          </Card>
        )}
        <Card title="Confusion" class={report.confusion.length > mostClassesOfACard ? 'span-2 rows-2' : ''}>
          <Confusion counts={report.confusion} names={namesOf(report)} />
        </Card>
        <Card title="Accuracy by class">
          <Bars
            label="Accuracy by class"
            bars={report.perClass.map(({ class: index, label, accuracy, steps }) => ({
              name: nameText(label ?? index),
              value: accuracy,
              text: percentText(accuracy),
              detail: countedText(steps, 'step'),
            }))}
            top={1}
          />
        </Card>
        {report.perPosition.length > 0 && (
          <Card title="Accuracy by position in the row">
            <PositionCurve scores={report.perPosition} />
          </Card>
        )}
        <Card title="Calibration">
          <CalibrationPlot report={report} />
        </Card>
      </div>
    </>
  );
}

function Influence({ report }: { report: Report }) {
  const { influence, informationUsed, heldOut } = report;
  const top = Math.max(...influence.map(({ nats: value }) => value), 1e-9);
  return (
    <Card title="Influence by lag">
      <Bars
        label="Influence by lag, in nats"
        bars={influence.map(({ lag, nats: value }) => ({ name: lagName(lag), value, text: natsText(value) }))}
        top={top}
      />
      <Facts
        facts={[
          ['Effective memory', memoryText(report)],
          ['Uncertainty taken away', percentText(informationUsed)],
          ['Held out', `${natsText(heldOut.loss)} nats, ${percentText(heldOut.accuracy)}`],
        ]}
      />
    </Card>
  );
}

/** With its interval, where it was measured. */
function memoryText({ effectiveMemory, usesPast }: Report): string {
  if (!usesPast) return countedText(effectiveMemory, 'past value');
  const { values, low, high, atLeast } = usesPast;
  const range = low < high ? ` (${low} to ${high})` : '';
  return `${atLeast ? 'at least ' : ''}${countedText(values, 'past value')}${range}`;
}

function lagName(lag: number): string {
  if (lag === 0) return 'present';
  return lag > 0 ? `${lag} back` : `${-lag} ahead`;
}

function namesOf({ labels, perClass }: Pick<Report, 'labels' | 'perClass'>): string[] {
  return perClass.map(({ class: index, label }) => nameText(labels?.[index] ?? label ?? index));
}
