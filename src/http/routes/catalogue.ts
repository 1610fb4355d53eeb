/**
 * What a job can start from: the presets and the built-in tasks.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { taskCatalogue } from '../../data/tasks/catalogue.ts';
import { JobSpec, resolveJobSpec } from '../../spec/job-spec.ts';
import { presets } from '../../spec/presets.ts';
import { json, problemResponses } from '../document/responses.ts';
import { page } from '../schemas.ts';

const Preset = z
  .object({ name: z.string(), description: z.string(), spec: JobSpec })
  .meta({ id: 'Preset', description: 'A complete spec to start from; name it in the field `preset`.' });

const attainable = { loss: z.number().describe('Nats.'), accuracy: z.number() };

const Task = z
  .object({
    type: z.string(),
    title: z.string(),
    description: z.string(),
    citation: z.string(),
    schema: z.looseObject({}).describe('JSON Schema of the field `task` of a job spec.'),
    optimum: z.object({ ...attainable, formula: z.string() }).describe('The best that any model can do.'),
    chance: z.object(attainable).describe('The best without looking at the inputs.'),
    span: z.int().describe('Rows should be at least this long: a label is known within so many steps.'),
    example: z
      .object({ spec: z.looseObject({}), withinNats: z.number() })
      .describe('A job spec that learns the task, and how close its held-out loss comes to the optimum.'),
    sample: z
      .object({
        inputs: z.array(z.union([z.number(), z.array(z.number())])).describe('[T], or [T][I].'),
        labels: z.array(z.int().nullable()).describe('[T] the class; null: the step has none.'),
      })
      .describe('The first steps of a stream.'),
  })
  .meta({ id: 'Task', description: 'A built-in task; figures are those of its default spec.' });

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
      response: { 200: json(page(Task), 'All tasks.'), ...problemResponses() },
    },
    handler: async () => ({ data: taskList, nextCursor: null }),
  });
};
