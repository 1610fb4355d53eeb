/**
 * How the demo shows a run: on a terminal with a progress bar, elsewhere in plain lines. Everything goes to stderr or
 * stdout as the caller says.
 */
import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { Finding } from '../diagnosis/doctor/doctor-schema.ts';
import type { JobProgress } from '../jobs/event.ts';

/** Characters of a line of text. */
const width = 100;

export class Screen {
  readonly #out: NodeJS.WriteStream;
  /** The progress bar that is being drawn: it has hidden the cursor and switched line wrap off. */
  #bar: SingleBar | undefined;
  #isClosed = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  title(text: string): void {
    this.line(`\n${this.#style('bold', text)}`);
  }

  /** A paragraph, indented and wrapped. */
  text(paragraph: string): void {
    this.line('');
    let line = ' ';
    for (const word of paragraph.split(' ')) {
      if (line.length + 1 + word.length > width) {
        this.line(line);
        line = ' ';
      }
      line += ` ${word}`;
    }
    this.line(line);
  }

  findings(findings: readonly Finding[]): void {
    if (findings.length === 0) this.text('Doctor: nothing found.');
    for (const { severity, code, message } of findings) this.text(`Doctor, ${severity}, ${code}: ${message}`);
    this.line('');
  }

  line(text: string): void {
    if (!this.#isClosed) this.#out.write(`${text}\n`);
  }

  /** Follows a run's progress until `done` is called. */
  progress(): { show(progress: JobProgress): void; done(): void } {
    if (!this.#out.isTTY) {
      const show = ({ step, loss }: JobProgress) =>
        this.line(`  step ${String(step).padStart(5)}   loss ${loss.toFixed(4)}`);
      return { show, done: () => {} };
    }
    const bar = new SingleBar({
      stream: this.#out,
      format: '  {bar} step {value}/{total}   loss {loss}   {speed} steps/s',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
    });
    const show = ({ step, steps, loss, stepsPerSecond }: JobProgress) => {
      const payload = { loss: loss.toFixed(4), speed: Math.round(stepsPerSecond) };
      if (this.#isClosed) return;
      if (this.#bar === bar) bar.update(step, payload);
      else bar.start(steps, step, payload);
      this.#bar = bar;
    };
    return { show, done: () => this.#endBar() };
  }

  /** Gives the terminal back as it was; nothing is drawn any more. */
  close(): void {
    this.#isClosed = true;
    this.#endBar();
  }

  #endBar(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** The question's table: a row for each pattern, a column for each class; the right class stands out. */
  table(rows: { pattern: string; probabilities: readonly number[]; right: number }[]): void {
    const classes = rows[0].probabilities.length;
    const head = Array.from({ length: classes }, (_, c) => `class ${c}`.padStart(9)).join('');
    this.line(`\n  last two ${head}`);
    for (const { pattern, probabilities, right } of rows) {
      const cells = probabilities.map((p, c) => {
        const text = p.toFixed(4).padStart(9);
        return c === right ? this.#style('bold', text) : text;
      });
      this.line(`  ${pattern.padEnd(8)} ${cells.join('')}`);
    }
  }

  /** What the reader of the demo can do from here. */
  next(): void {
    this.title('What next');
    this.text(
      'The service of the demo is gone with its data. To have one that stays, with its documentation at /docs:',
    );
    this.line('\n  npm start');
    this.text(
      'In another terminal, train the mended program there, or ask the doctor about the broken one without training it:',
    );
    this.line('\n  npx lookback submit -p lookback --follow');
    this.line('  npx lookback doctor -p broken');
    this.text('For your own sequences, as NDJSON or CSV, read docs/data.md; for everything else docs/README.md.');
  }

  #style(style: 'bold', text: string): string {
    return this.#out.isTTY ? styleText(style, text) : text;
  }
}
