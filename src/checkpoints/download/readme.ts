/**
 * README.txt of a download: how to use the model elsewhere. Its two programs are run by a test, as they stand.
 */

export const readmeText = `A model that Lookback has trained: it gives every step of a sequence, or the sequence as a whole,
the probability of each class.

model.json     the network as a TensorFlow.js layers model: LSTM layers, then a softmax layer
weights.bin    its weights: little-endian float32, in the order and shapes that model.json lists. LSTM kernels have
               the layout of Keras: gates i, f, c, o side by side
encoding.bin   only with inputs=raw, where input.takes is "raw": the numbers of the layers in front that encode steps
encoding.json  how your data become the network's input, and what its output means:
  checkpoint     the job, the step, when it was stored, and the SHA-256 of weights.bin
  input          takes: what the network is given. "encoded": steps that are encoded as follows. "raw": numbers as they
                 are, with "missing" in the place of missing ones, and of strings their places; the network does the rest.
                 Numbers: feature i of a step becomes (value - mean) / scale. A missing value becomes "missing" first;
                 where that is null, no value may be missing. Round values to float32 before you subtract.
                 Strings: one-hot. The string vocabulary[n] sets place places[n] to 1, all others are 0. A string that
                 is not in the vocabulary sets unknownPlace; where that is null, it cannot be used.
                 Sequences of one batch that differ in length are filled up with zeros at the end. Ignore what the
                 network says there; it does not change what it says before. Where "padding" is null, only
                 sequences of one length can share a batch, for the network speaks after the last step alone.
  output         at: "every-step", or "end": one list of probabilities for the whole sequence, after its last step.
                 labels[c] is the name of class c; without names, classes are called by their numbers
  initialState   the state that the LSTM layers start a sequence from. "zero": zeros, as usual. "given": the model was
                 trained on rows that continue each other; from zero state its first steps would be wrong.
  spec           the job's spec: task, data, model, optimizer, training. null: it was not at hand, or the model was imported

Both programs below read these files from the folder that they are started in, and a list of sequences, as JSON, from
standard input. A sequence is a list of steps; a step is a number, a list of them (one for each feature, null where it
is missing) or a string. They print the probabilities: for each sequence, for each step (where output.at is "end", for
the sequence alone), one for each class.

JavaScript (Node 20 or newer). Save it as predict.mjs; then: npm install @tensorflow/tfjs
and: echo '[[0, 0, 1, 0, 1, 1]]' | node predict.mjs

---- predict.mjs ----
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { input, initialState } = json('encoding.json');
const { modelTopology, weightsManifest } = json('model.json');
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const weightFiles = weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(path)));
const artifacts = { modelTopology, weightSpecs, weightData: new Uint8Array(Buffer.concat(weightFiles)).buffer };
const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));

function encodeStep(step) {
  if (input.kind === 'strings') {
    const known = input.vocabulary.indexOf(step);
    const place = known < 0 ? input.unknownPlace : input.places[known];
    if (place === null) throw new Error('unknown string ' + step);
    if (input.takes === 'raw') return place;
    return Array.from({ length: input.shape[2] }, (_, i) => (i === place ? 1 : 0));
  }
  const values = Array.isArray(step) ? step : [step];
  const filled = input.features.map(({ missing }, i) => (values[i] === null ? missing : Math.fround(values[i])));
  return input.takes === 'raw' ? filled : input.features.map(({ mean, scale }, i) => (filled[i] - mean) / scale);
}

function predict(sequence) {
  return tf.tidy(() => {
    let x = tf.tensor([sequence.map(encodeStep)]);
    const starts = [...initialState.layers];
    for (const layer of model.layers) {
      const start = layer.getClassName() === 'LSTM' ? starts.shift() : undefined;
      const states = start && [tf.tensor2d([start.h]), tf.tensor2d([start.c])];
      x = layer.apply(x, states ? { initialState: states } : {});
    }
    return x.squeeze([0]).arraySync();
  });
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(predict)));
---- end ----

Where initialState.rule is "zero", model.predict(...) on a whole batch does the same.

Python 3.8 or newer, without any package. Save it as predict.py; then: echo '[[0, 0, 1, 0, 1, 1]]' | python3 predict.py
(To compute faster, load the same arrays with numpy, or set them as the weights of Keras layers LSTM and Dense.)

---- predict.py ----
import json, math, sys
from array import array

encoding, model = json.load(open('encoding.json', encoding='utf8')), json.load(open('model.json', encoding='utf8'))
data, weights, at = array('f', open('weights.bin', 'rb').read()), {}, 0
if sys.byteorder == 'big':
    data.byteswap()
for entry in model['weightsManifest'][0]['weights']:
    size = math.prod(entry['shape'])
    weights[entry['name']] = data[at:at + size]
    at += size

def encode_step(step):
    spec = encoding['input']
    if spec['kind'] == 'strings':
        places = dict(zip(spec['vocabulary'], spec['places']))
        place = places.get(step, spec['unknownPlace'])
        if place is None:
            raise ValueError('unknown string ' + step)
        return [1.0 if i == place else 0.0 for i in range(spec['shape'][2])]
    values = step if isinstance(step, list) else [step]
    return [((f['missing'] if v is None else array('f', [v])[0]) - f['mean']) / f['scale']
            for f, v in zip(spec['features'], values)]

def add_product(sums, vector, kernel):
    for row, value in enumerate(vector):
        if value:
            for column in range(len(sums)):
                sums[column] += value * kernel[row * len(sums) + column]

def sigmoid(x):
    return 0.5 + 0.5 * math.tanh(x / 2)

def lstm(steps, name, h, c):
    outputs, H = [], len(h)
    for x in steps:
        z = list(weights[name + '/bias'])
        add_product(z, x, weights[name + '/kernel'])
        add_product(z, h, weights[name + '/recurrent_kernel'])
        c = [sigmoid(z[H + u]) * c[u] + sigmoid(z[u]) * math.tanh(z[2 * H + u]) for u in range(H)]
        h = [sigmoid(z[3 * H + u]) * math.tanh(c[u]) for u in range(H)]
        outputs.append(h)
    return outputs

def softmax(x):
    z = list(weights['softmax/bias'])
    add_product(z, x, weights['softmax/kernel'])
    powers = [math.exp(value - max(z)) for value in z]
    return [power / sum(powers) for power in powers]

def predict(sequence):
    steps = [encode_step(step) for step in sequence]
    for n, start in enumerate(encoding['initialState']['layers']):
        steps = lstm(steps, 'lstm_%d' % (n + 1), start['h'], start['c'])
    if encoding['output']['at'] == 'end':
        return softmax(steps[-1])
    return [softmax(step) for step in steps]

print(json.dumps([predict(sequence) for sequence in json.load(sys.stdin)]))
---- end ----
`;
