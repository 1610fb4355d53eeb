/**
 * Products of matrices and vectors in float64, each adding to or setting its first argument.
 */

/** out [N] += vector [M] · matrix [M,N] */
export function addProduct(out: Float64Array, vector: Float64Array, matrix: Float64Array): void {
  const N = out.length;
  for (let m = 0; m < vector.length; m++) {
    for (let n = 0; n < N; n++) out[n] += vector[m] * matrix[m * N + n];
  }
}

/** out [M] = matrix [M,N] · vector [N] */
export function setTransposedProduct(out: Float64Array, vector: Float64Array, matrix: Float64Array): void {
  const N = vector.length;
  for (let m = 0; m < out.length; m++) {
    let sum = 0;
    for (let n = 0; n < N; n++) sum += vector[n] * matrix[m * N + n];
    out[m] = sum;
  }
}

/** out [M,N] += left [M] ⊗ right [N] */
export function addOuterProduct(out: Float64Array, left: Float64Array, right: Float64Array): void {
  const N = right.length;
  for (let m = 0; m < left.length; m++) {
    for (let n = 0; n < N; n++) out[m * N + n] += left[m] * right[n];
  }
}
