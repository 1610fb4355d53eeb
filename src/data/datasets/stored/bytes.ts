/**
 * Arrays as the bytes that the store keeps: little-endian, as on every machine that Node runs on.
 */
export function bytesOf(array: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
