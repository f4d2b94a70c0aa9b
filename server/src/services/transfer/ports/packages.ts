import type { PackagedFile, PackageManifest } from '../domain/package.ts'

/** A package in the making, out of sight. */
export interface PackageDraft {
  /** Copies a local file, forces it to the disk and reads it back. */
  addFile(path: string, localSource: string, signal: AbortSignal): Promise<PackagedFile>
  addText(path: string, text: string): Promise<PackagedFile>
  /** Makes it visible in one step, in place of an earlier one; answers where it is. */
  publish(): Promise<string>
  discard(): Promise<void>
}

/** The publish destination: a folder with one folder a package. */
export interface Packages {
  /** `key` and `attempt` name the draft; what earlier attempts of the key left is removed. */
  begin(name: string, key: string, attempt: number): Promise<PackageDraft>
  /** Null when there is no package of this name, or none of ours. */
  find(name: string): Promise<PackageManifest | null>
  locationOf(name: string): string
  /** Out of sight at once, then removed; fine when it is gone already. */
  remove(name: string): Promise<void>
  /** Removes drafts and removed packages that nobody touched since. */
  sweep(beforeMs: number): Promise<number>
}
