/**
 * Opens the port of the API, and says what is in the way when that fails.
 */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { UnavailableError } from '../errors.ts';

/** @returns the address that it listens on. @throws UnavailableError that names the setting to change. */
export async function listen(app: FastifyInstance, { port, host }: Pick<Config, 'port' | 'host'>): Promise<string> {
  try {
    return await app.listen({ port, host });
  } catch (error) {
    const remedy = remedies[(error as NodeJS.ErrnoException).code ?? ''];
    if (!remedy) throw error;
    throw new UnavailableError(remedy(port, host), error);
  }
}

const remedies: Record<string, (port: number, host: string) => string> = {
  EADDRINUSE: (port, host) =>
    `Port ${port} of ${host} is in use by another program: stop that, or set PORT to another port (PORT=0 takes a free one).`,
  EACCES: (port, host) => `Port ${port} of ${host} needs privileges that this user lacks: set PORT to 1024 or more.`,
  EADDRNOTAVAIL: (_, host) =>
    `HOST is ${host}, which is no address of this machine: set HOST to one that is, or to 0.0.0.0 for all.`,
  ENOTFOUND: (_, host) =>
    `HOST is ${host}, which is no known name: set HOST to an address of this machine, or to 0.0.0.0 for all.`,
};
