/**
 * Runs an ONNX model in onnxruntime-node, which is found from the folder ONNXRUNTIME_NODE: batches as JSON come from
 * standard input, probabilities go to standard output.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { InferenceSession, Tensor } = createRequire(join(process.env.ONNXRUNTIME_NODE ?? '', 'package.json'))(
  'onnxruntime-node',
);
const { model, batches } = JSON.parse(readFileSync(0, 'utf8'));
const session = await InferenceSession.create(model);
const answers = [];
for (const { shape, data, type = 'float32' } of batches) {
  const values = type === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data);
  const { probabilities } = await session.run({ inputs: new Tensor(type, values, shape) });
  answers.push({ shape: probabilities.dims, data: [...probabilities.data] });
}
console.log(JSON.stringify(answers));
