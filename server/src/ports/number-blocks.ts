/** Reserves blocks of numbers for the ids that people see. */
export interface NumberBlocks {
  /** Reserves `size` numbers of `noun`, durably and for one caller only; answers the first. Numbers begin at 1. */
  claim(noun: string, size: number): Promise<number>
}
