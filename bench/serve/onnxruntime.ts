/**
 * onnxruntime-node, where somebody has installed it: it weighs 290 MB, which is too much for every clone.
 */
interface Tensor {
  data: Float32Array;
}

/** What the bench uses of it. */
interface Onnxruntime {
  InferenceSession: {
    create(
      file: string,
      options: { intraOpNumThreads: number; interOpNumThreads: number },
    ): Promise<{ run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> }>;
  };
  Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => Tensor;
}

/** As a variable, so that nothing looks for it before it runs. */
const name = 'onnxruntime-node';

export async function loadOnnxruntime(): Promise<Onnxruntime | undefined> {
  return import(name).catch((error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
}
