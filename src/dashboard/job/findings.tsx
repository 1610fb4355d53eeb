/**
 * What the doctor found, in plain words, with the change that mends it one click away.
 */
import type { Finding } from '../../diagnosis/doctor/doctor-schema.ts';
import { short } from '../../text/figures.ts';
import { Card } from '../parts/page-parts.tsx';
import { href } from '../routing.ts';

interface FindingsProps {
  /** undefined: the data were not examined yet. */
  findings?: readonly Finding[];
  /** The job whose spec the patches change; not given: there is none. */
  job?: string;
  isOver?: boolean;
  isAsked?: boolean;
  isImported?: boolean;
}

export function Findings({ findings, job, isOver = false, isAsked = true, isImported = false }: FindingsProps) {
  return (
    <Card title="What the doctor found">
      {findings === undefined && <p class="soft">{isImported ? noData : whyNone(isAsked, isOver)}</p>}
      {findings?.length === 0 && <p>Nothing is wrong with these data, as far as the doctor can tell.</p>}
      {findings?.map((finding) => (
        <FindingView key={`${finding.code} ${finding.message}`} finding={finding} job={job} />
      ))}
    </Card>
  );
}

const noData = 'The model was imported: there are no training data to examine.';

function whyNone(isAsked: boolean, isOver: boolean): string {
  if (!isAsked) return 'The spec asks for no diagnosis.';
  return isOver ? 'The data were not examined.' : 'The data are examined when the job runs.';
}

export function FindingView({ finding, job }: { finding: Finding; job?: string }) {
  const { code, severity, message, patch, evidence } = finding;
  return (
    <article class={`finding is-${severity}`}>
      <h3>
        <span class="severity">{severity}</span> <code>{code}</code>
      </h3>
      <p>{message}</p>
      {patch && (
        <ul class="patch">
          {patch.map(({ path, value }) => (
            <li key={path}>
              <code>{path.slice(1).replaceAll('/', '.')}</code> becomes <code>{JSON.stringify(value)}</code>
            </li>
          ))}
        </ul>
      )}
      {patch && job && (
        <a class="button primary small" href={href(['new'], { from: job, patch: code })}>
          Apply the patch
        </a>
      )}
      <details>
        <summary>The figures behind it</summary>
        <dl class="evidence">
          {Object.entries(evidence).map(([name, value]) => (
            <div key={name}>
              <dt>{inWords(name)}</dt>
              <dd>{typeof value === 'number' ? short(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  );
}

/** `natsReachable` is "nats reachable". */
function inWords(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
}
