/**
 * The report of a job in pictures: influence by lag, memory, confusion, accuracy by position and class, calibration.
 */
import type { RemoteJob } from '../../client/client.ts';
import type { Report } from '../../diagnosis/report/report-schema.ts';
import { Bars } from '../charts/bars.tsx';
import { CalibrationPlot } from '../charts/calibration.tsx';
import { PositionCurve } from '../charts/position-curve.tsx';
import { countedText, natsText, percentText } from '../format.ts';
import { Card, Facts, Failure } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { client } from '../service.ts';
import { Confusion } from './confusion.tsx';

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
        <Card title="Confusion">
          <Confusion counts={report.confusion} names={namesOf(report)} />
        </Card>
        <Card title="Accuracy by class">
          <Bars
            label="Accuracy by class"
            bars={report.perClass.map(({ class: index, label, accuracy, steps }) => ({
              name: String(label ?? index),
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
  const { influence, effectiveMemory, order, informationUsed, heldOut } = report;
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
          ['Effective memory', countedText(effectiveMemory, 'past value')],
          ['Learned to use', countedText(order, 'past value')],
          ['Information used', percentText(informationUsed)],
          ['Held out', `${natsText(heldOut.loss)} nats, ${percentText(heldOut.accuracy)}`],
        ]}
      />
    </Card>
  );
}

function lagName(lag: number): string {
  if (lag === 0) return 'present';
  return lag > 0 ? `${lag} back` : `${-lag} ahead`;
}

export function namesOf({ labels, perClass }: Pick<Report, 'labels' | 'perClass'>): string[] {
  return perClass.map(({ class: index, label }) => String(labels?.[index] ?? label ?? index));
}
