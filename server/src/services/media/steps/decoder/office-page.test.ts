import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testFolder } from '../pictures.fixture.ts'
import { pageByOffice } from './office-page.ts'

let folder: string
let outDir: string
beforeEach(async () => {
  folder = await testFolder()
  outDir = join(folder, 'out')
  await mkdir(outDir)
  await writeFile(join(folder, 'letter.docx'), 'a letter')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const job = () => ({ task: 'document' as const, path: join(folder, 'letter.docx'), extension: '.docx', outDir })

/** Behaves as soffice does: writes the PDF beside the source, named after it, into --outdir. */
async function office(script: string): Promise<string> {
  const path = join(folder, 'soffice')
  await writeFile(path, `#!/bin/sh\n${script}`, { mode: 0o755 })
  return path
}

const PDF = `%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>
endobj
trailer << /Root 1 0 R >>
%%EOF`

test('the first page of what the office program converts is drawn, and nothing stays behind', async () => {
  const program = await office(
    `for last; do :; done\ntest -f "$last" || exit 1\ncat > "$last.pdf" <<'PDF'\n${PDF}\nPDF\nmv "$last.pdf" "$(dirname "$last")/document.pdf"`,
  )
  const page = await pageByOffice(job(), [program])
  expect(await sharp(page!).metadata()).toMatchObject({ width: 800, height: 400 })
  expect(await readdir(outDir)).toEqual([])
})

test('the program behind the script is told where its libraries are and where it may write, and started again when it asks for it', async () => {
  const program = await office('exit 3')
  const script = `test "$LD_LIBRARY_PATH $TMPDIR" = "${folder} ${outDir}/office" || exit 1
test -f "${folder}/second" || { : > "${folder}/second"; exit 81; }
cat > "${outDir}/office/document.pdf" <<'PDF'\n${PDF}\nPDF`
  await writeFile(join(folder, 'soffice.bin'), `#!/bin/sh\n${script}`, { mode: 0o755 })
  expect(await pageByOffice(job(), [program])).not.toBeNull()
})

test('without the program, or when it fails, there is no page', async () => {
  expect(await pageByOffice(job(), [join(folder, 'missing')])).toBeNull()
  expect(await pageByOffice(job(), [await office('exit 3')])).toBeNull()
  expect(await readdir(outDir)).toEqual([])
})
