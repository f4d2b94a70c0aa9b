/** Acts on each item, on so many at once at most; what was begun has ended when it resolves or throws the first error. */
export async function inLanes<T>(items: Iterable<T>, lanes: number, act: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]()
  const failures: unknown[] = []
  const lane = async () => {
    for (let next = left.next(); !next.done && failures.length === 0; next = left.next())
      await act(next.value).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
}
