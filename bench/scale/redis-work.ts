/**
 * What Redis does for a job, whatever else the machine does: its processor time, and by command.
 */
import type { Redis } from 'ioredis';

/** What takes longer is looked at one by one. */
const slowMicroseconds = 1_000;

interface Work {
  cpuSeconds: number;
  /** Calls and microseconds. */
  commands: Map<string, { calls: number; us: number }>;
}

export class RedisWork {
  readonly #redis: Redis;
  #before: Work = { cpuSeconds: 0, commands: new Map() };

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async start(): Promise<void> {
    await this.#redis.config('SET', 'slowlog-log-slower-than', String(slowMicroseconds));
    await this.#redis.slowlog('RESET');
    this.#before = await this.#read();
  }

  /** Since the start, or since it was asked last; the commands that took the most of it, with calls a job and µs a call. */
  async perJob(jobs: number): Promise<{ ms: number; commands: string }> {
    const before = this.#before;
    this.#before = await this.#read();
    const spent = [...this.#before.commands].map(([name, { calls, us }]) => {
      const known = before.commands.get(name) ?? { calls: 0, us: 0 };
      return { name, calls: calls - known.calls, us: us - known.us };
    });
    const commands = spent
      .sort((a, b) => b.us - a.us)
      .slice(0, 6)
      .map(({ name, calls, us }) => `${name} ${(calls / jobs).toFixed(1)} x ${(us / calls).toFixed(1)} µs`);
    const ms = (1_000 * (this.#before.cpuSeconds - before.cpuSeconds)) / jobs;
    return { ms: Number(ms.toFixed(2)), commands: commands.join(', ') };
  }

  /** Of the commands since the start; 0: none took longer than a millisecond. */
  async slowestMs(): Promise<number> {
    const entries = (await this.#redis.slowlog('GET', 128)) as [number, number, number, string[]][];
    const [slowest] = entries.sort(([, , a], [, , b]) => b - a);
    if (!slowest) return 0;
    process.stderr.write(`slowest: ${slowest[3].join(' ').slice(0, 200)}\n`);
    return Number((slowest[2] / 1_000).toFixed(1));
  }

  async #read(): Promise<Work> {
    const cpu = await this.#redis.info('cpu');
    const cpuSeconds = [/used_cpu_user:([\d.]+)/, /used_cpu_sys:([\d.]+)/]
      .map((pattern) => Number(pattern.exec(cpu)![1]))
      .reduce((sum, seconds) => sum + seconds, 0);
    const stats = await this.#redis.info('commandstats');
    const found = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)];
    return { cpuSeconds, commands: new Map(found.map(([, name, calls, us]) => [name, { calls: +calls, us: +us }])) };
  }
}
