/**
 * Requests of the protocols that are made to hurt, or that say what is not so: each is refused with a sentence, as the
 * protocols have it, and the server lives on.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { limits } from '../../../src/platform/limits.ts';
import { useApp } from '../../support/app.ts';
import { connectRaw } from '../../support/raw-socket.ts';
import { useRedis } from '../../support/redis.ts';
import { infer, tensor, trainedJob, withBinary } from './requests.ts';

const api = useApp(useRedis());

afterEach(async () => {
  expect((await api.current.request('GET', '/v2/health/live')).status).toBe(200);
});

const good = tensor('inputs', 'FP32', [1, 2], [0, 1]);
const largest = Number.MAX_SAFE_INTEGER;

async function refusal(body: unknown): Promise<string> {
  const answer = await infer(api.current, await trainedJob(api.current), body);
  expect(answer.status, answer.text.slice(0, 300)).toBe(400);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(Object.keys(answer.body)).toEqual(['error']);
  expect(answer.text.length).toBeLessThan(2_000);
  return answer.body.error;
}

describe('in JSON', () => {
  const cases: [string, object, RegExp][] = [
    [
      'a product of dimensions that overflows',
      { inputs: [tensor('inputs', 'FP32', [largest, largest, 1], [])] },
      /inputs/,
    ],
    ['a product that wraps around to nothing', { inputs: [tensor('inputs', 'FP32', [1024, 2 ** 52, 1], [])] }, /limit/],
    ['a dimension beyond what is exact', { inputs: [tensor('inputs', 'FP32', [1e300, 1, 1], [])] }, /shape\[0\]/],
    ['a negative dimension', { inputs: [tensor('inputs', 'FP32', [-1, 2, 1], [0, 1])] }, /shape\[0\].*at least 0.*-1/],
    ['negative dimensions whose product fits', { inputs: [tensor('inputs', 'FP32', [-1, -2], [0, 1])] }, /at least 0/],
    ['a dimension that is no whole number', { inputs: [tensor('inputs', 'FP32', [1, 1.5], [0, 1])] }, /shape\[1\]/],
    ['no step', { inputs: [tensor('inputs', 'FP32', [1, 0, 1], [])] }, /without a step/],
    ['no sequence', { inputs: [tensor('inputs', 'FP32', [0, 2, 1], [])] }, /without a step/],
    ['too many features', { inputs: [tensor('inputs', 'FP32', [1, 1, 2], [0, 1])] }, /\[B,T,1\] or \[B,T\]/],
    ['four dimensions', { inputs: [tensor('inputs', 'FP32', [1, 1, 1, 1], [0])] }, /shape/],
    [
      'more sequences than may be',
      { inputs: [tensor('inputs', 'FP32', [limits.predictSequences + 1, 1], [])] },
      /1025/,
    ],
    ['more steps than may be', { inputs: [tensor('inputs', 'UINT8', [2, limits.predictSteps], [])] }, /200000/],
    ['elements that are too few', { inputs: [tensor('inputs', 'FP32', [1, 3], [0, 1])] }, /has 2 elements.*has 3/],
    ['elements that are too many', { inputs: [tensor('inputs', 'FP32', [1, 1], [0, 1])] }, /has 2 elements/],
    [
      'a nested list that is ragged',
      { inputs: [tensor('inputs', 'FP32', [2, 2], [[0, 1], [0]])] },
      /list of 1 at depth 1/,
    ],
    ['a nested list that is too deep', { inputs: [tensor('inputs', 'FP32', [1, 2], [[[0], [1]]])] }, /element 0/],
    ['a word for a number', { inputs: [tensor('inputs', 'FP32', [1, 2], [0, 'NaN'])] }, /"NaN" as element 1/],
    ['null for a number that cannot be missing', { inputs: [tensor('inputs', 'FP32', [1, 2], [0, null])] }, /finite/],
    ['a number beyond FP32', { inputs: [tensor('inputs', 'FP64', [1, 1], [1e300])] }, /finite/],
    ['a whole number beyond FP32', { inputs: [tensor('inputs', 'INT32', [1, 1], [16_777_217])] }, /16777217/],
    ['a number beyond its type', { inputs: [tensor('inputs', 'UINT8', [1, 1], [256])] }, /256.*UINT8/],
    ['a fraction as a whole number', { inputs: [tensor('inputs', 'INT8', [1, 1], [0.5])] }, /0\.5.*INT8/],
    ['strings for numbers', { inputs: [tensor('inputs', 'BYTES', [1, 1], ['a'])] }, /BYTES/],
    ['a type that is not taken', { inputs: [tensor('inputs', 'FP16', [1, 1], [0])] }, /datatype.*FP32.*FP16/],
    ['an input twice', { inputs: [good, good] }, /inputs\[1\]\.name is "inputs"/],
    ['an unknown input', { inputs: [good, tensor('input__0', 'FP32', [1], [0])] }, /input__0/],
    ['no input of the name', { inputs: [tensor('lengths', 'INT32', [1], [1])] }, /no tensor of the name "inputs"/],
    ['an output twice', { inputs: [good], outputs: [{ name: 'classes' }, { name: 'classes' }] }, /outputs\[1\]\.name/],
    ['an unknown output', { inputs: [good], outputs: [{ name: 'labels' }] }, /labels/],
    ['lengths beyond T', { inputs: [good, tensor('lengths', 'INT32', [1], [3])] }, /lengths has 3.*from 1 to 2/],
    ['lengths of 0', { inputs: [good, tensor('lengths', 'INT32', [1], [0])] }, /lengths has 0/],
    [
      'lengths for other sequences',
      { inputs: [good, tensor('lengths', 'INT32', [2], [1, 1])] },
      /lengths.*\[1\].*\[2\]/,
    ],
    ['no elements', { inputs: [{ name: 'inputs', datatype: 'FP32', shape: [1, 1] }] }, /data is missing/],
    [
      'shared memory',
      { inputs: [{ ...good, parameters: { shared_memory_region: 'x' } }] },
      /shared_memory_region is not supported here: leave it out/,
    ],
    [
      'a classification',
      { inputs: [good], outputs: [{ name: 'classes', parameters: { classification: 3 } }] },
      /classification is not supported here: leave it out/,
    ],
    [
      'a size without bytes',
      { inputs: [{ ...good, data: undefined, parameters: { binary_data_size: 8 } }] },
      /Inference-Header/,
    ],
    ['nothing', {}, /inputs is missing/],
  ];

  test.each(cases)('%s', async (_, body, error) => {
    expect(await refusal(body)).toMatch(error);
  });

  test.each([32, 5_000, 250_000])('nested %i deep', async (levels) => {
    const deep = '['.repeat(levels) + ']'.repeat(levels);
    expect(await refusal(`{"inputs":[{"name":"inputs","datatype":"FP32","shape":[1,1],"data":${deep}}]}`)).toMatch(
      /deeper/,
    );
  });

  test('tokens that are no JSON', async () => {
    expect(await refusal('{"inputs":[{"name":"inputs","datatype":"FP32","shape":[1,1],"data":[NaN]}]}')).toMatch(
      /not JSON/,
    );
    expect(await refusal('{')).toMatch(/not JSON/);
    expect(await refusal('')).toMatch(/not/);
  });
});

describe('in binary', () => {
  const json = (size: number, more: object = {}) => ({
    inputs: [{ name: 'inputs', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: size }, ...more }],
  });
  const bytes = new Uint8Array(new Float32Array([0, 1]).buffer);

  async function refusedBinary(request: object, tensors: Uint8Array[], headerLength?: string): Promise<string> {
    const { body, headers } = withBinary(request, ...tensors);
    const job = await trainedJob(api.current);
    const answer = await api.current.request('POST', `/v2/models/${job}/infer`, body, {
      ...headers,
      ...(headerLength === undefined ? {} : { 'inference-header-content-length': headerLength }),
    });
    expect(answer.status, answer.text).toBe(400);
    return answer.body.error;
  }

  test.each(['99999999999', '-1', '1e3', '', '9'.repeat(400), '0x10'])('a header length of %s', async (length) => {
    expect(await refusedBinary(json(8), [bytes], length)).toMatch(/Inference-Header-Content-Length must be/);
  });

  test('a header that ends within the JSON, or in front of it', async () => {
    expect(await refusedBinary(json(8), [bytes], '20')).toMatch(/not JSON/);
    expect(await refusedBinary(json(8), [bytes], '0')).toMatch(/not/);
  });

  test.each([0, 4, 12, largest])('a size of %i for 8 bytes', async (size) => {
    expect(await refusedBinary(json(size), [bytes])).toMatch(new RegExp(`come to ${size} bytes, but 8 follow`));
  });

  test('sizes that fit together, but not their shapes', async () => {
    const lengths = { name: 'lengths', datatype: 'INT32', shape: [1], parameters: { binary_data_size: 8 } };
    const { inputs } = json(4);
    expect(await refusedBinary({ inputs: [...inputs, lengths] }, [bytes, bytes.subarray(0, 4)])).toMatch(
      /lengths has 8 bytes.*\[1\] of INT32 has 4/,
    );
  });

  test('both kinds of elements', async () => {
    expect(await refusedBinary(json(8, { data: [0, 1] }), [bytes])).toMatch(/does not go with/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d as a number', async (value) => {
    expect(await refusedBinary(json(8), [new Uint8Array(new Float32Array([0, value]).buffer)])).toMatch(/finite/);
  });

  test('whole numbers of 64 bits that FP32 does not hold, and truths that are neither', async () => {
    const whole = json(16, { datatype: 'INT64' });
    const huge = new Uint8Array(new BigInt64Array([0n, 2n ** 62n + 1n]).buffer);
    expect(await refusedBinary(whole, [huge])).toMatch(/4611686018427387905/);
    expect(await refusedBinary(json(2, { datatype: 'BOOL' }), [new Uint8Array([0, 2])])).toMatch(
      /has 2 as element 1.*BOOL/,
    );
  });
});

test('what never reaches a model is refused in the same form', async () => {
  const { url } = api.current;
  for (const [method, path, status] of [
    ['GET', '/v2/nothing', 404],
    ['DELETE', '/v2/models/a', 405],
    ['GET', '/v2/models/a/infer', 405],
    ['GET', `/v2/models/${'a'.repeat(200)}`, 414],
    ['GET', '/v2/models/job_x/versions/-1', 400],
    ['GET', '/v2/models/job_x/versions/99999999999999999999', 400],
    ['POST', '/v1/models/a:classify', 405],
    ['GET', '/v1/models/%zz', 400],
  ] as const) {
    const answer = await fetch(url + path, { method });
    expect(answer.status, path).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json(), path).toEqual({ error: expect.any(String) });
  }
  const { head, received } = await connectRaw(url);
  head('POST', '/v2/models/a/infer', { 'content-length': '99999999999' });
  expect(await received(/"error"/)).toMatch(/^HTTP\/1.1 413 .*content-type: application\/json\r\n/s);
});
