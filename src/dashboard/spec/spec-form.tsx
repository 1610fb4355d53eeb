/**
 * A job spec as a form, made from its schema: a section for each object, a control for each field. A field that is not
 * given shows what it will be.
 */
import type { ComponentChildren } from 'preact';
import { Skeleton } from '../parts/page-parts.tsx';
import { fieldAt, type SpecDraft, type SpecFields } from './draft.ts';
import { Field } from './field.tsx';
import { controlOf, type JsonSchema } from './schema.ts';

interface SpecFormProps {
  schema: JsonSchema;
  draft: SpecDraft;
}

export function SpecForm({ schema, draft }: SpecFormProps) {
  const parsed = draft.parsed.value;
  if ('problem' in parsed) return <p class="notice">The form shows the spec when its JSON can be read.</p>;
  // What is not given has its value from the service.
  if (draft.complete.value === null && draft.verdict.value.status === 'pending') {
    return <Skeleton lines={12} what="The service completes the spec" />;
  }
  const entries = Object.entries(schema.properties ?? {});
  const isSection = ([, one]: [string, JsonSchema]) => ['group', 'variants'].includes(controlOf(one).kind);
  return (
    <div class="spec-form">
      <fieldset class="spec-section">
        <legend>job</legend>
        <Fields
          path={[]}
          fields={Object.fromEntries(entries.filter((entry) => !isSection(entry)))}
          draft={draft}
          given={parsed.fields}
        />
      </fieldset>
      {entries.filter(isSection).map(([name, section]) => (
        <Section key={name} path={[name]} schema={section} draft={draft} given={parsed.fields} />
      ))}
    </div>
  );
}

interface SectionProps {
  path: readonly string[];
  schema: JsonSchema;
  draft: SpecDraft;
  given: SpecFields;
}

function Section({ path, schema, draft, given }: SectionProps) {
  const control = controlOf(schema);
  const name = path.at(-1)!;
  if (control.kind === 'variants') return <Variants {...{ path, schema, draft, given }} variants={control.variants} />;
  if (control.kind !== 'group') return null;
  const isThere = fieldAt(given, path) !== undefined || fieldAt(draft.complete.value, path) !== undefined;
  // What has no default is left out until it is asked for.
  const isOptional = schema.default === undefined;
  return (
    <fieldset class="spec-section">
      <legend>
        {isOptional ? (
          <label class="check">
            <input
              type="checkbox"
              checked={isThere}
              onChange={({ currentTarget: { checked } }) => {
                draft.complete.value = {};
                draft.give(path, checked ? firstOf(control.fields) : undefined);
              }}
            />
            {name}
          </label>
        ) : (
          name
        )}
      </legend>
      {schema.description && <Hint>{schema.description}</Hint>}
      {(!isOptional || isThere) && <Fields path={path} fields={control.fields} draft={draft} given={given} />}
    </fieldset>
  );
}

/** An optional section begins with its first default, or empty with its first field at the least that it may be. */
function firstOf(fields: Record<string, JsonSchema>): SpecFields {
  const [name, schema] =
    Object.entries(fields).find(([, one]) => one.default !== undefined) ?? Object.entries(fields)[0];
  return { [name]: schema.default ?? 3600 };
}

function Variants({ path, schema, draft, given, variants }: SectionProps & { variants: Record<string, JsonSchema> }) {
  const name = path.at(-1)!;
  const typePath = [...path, 'type'];
  const type = String(
    fieldAt(given, typePath) ?? fieldAt(draft.complete.value, typePath) ?? (schema.default as SpecFields)?.type,
  );
  const { type: _, ...fields } = variants[type]?.properties ?? {};
  const id = `field-${typePath.join('-')}`;
  return (
    <fieldset class="spec-section">
      <legend>{name}</legend>
      <div class="field">
        <label for={id}>type</label>
        <select id={id} value={type} onChange={({ currentTarget }) => draft.give(path, { type: currentTarget.value })}>
          {Object.keys(variants).map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </div>
      {variants[type]?.description && <Hint>{variants[type].description}</Hint>}
      <Fields path={path} fields={fields} draft={draft} given={given} />
    </fieldset>
  );
}

interface FieldsProps {
  path: readonly string[];
  fields: Record<string, JsonSchema>;
  draft: SpecDraft;
  given: SpecFields;
}

function Fields({ path, fields, draft, given }: FieldsProps) {
  return (
    <>
      {Object.entries(fields).map(([name, schema]) => {
        const inner = [...path, name];
        const { kind } = controlOf(schema);
        if (kind === 'group' || kind === 'variants') {
          return <Section key={name} path={inner} schema={schema} draft={draft} given={given} />;
        }
        return <Field key={name} path={inner} schema={schema} draft={draft} given={given} />;
      })}
    </>
  );
}

function Hint({ children }: { children: ComponentChildren }) {
  return <p class="hint">{children}</p>;
}
