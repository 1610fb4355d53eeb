/**
 * Which column of a CSV file is what.
 */
import type { CsvMapping } from '../../data/datasets/ingest/request.ts';

export interface ColumnRoles {
  all: readonly string[];
  sequence: string;
  /** Empty: the rows are in order. */
  step: string;
  features: string[];
  label: string;
  values: CsvMapping['values'];
  delimiter: string;
}

interface CsvColumnsProps {
  file: File;
  columns: ColumnRoles;
  onChange: (columns: ColumnRoles) => void;
  onSend: () => void;
}

export function CsvColumns({ file, columns, onChange, onSend }: CsvColumnsProps) {
  const choice = (name: 'sequence' | 'step' | 'label', label: string, none?: string) => (
    <div class="field">
      <label for={`column-${name}`}>{label}</label>
      <select
        id={`column-${name}`}
        value={columns[name]}
        onChange={({ currentTarget }) => onChange({ ...columns, [name]: currentTarget.value })}
      >
        {none && <option value="">{none}</option>}
        {columns.all.map((column) => (
          <option key={column} value={column}>
            {column}
          </option>
        ))}
      </select>
    </div>
  );
  return (
    <fieldset class="spec-section">
      <legend>Which column of {file.name} is what?</legend>
      {choice('sequence', 'Sequence')}
      {choice('step', 'Step', 'rows are in order')}
      {choice('label', 'Label')}
      <fieldset class="features">
        <legend>Features</legend>
        {columns.all.map((column) => (
          <label key={column} class="check">
            <input
              type="checkbox"
              checked={columns.features.includes(column)}
              onChange={({ currentTarget: { checked } }) => {
                const features = columns.all.filter((name) =>
                  name === column ? checked : columns.features.includes(name),
                );
                onChange({ ...columns, features });
              }}
            />
            {column}
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="column-values">Features are</label>
        <select
          id="column-values"
          value={columns.values}
          onChange={({ currentTarget }) =>
            onChange({ ...columns, values: currentTarget.value as ColumnRoles['values'] })
          }
        >
          <option value="numbers">numbers</option>
          <option value="strings">strings</option>
        </select>
      </div>
      <button type="button" class="button primary" disabled={columns.features.length === 0} onClick={onSend}>
        Upload
      </button>
    </fieldset>
  );
}
