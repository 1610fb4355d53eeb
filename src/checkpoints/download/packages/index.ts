/**
 * The formats in which a model can be taken away, by name. Each takes every model that can be trained.
 */
import { kerasPackage } from './keras.ts';
import { onnxPackage } from './onnx.ts';
import type { Package, PackagedModel } from './package.ts';
import { safetensorsPackage } from './safetensors.ts';
import { tfjsPackage } from './tfjs.ts';

/** The first is what comes where none is asked for. */
export const downloadFormats = ['tfjs', 'keras', 'onnx', 'safetensors'] as const;
export type DownloadFormat = (typeof downloadFormats)[number];

export const packages: Record<DownloadFormat, (model: PackagedModel) => Package> = {
  tfjs: tfjsPackage,
  keras: kerasPackage,
  onnx: onnxPackage,
  safetensors: safetensorsPackage,
};
