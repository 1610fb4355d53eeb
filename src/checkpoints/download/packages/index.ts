/**
 * What makes a file of a model, by format.
 */
import type { DownloadFormat } from '../formats.ts';
import { kerasPackage } from './keras.ts';
import { onnxPackage } from './onnx.ts';
import type { Package, PackagedModel } from './package.ts';
import { safetensorsPackage } from './safetensors.ts';
import { tfjsPackage } from './tfjs.ts';

export const packages: Record<DownloadFormat, (model: PackagedModel) => Package> = {
  tfjs: tfjsPackage,
  keras: kerasPackage,
  onnx: onnxPackage,
  safetensors: safetensorsPackage,
};
