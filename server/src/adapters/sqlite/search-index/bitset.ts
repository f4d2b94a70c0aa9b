/** A set of small integers, one bit each; all sets of one computation have the same length. */
export type Bitset = Uint32Array

export const newBitset = (size: number): Bitset => new Uint32Array((size + 31) >>> 5)

export function addBit(set: Bitset, i: number): void {
  set[i >>> 5]! |= 1 << (i & 31)
}

export function removeBit(set: Bitset, i: number): void {
  set[i >>> 5]! &= ~(1 << (i & 31))
}

export function intersect(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! &= other[w]!
}

export function unite(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! |= other[w]!
}

export function subtract(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! &= ~other[w]!
}

export function countBits(set: Bitset): number {
  let count = 0
  for (let w = 0; w < set.length; w++) {
    let x = set[w]!
    x -= (x >>> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
    count += (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
  }
  return count
}

/** Writes the members in rising order to `into` and answers how many they are. */
export function listBits(set: Bitset, into: Int32Array): number {
  let count = 0
  for (let w = 0; w < set.length; w++) {
    for (let x = set[w]!; x !== 0; x &= x - 1) into[count++] = (w << 5) + 31 - Math.clz32(x & -x)
  }
  return count
}
