/** A file with its place inside the folder that was dropped. */
export type DroppedFile = { file: File; relativePath: string }

const READ_MAX = 100_000
/** What systems leave behind in folders; nobody wants it in a library. */
const LITTER = /^(?:\.DS_Store|Thumbs\.db|desktop\.ini)$/i

/** Every file that was dropped, folders walked through. The entries must be asked for at once: they are gone after the event. */
export function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? (item.webkitGetAsEntry() ?? []) : []))
  const files = [...transfer.files].map((file) => ({ file, relativePath: file.name }))
  return entries.length > 0 ? walk(entries) : Promise.resolve(files)
}

async function walk(roots: FileSystemEntry[]): Promise<DroppedFile[]> {
  const found: DroppedFile[] = []
  const waiting = [...roots]
  for (let entry = waiting.shift(); entry && found.length < READ_MAX; entry = waiting.shift()) {
    if (entry.isDirectory) waiting.push(...(await children(entry as FileSystemDirectoryEntry)))
    else if (!LITTER.test(entry.name))
      found.push({ file: await fileOf(entry as FileSystemFileEntry), relativePath: entry.fullPath.replace(/^\//, '') })
  }
  return found
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject))

/** A reader answers in parts, an empty one being the last. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (part.length === 0) return all
    all.push(...part)
  }
}

/** What the file dialog gave, folders with their paths. */
export const pickedFiles = (list: FileList): DroppedFile[] =>
  [...list].filter(({ name }) => !LITTER.test(name)).map((file) => ({ file, relativePath: file.webkitRelativePath || file.name }))
