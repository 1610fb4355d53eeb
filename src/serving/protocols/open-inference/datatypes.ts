/**
 * The data types of the Open Inference Protocol that are taken here, and how each lies in a binary tensor: little-endian,
 * one element after the other.
 */

export interface NumericDatatype {
  /** Of one element. */
  bytes: number;
  /** The least and the greatest value of a type that has whole numbers only; undefined: it has others. */
  range?: readonly [number, number];
  read(view: DataView, at: number): number | bigint;
}

const unsigned = (bytes: number) => [0, 2 ** (8 * bytes) - 1] as const;
const signed = (bytes: number) => [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1] as const;

export const numericDatatypes = {
  BOOL: { bytes: 1, range: [0, 1], read: (view, at) => view.getUint8(at) },
  UINT8: { bytes: 1, range: unsigned(1), read: (view, at) => view.getUint8(at) },
  UINT16: { bytes: 2, range: unsigned(2), read: (view, at) => view.getUint16(at, true) },
  UINT32: { bytes: 4, range: unsigned(4), read: (view, at) => view.getUint32(at, true) },
  UINT64: { bytes: 8, range: unsigned(8), read: (view, at) => view.getBigUint64(at, true) },
  INT8: { bytes: 1, range: signed(1), read: (view, at) => view.getInt8(at) },
  INT16: { bytes: 2, range: signed(2), read: (view, at) => view.getInt16(at, true) },
  INT32: { bytes: 4, range: signed(4), read: (view, at) => view.getInt32(at, true) },
  INT64: { bytes: 8, range: signed(8), read: (view, at) => view.getBigInt64(at, true) },
  FP32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FP64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
} satisfies Record<string, NumericDatatype>;

export type Datatype = keyof typeof numericDatatypes | 'BYTES';

export const datatypes = [...Object.keys(numericDatatypes), 'BYTES'] as Datatype[];
