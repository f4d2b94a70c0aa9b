/** The array when it is long enough, else a longer copy; what is new is zero. */
export function grown<A extends Int32Array | Float64Array | Uint32Array | Uint8Array>(array: A, length: number): A {
  if (array.length >= length) return array
  const longer = new (array.constructor as new (length: number) => A)(length)
  longer.set(array)
  return longer
}
