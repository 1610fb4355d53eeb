/**
 * What a service without jobs shows: the three presets, one click each, and the way through all of them.
 */
import { useSignal } from '@preact/signals';

import { wordsOf } from '../live/connection.ts';
import { noteJob } from '../live/job-list.ts';
import { Failure, Loading } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { toast } from '../parts/toasts.tsx';
import { go, href } from '../routing.ts';
import { client, requestKey } from '../service.ts';
import { PresetCurve } from './preset-curve.tsx';

type PresetEntry = Awaited<ReturnType<typeof client.presets>>[number];

export function FirstVisit() {
  const { value: presets, message, reload } = useRemote(() => client.presets(), 'presets');
  return (
    <div class="first-visit">
      <h1>Does your model look back?</h1>
      <p class="lead">
        A network that should remember the value before was laid out so that it cannot. It trains, its loss falls, and
        it stops at what the present alone can tell. Watch it happen, and watch it mended: it takes less than a minute.
      </p>
      <p class="button-row">
        <a class="button primary" href={href(['tour'])}>
          Take the first look
        </a>
        <a class="button" href={href(['data'])}>
          Bring your own data
        </a>
        <a class="button" href={href(['new'])}>
          Write a spec
        </a>
      </p>
      <h2 class="section-title">Or start with one of the presets</h2>
      {message && <Failure message={message} onRetry={reload} />}
      {!presets && !message && <Loading what="the presets" />}
      <div class="columns three">
        {presets?.map((preset) => (
          <Preset key={preset.name} preset={preset} />
        ))}
      </div>
    </div>
  );
}

function Preset({ preset: { name, description } }: { preset: PresetEntry }) {
  const isSending = useSignal(false);
  const run = async () => {
    isSending.value = true;
    try {
      const job = await client.submit({ preset: name as 'lookback' }, { idempotencyKey: requestKey() });
      noteJob(job);
      go(['jobs', job.id]);
    } catch (error) {
      toast(wordsOf(error), { isError: true });
      isSending.value = false;
    }
  };
  return (
    <section class="card preset">
      <h3>{name}</h3>
      <PresetCurve preset={name} />
      <p>{description}</p>
      <span class="button-row">
        <button type="button" class="button primary small" disabled={isSending.value} onClick={() => void run()}>
          Run {name}
        </button>
        <a class="button small" href={href(['new'], { preset: name })}>
          See the spec
        </a>
      </span>
    </section>
  );
}
