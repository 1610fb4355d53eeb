/**
 * HDF5: what lies before the data of a file of float32 arrays. The data follow, one array after the other without gaps,
 * so that a file of any size is sent as its numbers are read.
 *
 * It is the format's oldest version, which every reader knows: HDF5 File Format Specification Version 3.0, with the
 * sections named below. Groups are small, so that each has one leaf of a B-tree, with one node of symbols.
 */
import { sizeOf } from '../../model/arrays.ts';
import { fields } from './fields.ts';

/** Groups and arrays by name; an array is its shape. */
export interface Group {
  [name: string]: Group | Shape;
}
type Shape = readonly number[];

const undefinedAddress = 2n ** 64n - 1n;
const superblockBytes = 96;
/** Children of an inner B-tree node, halved: the library's default. */
const innerK = 16;

/** @param root the data of its arrays, little-endian, follow in the order in which they stand in it. */
export function hdf5Header(root: Group): Uint8Array {
  const most = mostMembers(root);
  const layout = new Layout(Math.max(4, Math.ceil(most / 2)));
  return layout.whole(layout.group(root));
}

interface GroupPlace {
  header: number;
  tree: number;
  heap: number;
}

/** Lays out one block after the other, those that are referred to before those that refer to them. */
class Layout {
  /** Symbols in a node, halved. */
  readonly #leafK: number;
  readonly #blocks: Buffer[] = [];
  #end = superblockBytes;
  /** Where addresses of data stand, and the place of each among the data: the data begin where all this ends. */
  readonly #dataAddresses: { block: Buffer; at: number; offset: number }[] = [];
  #dataBytes = 0;

  constructor(leafK: number) {
    this.#leafK = leafK;
  }

  whole(root: GroupPlace): Uint8Array {
    for (const { block, at, offset } of this.#dataAddresses) block.writeBigUInt64LE(BigInt(this.#end + offset), at);
    return Buffer.concat([this.#superblock(root), ...this.#blocks]);
  }

  group(group: Group): GroupPlace {
    const members = Object.entries(group).map(([name, member]) =>
      isShape(member) ? { name, header: this.#array(member) } : { name, ...this.group(member) },
    );
    // Readers look for a name by halves.
    members.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    const { heap, offsets } = this.#heap(members.map(({ name }) => name));
    const tree = this.#tree(members.map((member, n) => ({ ...member, nameOffset: offsets[n] })));
    // Symbol table message (IV.A.2.r).
    const header = this.#objectHeader([{ type: 0x11, data: fields().u64(tree).u64(heap).bytes() }]);
    return { header, tree, heap };
  }

  /** Superblock version 0 (II.A). */
  #superblock({ header, tree, heap }: GroupPlace): Buffer {
    return fields()
      .text('\x89HDF\r\n\x1a\n')
      .u8(0, 0, 0, 0, 0, 8, 8, 0)
      .u16(this.#leafK, innerK)
      .u32(0)
      .u64(0, undefinedAddress, this.#end + this.#dataBytes, undefinedAddress)
      .join(symbolEntry({ nameOffset: 0, header, tree, heap }))
      .bytes();
  }

  /** A dataset: the header of an object whose data lie in one piece. Its messages are IV.A.2.b, d, f and i. */
  #array(shape: Shape): number {
    const bytes = 4 * sizeOf(shape);
    const dataspace = fields()
      .u8(1, shape.length, 0, 0)
      .u32(0)
      .u64(...shape);
    // IEEE float32, little-endian: sign at bit 31, 8 bits of exponent at 23 with a bias of 127, 23 of mantissa at 0.
    const datatype = fields().u8(0x11, 0x20, 31, 0).u32(4).u16(0, 32).u8(23, 8, 0, 23).u32(127);
    // Never filled, since all of it is there.
    const fillValue = fields().u8(2, 1, 1, 0);
    const layout = fields().u8(3, 1).u64(0, bytes);
    const header = this.#objectHeader([
      { type: 0x01, data: dataspace.bytes() },
      { type: 0x03, data: datatype.bytes() },
      { type: 0x05, data: fillValue.bytes() },
      { type: 0x08, data: layout.bytes() },
    ]);
    // The last message of the header that was just added begins with its version and class, then comes the address.
    const block = this.#blocks.at(-1)!;
    this.#dataAddresses.push({ block, at: block.length - padded(layout.length) + 2, offset: this.#dataBytes });
    this.#dataBytes += bytes;
    return header;
  }

  /** Version 1 (IV.A.1.a). */
  #objectHeader(messages: { type: number; data: Buffer }[]): number {
    const body = messages.map(({ type, data }) =>
      fields()
        .u16(type, padded(data.length))
        .u8(0, 0, 0, 0)
        .join(data)
        .padding(padded(data.length) - data.length)
        .bytes(),
    );
    const length = body.reduce((sum, { length }) => sum + length, 0);
    return this.#add(
      fields()
        .u8(1, 0)
        .u16(messages.length)
        .u32(1, length, 0)
        .join(...body)
        .bytes(),
    );
  }

  /** Local heap (III.D): the names of a group, the empty one first. */
  #heap(names: string[]): { heap: number; offsets: number[] } {
    const data = fields().padding(8);
    const offsets = names.map((name) => {
      const offset = data.length;
      const bytes = Buffer.byteLength(name) + 1;
      data.text(name).padding(1 + padded(bytes) - bytes);
      return offset;
    });
    const segment = this.#add(data.bytes());
    // 1 says that no part of it is free.
    const heap = this.#add(fields().text('HEAP').u8(0, 0, 0, 0).u64(data.length, 1, segment).bytes());
    return { heap, offsets };
  }

  /** Symbol table node (III.B). */
  #symbols(members: GroupMember[]): number {
    const room = 2 * this.#leafK;
    const entries = members.map(symbolEntry);
    const unused = (room - members.length) * symbolEntryBytes;
    return this.#add(
      fields()
        .text('SNOD')
        .u8(1, 0)
        .u16(members.length)
        .join(...entries)
        .padding(unused)
        .bytes(),
    );
  }

  /** B-tree node version 1 (III.A.1), a leaf: the names that are in its one child lie between its two keys. */
  #tree(members: GroupMember[]): number {
    const capacity = 8 * (2 * innerK + 1 + 2 * innerK);
    const head = fields()
      .text('TREE')
      .u8(0, 0)
      .u16(members.length > 0 ? 1 : 0)
      .u64(undefinedAddress, undefinedAddress);
    if (members.length === 0) return this.#add(head.padding(capacity).bytes());
    const child = [0, this.#symbols(members), members.at(-1)!.nameOffset];
    return this.#add(
      head
        .u64(...child)
        .padding(capacity - 8 * child.length)
        .bytes(),
    );
  }

  #add(block: Buffer): number {
    const address = this.#end;
    this.#blocks.push(block);
    this.#end += block.length;
    return address;
  }
}

interface GroupMember {
  nameOffset: number;
  header: number;
  /** Of a group. */
  tree?: number;
  heap?: number;
}

const symbolEntryBytes = 40;

/** III.C; of a group it holds the addresses of its names and members too. */
function symbolEntry({ nameOffset, header, tree, heap }: GroupMember): Buffer {
  const entry = fields().u64(nameOffset, header);
  if (tree === undefined || heap === undefined) return entry.padding(symbolEntryBytes - entry.length).bytes();
  return entry.u32(1, 0).u64(tree, heap).bytes();
}

function isShape(member: Group | Shape): member is Shape {
  return Array.isArray(member);
}

function mostMembers(group: Group): number {
  const members = Object.values(group);
  return members.reduce<number>(
    (most, member) => (isShape(member) ? most : Math.max(most, mostMembers(member))),
    members.length,
  );
}

/** Up to a multiple of eight. */
function padded(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}
