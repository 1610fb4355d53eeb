/**
 * A dataset in pictures: how long its sequences are, what they are labelled with, what their features hold, its first
 * sequences, and what the doctor says of it.
 */
import type { DatasetSheet, InputSheet } from '../../data/datasets/sheet.ts';
import { bytes, clock, countedText, countText, nameText, percentText, short } from '../../text/figures.ts';
import { Bars } from '../charts/bars.tsx';
import { Histogram } from '../charts/histogram.tsx';
import { Staircase } from '../charts/staircase.tsx';
import { Findings } from '../job/findings.tsx';
import { nameOfFeature } from '../parts/feature-rows.tsx';
import { Card, Facts, Failure, Loading, Skeleton } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { href } from '../routing.ts';
import { client } from '../service.ts';
import { Preview } from './preview.tsx';

export function DatasetPage({ id }: { id: string }) {
  const { value: sheet, message, reload } = useRemote(() => client.dataset(id), id);
  if (!sheet) return message ? <Failure message={message} onRetry={reload} /> : <Loading what="the dataset" />;
  return (
    <>
      <div class="page-head">
        <a class="soft" href={href(['data'])}>
          Data
        </a>
        <h1>{sheet.name ?? sheet.id}</h1>
        <a class="button primary push" href={href(['new'], { dataset: id })}>
          Train on it
        </a>
      </div>
      <Facts
        facts={[
          ['Sequences', countText(sheet.sequences)],
          ['Steps', countText(sheet.steps)],
          ['Labelled', countText(sheet.labelled)],
          ['Classes', countText(sheet.labels.names.length)],
          ['Balance', percentText(sheet.labels.balance)],
          ['On disk', bytes(sheet.bytes)],
          ['Created', clock(sheet.createdAt)],
        ]}
      />
      <div class="columns three">
        <Lengths sheet={sheet} />
        <Classes sheet={sheet} />
        <Features inputs={sheet.inputs} />
      </div>
      <Examination id={id} />
      <FirstSequences sheet={sheet} />
    </>
  );
}

function Lengths({ sheet: { lengths } }: { sheet: DatasetSheet }) {
  return (
    <Card title="Lengths of sequences">
      <Histogram
        label={`From ${lengths.shortest} to ${lengths.longest} steps, ${short(lengths.mean)} on average.`}
        bins={lengths.histogram.map(({ from, to, sequences }) => ({
          name: from === to ? `${from}` : `${from}–${to}`,
          count: sequences,
        }))}
      />
      <p class="soft small-text">
        {lengths.shortest === lengths.longest
          ? `All have ${countedText(lengths.longest, 'step')}.`
          : `From ${countText(lengths.shortest)} to ${countText(lengths.longest)} steps, ${short(lengths.mean)} on average.`}
      </p>
    </Card>
  );
}

function Classes({ sheet: { labels } }: { sheet: DatasetSheet }) {
  const total = labels.counts.reduce((sum, value) => sum + value, 0);
  const bars = labels.names.map((name, i) => ({
    name: nameText(name),
    value: labels.counts[i],
    text: countText(labels.counts[i]),
    detail: percentText(labels.counts[i] / total),
  }));
  return (
    <Card title={labels.at === 'end' ? 'Labels of whole sequences' : 'Labels of steps'}>
      <Bars label="Labels" bars={bars} top={Math.max(...labels.counts)} />
    </Card>
  );
}

function Features({ inputs }: { inputs: InputSheet }) {
  if (inputs.kind === 'strings') {
    const bars = inputs.vocabulary
      .map((name, i) => ({ name: nameText(name), value: inputs.counts[i], text: countText(inputs.counts[i]) }))
      .sort((a, b) => b.value - a.value);
    return (
      <Card title={`Vocabulary of ${countText(inputs.vocabulary.length)}`}>
        <Bars label="Strings by frequency" bars={bars} top={bars[0]?.value ?? 1} />
      </Card>
    );
  }
  return (
    <Card title="Features">
      <ul class="features-list">
        {inputs.features.map((feature, i) => (
          <li key={i}>
            <strong>{nameOfFeature(feature, i)}</strong>
            <Range {...feature} />
            {feature.missing > 0 && (
              <span class="soft small-text">{countedText(feature.missing, 'step')} without a value</span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The range of a feature as a line, its mean as a dot, one deviation to each side as a bar. */
function Range({
  min,
  max,
  mean,
  std,
}: {
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
}) {
  if (min === null || max === null || mean === null || std === null) return <span class="soft">no values</span>;
  const x = (value: number) => (max > min ? Math.max(0, Math.min(1, (value - min) / (max - min))) * 100 : 50);
  return (
    <span class="range">
      <span class="number">{short(min)}</span>
      <span
        class="range-track"
        role="img"
        aria-label={`from ${short(min)} to ${short(max)}, mean ${short(mean)}, deviation ${short(std)}`}
        title={`mean ${short(mean)} ± ${short(std)}`}
      >
        <span class="range-bar" style={{ left: `${x(mean - std)}%`, width: `${x(mean + std) - x(mean - std)}%` }} />
        <span class="range-dot" style={{ left: `${x(mean)}%` }} />
      </span>
      <span class="number">{short(max)}</span>
    </span>
  );
}

function Examination({ id }: { id: string }) {
  const { value: doctor, message, reload } = useRemote(() => client.doctorOfDataset(id), id);
  if (message && !doctor) return <Failure message={message} onRetry={reload} />;
  if (!doctor) {
    return (
      <div class="columns">
        <Card title="What can be known, by how far one looks back" class="span-2">
          <Skeleton lines={5} what="The doctor examines the data" />
        </Card>
        <Card title="What the doctor found">
          <Skeleton lines={3} />
        </Card>
      </div>
    );
  }
  return (
    <div class="columns">
      <Card title="What can be known, by how far one looks back" class="span-2">
        <Staircase entropies={doctor.entropies} isBound={doctor.binned === true || doctor.featuresUsed !== undefined} />
        <p class="soft small-text">
          As far as {doctor.entropies.at(-1)?.source === 'probe' ? 'a small model' : 'counting'} shows, labels need{' '}
          {doctor.order === 0 ? 'no past value' : `at least ${countedText(doctor.order, 'past value')}`}.{' '}
          {countedText(doctor.steps, 'labelled step')} examined{doctor.sampled ? ', a sample' : ''}.
          {doctor.leastProvable !== undefined &&
            ' Little can be proven of so few: what is not found may be there all the same.'}
        </p>
      </Card>
      <Findings findings={doctor.findings} />
    </div>
  );
}

const previewed = 8;
/** Of steps with several features, which take as many rows each. */
const previewedOfFeatures = 4;

function FirstSequences({ sheet }: { sheet: DatasetSheet }) {
  const { inputs } = sheet;
  const count = inputs.kind === 'numbers' && inputs.features.length > 1 ? previewedOfFeatures : previewed;
  const { value, message, reload } = useRemote(() => client.previewDataset(sheet.id, count), sheet.id);
  if (message) return <Failure message={message} onRetry={reload} />;
  if (!value) return <Loading what="the first sequences" />;
  return (
    <Card title="The first sequences">
      <Preview
        sequences={value}
        names={sheet.labels.names}
        features={inputs.kind === 'numbers' ? inputs.features : []}
      />
    </Card>
  );
}
