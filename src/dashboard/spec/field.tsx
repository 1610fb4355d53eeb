/**
 * One field of a job spec, with its control, what it means, and what is wrong with it.
 */
import { fieldAt, type SpecDraft, type SpecFields } from './draft.ts';
import { type Control, controlOf, type JsonSchema, limitsInWords } from './schema.ts';

interface FieldProps {
  path: readonly string[];
  schema: JsonSchema;
  draft: SpecDraft;
  given: SpecFields;
}

export function Field({ path, schema, draft, given }: FieldProps) {
  const id = `field-${path.join('-')}`;
  const value = fieldAt(given, path);
  const usual = fieldAt(draft.complete.value, path) ?? schema.default;
  const verdict = draft.verdict.value;
  const name = path.join('.');
  const problems =
    verdict.status === 'invalid'
      ? verdict.errors.filter((error) => error.path === name || error.path.startsWith(`${name}[`))
      : [];
  const hint = [schema.description, limitsInWords(schema)].filter(Boolean).join(' ');
  const described =
    [hint && `${id}-hint`, problems.length > 0 && `${id}-problem`].filter(Boolean).join(' ') || undefined;
  return (
    <div class={`field ${problems.length > 0 ? 'is-wrong' : ''} ${value === undefined ? '' : 'is-given'}`}>
      <label for={id}>{path.at(-1)}</label>
      <Input
        id={id}
        control={controlOf(schema)}
        value={value}
        usual={usual}
        described={described}
        isWrong={problems.length > 0}
        onGive={(next) => draft.give(path, next)}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problems.length > 0 && (
        <p class="problem" id={`${id}-problem`}>
          {problems.map(({ message }) => message).join('; ')}
        </p>
      )}
    </div>
  );
}

interface InputProps {
  id: string;
  control: Control;
  value: unknown;
  /** What it will be where nothing is given. */
  usual: unknown;
  described?: string;
  isWrong: boolean;
  onGive: (value: unknown) => void;
}

function Input({ id, control, value, usual, described, isWrong, onGive }: InputProps) {
  const common = { id, 'aria-describedby': described, 'aria-invalid': isWrong };
  if (control.kind === 'choice')
    return <Choice {...common} values={control.values} value={value ?? usual} onGive={onGive} />;
  if (control.kind === 'flag' && value === undefined && usual === undefined) {
    return <Choice {...common} values={[true, false]} value={undefined} onGive={onGive} />;
  }
  if (control.kind === 'flag') {
    return (
      <input
        {...common}
        type="checkbox"
        checked={Boolean(value ?? usual)}
        onChange={({ currentTarget }) => onGive(currentTarget.checked)}
      />
    );
  }
  const placeholder = usual === undefined ? '' : asText(usual);
  if (control.kind === 'number') {
    return (
      <input
        {...common}
        type="number"
        inputMode="decimal"
        step={control.isInteger ? 1 : 'any'}
        min={control.minimum}
        max={control.maximum}
        value={typeof value === 'number' ? value : ''}
        placeholder={placeholder}
        onInput={({ currentTarget: { value: text } }) => onGive(text === '' ? undefined : Number(text))}
      />
    );
  }
  return (
    <input
      {...common}
      type="text"
      maxLength={control.kind === 'text' ? control.maxLength : undefined}
      value={value === undefined ? '' : asText(value)}
      placeholder={placeholder}
      onChange={({ currentTarget: { value: text } }) =>
        onGive(text === '' ? undefined : control.kind === 'text' ? text : fromText(text))
      }
    />
  );
}

interface ChoiceProps {
  id: string;
  values: readonly unknown[];
  value: unknown;
  onGive: (value: unknown) => void;
}

function Choice({ values, value, onGive, ...attributes }: ChoiceProps) {
  return (
    <select
      {...attributes}
      value={value === undefined ? '' : String(value)}
      onChange={({ currentTarget }) => onGive(values.find((one) => String(one) === currentTarget.value))}
    >
      {value === undefined && <option value="">not given</option>}
      {values.map((one) => (
        <option key={String(one)} value={String(one)}>
          {String(one)}
        </option>
      ))}
    </select>
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What cannot be read is given as it is: the service says what is wrong with it. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
