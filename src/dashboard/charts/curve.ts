/**
 * The curve of a job, made of its events: losses by step, what the data allow, and what happened on the way. A run that
 * starts again from a checkpoint repeats steps: what was measured beyond it gives way.
 */
import type { RemoteEvent } from '../../client/client.ts';
import type { DoctorReport } from '../../diagnosis/doctor/doctor-schema.ts';
import type { ReportSummary } from '../../diagnosis/report/report-schema.ts';

/** Losses by step, ascending. */
export interface Points {
  steps: number[];
  losses: number[];
}

export interface Mark {
  step: number;
  kind: 'checkpoint' | 'best' | 'status';
  label: string;
}

export class Curve {
  readonly training: Points = { steps: [], losses: [] };
  readonly heldOut: Points = { steps: [], losses: [] };
  marks: Mark[] = [];
  doctor?: DoctorReport;
  report?: ReportSummary;
  lastEventId = 0;

  add({ id, type, data }: RemoteEvent): void {
    if (id > 0 && id <= this.lastEventId) return;
    this.lastEventId = Math.max(this.lastEventId, id);
    if (type === 'progress') addPoint(this.training, data.step, data.loss);
    else if (type === 'evaluation') {
      addPoint(this.heldOut, data.step, data.loss);
      if (data.improved) this.#mark({ step: data.step, kind: 'best', label: 'lowest held-out loss so far' });
    } else if (type === 'checkpoint') this.#mark({ step: data.step, kind: 'checkpoint', label: 'checkpoint' });
    else if (type === 'doctor') this.doctor = data;
    else if (type === 'report') this.report = data;
    else if (isTurn(data)) {
      this.#mark({ step: this.training.steps.at(-1) ?? 0, kind: 'status', label: data.reason ?? data.status });
    }
  }

  #mark(mark: Mark): void {
    const isKnown = (one: Mark) => one.kind === mark.kind && one.step === mark.step && one.label === mark.label;
    if (mark.kind === 'best') this.marks = this.marks.filter(({ kind }) => kind !== 'best');
    if (!this.marks.some(isKnown)) this.marks.push(mark);
  }
}

/** What a curve is marked for: that it begins and succeeds is no surprise. */
function isTurn({ status, attempt }: Extract<RemoteEvent, { type: 'status' }>['data']): boolean {
  return status === 'running' ? attempt > 1 : status !== 'queued' && status !== 'succeeded';
}

function addPoint({ steps, losses }: Points, step: number, loss: number): void {
  while (steps.length > 0 && steps[steps.length - 1] >= step) {
    steps.pop();
    losses.pop();
  }
  steps.push(step);
  losses.push(loss);
}
