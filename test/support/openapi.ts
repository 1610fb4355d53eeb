/**
 * Holds responses to the OpenAPI document that the app itself publishes.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface MediaType {
  schema?: object;
}

export interface OpenapiDocument {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, MediaType> }> }>>;
  components: { schemas: Record<string, object> };
}

/** Holds values to the schemas of a document, which may refer to its components. */
export class SchemaChecks {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: OpenapiDocument) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'openapi');
  }

  /** What is wrong with a value, in words; null: nothing. */
  mistakes(schema: object, value: unknown): string | null {
    const validate = this.#validatorOf(schema);
    return validate(value) ? null : this.#ajv.errorsText(validate.errors);
  }

  #validatorOf(schema: object): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
    const compiled = this.#ajv.compile(JSON.parse(text));
    this.#compiled.set(schema, compiled);
    return compiled;
  }
}

export class ResponseContract {
  readonly #document: OpenapiDocument;
  readonly #checks: SchemaChecks;

  constructor(document: OpenapiDocument) {
    this.#document = document;
    this.#checks = new SchemaChecks(document);
  }

  /** Throws unless the response is one that its operation declares: status, media type and body. */
  check(method: string, path: string, response: Response, body: string): void {
    const where = `${method} ${path} → ${response.status}`;
    const operation = this.#operation(method, path);
    if (!operation) {
      if (![404, 405, 204].includes(response.status)) throw new Error(`${where}: the operation is not documented.`);
      return;
    }
    const declared = operation.responses[response.status];
    if (!declared) throw new Error(`${where}: the status is not documented.`);
    const type = response.headers.get('content-type')?.split(';')[0];
    if (body === '') return;
    const media = type === undefined ? undefined : declared.content?.[type];
    if (!media) throw new Error(`${where}: ${type} is not documented.`);
    if (!media.schema || !/json$/.test(type ?? '')) return;
    const mistakes = this.#checks.mistakes(media.schema, JSON.parse(body));
    if (mistakes !== null) throw new Error(`${where}: ${mistakes}\n${body}`);
  }

  #operation(method: string, path: string) {
    // A colon ends a parameter, as in `/v1/models/{model}:predict`.
    const paths = Object.keys(this.#document.paths).filter((template) =>
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/:]+')}$`).test(path),
    );
    // A literal path goes before one with parameters.
    const [template] = paths.sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')));
    return template === undefined ? undefined : this.#document.paths[template][method.toLowerCase()];
  }
}
