/**
 * An upload as it comes over HTTP, as the body itself or as a file in a form: a stream for `data/datasets/store.ts`,
 * and what comes with it. Nothing is read ahead.
 */
import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { UploadRequest } from '../../data/datasets/ingest/request.ts';
import { InvalidInputError, LookbackError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { ensureShallow } from '../../platform/input/json-depth.ts';
import { parse } from '../../platform/input/validation.ts';
import { limits } from '../../platform/limits.ts';
import { isCompressed } from '../body/content-encoding.ts';
import { UnsupportedMediaTypeError } from '../errors.ts';

/** What comes with an upload: in the query, or in fields of the form before the file. */
export const UploadQuery = z.strictObject({
  format: z.enum(['ndjson', 'csv']).optional().describe('By default what the type of the body, or of the file, says.'),
  name: z.string().trim().min(1).max(limits.name).optional().describe('For people; need not be unique.'),
  mapping: z.string().optional().describe('For CSV, as JSON: which column is what (CsvMapping). Refused with NDJSON.'),
});

/** Media types of an upload and the format that they mean; null: the request has to say it. */
export const uploadTypes: Record<string, UploadRequest['format'] | null> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/octet-stream': null,
  'text/plain': null,
};

/** Media types of a file that a model is imported from. */
export const modelTypes = ['application/octet-stream'];

export const formType = 'multipart/form-data';

export interface Upload {
  stream: Readable;
  request: UploadRequest;
}

/** A form has few fields; the largest is a mapping that names many columns. */
const formLimits = {
  fields: 10,
  // One more than may be, so that this file reports it.
  files: 2,
  fieldSize: 4 * limits.features * limits.datasetText,
  fileSize: Number.POSITIVE_INFINITY,
};

/** Refuses what no format is known for, what is not well described, and what says itself that it is too large, without reading of it. */
export async function receiveUpload(request: FastifyRequest, fields: z.output<typeof UploadQuery>): Promise<Upload> {
  const type = request.headers['content-type']?.split(';', 1)[0].trim().toLowerCase() ?? '';
  if (type === formType) {
    if (isCompressed(request.raw)) throw new UnsupportedMediaTypeError('A form must not be compressed as a whole.');
    return receiveForm(request, fields);
  }
  if (!Object.hasOwn(uploadTypes, type)) {
    throw UnsupportedMediaTypeError.ofType(request.headers['content-type'], [...Object.keys(uploadTypes), formType]);
  }
  if (Number(request.headers['content-length']) > limits.datasetBytes) throw tooLarge();
  return {
    // What the parser of this route hands over: the body itself, inflated.
    stream: request.body as Readable,
    request: uploadRequest({ format: uploadTypes[type] ?? undefined, ...fields }, 'query'),
  };
}

async function receiveForm(request: FastifyRequest, query: z.output<typeof UploadQuery>): Promise<Upload> {
  const parts = formParts(request.parts({ limits: formLimits }));
  const fields: Record<string, unknown> = { ...query };
  for (;;) {
    const { value: part } = await parts.next();
    if (!part) throw invalidInput('form', [{ path: 'file', message: 'is missing: the form has to hold a file' }]);
    if (part.type === 'file') {
      const described = uploadRequest({ format: formatOfFile(part), ...fields }, 'form');
      return { stream: Readable.from(contentOf(part.file, parts)), request: described };
    }
    fields[part.fieldname] = part.value;
  }
}

/** The parts of a form; that it breaks off or is malformed is the sender's mistake. */
async function* formParts(parts: AsyncIterable<Multipart>): AsyncGenerator<Multipart, undefined> {
  try {
    yield* parts;
  } catch (error) {
    throw malformed(error);
  }
}

/** The bytes of the file, which has to be the last part: what follows it could no longer be heeded. */
async function* contentOf(file: Readable, parts: AsyncIterable<Multipart>): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (error) {
    throw malformed(error);
  }
  for await (const { fieldname } of parts) {
    const message = 'must stand before the file, which has to be one and the last part of the form';
    throw invalidInput('form', [{ path: fieldname, message }]);
  }
}

function malformed(cause: unknown): unknown {
  if (cause instanceof LookbackError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidInputError(`The form cannot be read: ${reason}.`, [], { code: 'malformed_form', cause });
}

function formatOfFile({ mimetype, filename }: { mimetype: string; filename?: string }): string | undefined {
  if (/\.csv$/i.test(filename ?? '')) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(filename ?? '')) return 'ndjson';
  return uploadTypes[mimetype] ?? undefined;
}

const mappingExample = '{"sequence": "id", "features": ["x"], "label": "y"}';
const mappingMissing = {
  query: `is missing: CSV needs it, URL-encoded, as in ${mappingExample}; docs/data.md describes it`,
  form: `is missing before the file: CSV needs it, as a field that precedes the file, as in ${mappingExample}; docs/data.md describes it`,
};

/** The fields as a request; the mapping is JSON in a text. What cannot be read stays as it is, so that the error shows it. */
function uploadRequest({ mapping, ...fields }: Record<string, unknown>, where: 'form' | 'query'): UploadRequest {
  if (mapping === undefined) {
    if (fields.format === 'csv') throw invalidInput(where, [{ path: 'mapping', message: mappingMissing[where] }]);
    return parse(UploadRequest, fields, where);
  }
  return parse(UploadRequest, { ...fields, mapping: typeof mapping === 'string' ? jsonOr(mapping) : mapping }, where);
}

function jsonOr(text: string): unknown {
  ensureShallow(text, 'mapping');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function tooLarge(): InvalidInputError {
  const issue = { path: 'upload', message: `must have at most ${limits.datasetBytes} bytes` };
  return new InvalidInputError(`The upload is not valid: ${issue.path}: ${issue.message}.`, [issue], {
    code: 'dataset_too_large',
  });
}
