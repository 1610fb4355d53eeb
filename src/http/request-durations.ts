/**
 * How long requests took, by route, for Prometheus.
 */
import { Histogram, type Registry } from 'prom-client';

type Labels = Record<'method' | 'route' | 'status', string | number>;

/** Of one kind of requests, in seconds, that are noted before the histogram has them. */
const mostNoted = 1024;

export class RequestDurations {
  readonly #histogram: Histogram<keyof Labels>;
  /** What adds the durations that were noted and are not in the histogram yet. */
  readonly #adders: (() => void)[] = [];

  constructor(registry: Registry) {
    this.#histogram = new Histogram({
      name: 'lookback_http_request_duration_seconds',
      help: 'Time until an answer was sent, by route; event streams are left out.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers: [registry],
      collect: () => {
        for (const add of this.#adders) add();
      },
    });
  }

  observe(labels: Labels, seconds: number): void {
    this.#histogram.observe(labels, seconds);
  }

  /** For requests that come by the thousand: they are noted, and counted many at a time, before somebody looks. */
  noting(labels: Labels): (seconds: number) => void {
    const histogram = this.#histogram.labels(labels);
    const noted = new Float64Array(mostNoted);
    let count = 0;
    const add = () => {
      for (let n = 0; n < count; n++) histogram.observe(noted[n]);
      count = 0;
    };
    this.#adders.push(add);
    return (seconds) => {
      noted[count++] = seconds;
      if (count === mostNoted) add();
    };
  }
}
