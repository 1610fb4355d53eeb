/**
 * What the engines need beside the npm packages, by name: an engine that needs nothing is ready. The names are those of
 * src/engine/registry.ts.
 */
import { hasTensorflow, prepareTensorflow } from './tensorflow.mjs';
import { hasOfficialTensorflow, prepareOfficialTensorflow } from './tensorflow-official.mjs';

/** @import { Setting } from './setting.mjs' */

/**
 * @typedef {object} EngineParts
 * @property {string} title As messages call it.
 * @property {(setting: Setting) => boolean | Promise<boolean>} isReady
 * @property {(setting: Setting) => Promise<void>} prepare Throws `UnavailableHere` where this machine cannot have it.
 */

/** @type {Record<string, EngineParts>} */
export const engineParts = {
  simd: { title: 'The engine simd', isReady: () => true, prepare: async () => {} },
  tensorflow: {
    title: 'TensorFlow',
    isReady: (setting) => (isOfficial(setting) ? hasOfficialTensorflow(setting) : hasTensorflow(setting)),
    prepare: (setting) => (isOfficial(setting) ? prepareOfficialTensorflow(setting) : prepareTensorflow(setting)),
  },
};

/** @param {Setting} setting */
const isOfficial = ({ tensorflowSource }) => tensorflowSource === 'official';
