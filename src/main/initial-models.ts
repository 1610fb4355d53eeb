/**
 * Where jobs get the checkpoints from that they start from: any job's, by its step or by what an alias names.
 */
import type { InitialCopier } from '../checkpoints/initial/initial-copier.ts';
import type { InitialReference } from '../checkpoints/initial/initial-model.ts';
import type { ModelReference } from '../checkpoints/model-reference.ts';
import type { CheckpointStore } from '../checkpoints/store.ts';
import { findOfJob, specUnlessGone } from '../http/missing.ts';
import type { InitialModels } from '../jobs/use-cases/initial-model.ts';
import type { JobService } from '../jobs/use-cases/steer.ts';
import type { AliasService } from '../serving/aliases/alias-service.ts';

interface InitialModelDeps {
  jobs: JobService;
  checkpoints: CheckpointStore;
  aliases: AliasService;
  copier: InitialCopier;
}

export function initialModelsOf({ jobs, checkpoints, aliases, copier }: InitialModelDeps): InitialModels {
  const resolve = async ({ job, model, checkpoint = 'latest' }: ModelReference): Promise<InitialReference> => {
    if (model !== undefined) {
      const alias = await aliases.get(model);
      return { job: alias.job, ...alias.checkpoint };
    }
    if (job === undefined) throw new TypeError('A reference needs a job or an alias.');
    const { step, sha256 } = await findOfJob(jobs, job, () => checkpoints.resolve(job, checkpoint));
    return { job, step, sha256 };
  };
  return {
    find: async (reference) => {
      const found = await resolve(reference);
      // What was found may be remembered from before its job was removed.
      return findOfJob(jobs, found.job, async () => {
        // It stays until it is copied.
        await checkpoints.markServed(found.job, found.step);
        return copier.describe(found);
      });
    },
    specOf: (job) => specUnlessGone(jobs, job),
    keepFor: (job, { job: from, step, sha256 }) => copier.copy({ job: from, step, sha256 }, job),
    drop: (job) => checkpoints.removeJob(job),
  };
}
