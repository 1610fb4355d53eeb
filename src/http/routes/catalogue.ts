/**
 * What a job can start from: the presets and the built-in tasks.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TaskEntry, taskCatalogue } from '../../data/tasks/catalogue.ts';
import { JobSpec, resolveJobSpec } from '../../spec/job-spec.ts';
import { presets } from '../../spec/presets.ts';
import { json, problemResponses } from '../document/responses.ts';
import { page } from '../schemas.ts';

const Preset = z
  .object({ name: z.string(), description: z.string(), spec: JobSpec })
  .meta({ id: 'Preset', description: 'A complete spec to start from; name it in the field `preset`.' });
export type PresetEntry = z.output<typeof Preset>;

const tags = ['catalogue'];

export const catalogueRoutes: FastifyPluginAsyncZod = async (app) => {
  const presetList = Object.entries(presets).map(([name, { description }]) => ({
    name,
    description,
    spec: resolveJobSpec({ preset: name }),
  }));
  const taskList = taskCatalogue();

  app.get('/v1/presets', {
    schema: {
      operationId: 'listPresets',
      summary: 'List the presets',
      tags,
      response: { 200: json(page(Preset), 'All presets.'), ...problemResponses() },
    },
    handler: async () => ({ data: presetList, nextCursor: null }),
  });

  app.get('/v1/tasks', {
    schema: {
      operationId: 'listTasks',
      summary: 'List the built-in tasks',
      tags,
      response: { 200: json(page(TaskEntry), 'All tasks.'), ...problemResponses() },
    },
    handler: async () => ({ data: taskList, nextCursor: null }),
  });
};
