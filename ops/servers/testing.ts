import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StartOptions, StoreServer } from './store-server.ts'

export type StoreSuite = {
  start: (options: StartOptions) => Promise<StoreServer | null>
  /** One true sentence with the server; resolves with what it says back. */
  sentence: (server: StoreServer) => Promise<unknown>
  answer: unknown
  /** The kinds of server whose address carries a secret. */
  guarded?: readonly ('plain' | 'tls')[]
}

/** What has to hold for every server that adapters are tested against, with and without TLS. */
export function storeSuite(name: string, { start, sentence, answer, guarded = ['plain', 'tls'] }: StoreSuite): void {
  describe.each(['plain', 'tls'] as const)(`${name}, %s`, (kind) => {
    let server: StoreServer | null = null
    beforeAll(async () => void (server = await start({ tls: kind === 'tls' })))
    afterAll(async () => server?.stop())

    test('says what it was told', async ({ skip }) => {
      if (!server) return skip()
      expect(await sentence(server)).toEqual(answer)
      expect(server.ca !== null).toBe(kind === 'tls')
    })

    test('refuses a wrong secret', async ({ skip }) => {
      if (!server || !guarded.includes(kind)) return skip()
      const url = server.url.replace(/^([a-z]+:\/\/[^:]*:)[^@]*@/, '$1wrong-secret@')
      expect(url).not.toBe(server.url)
      await expect(sentence({ ...server, url })).rejects.toThrow()
    })

    test('is not believed without its authority', async ({ skip }) => {
      if (!server?.ca) return skip()
      await expect(sentence({ ...server, ca: null })).rejects.toThrow()
    })

    test('serves again at the same address after it was killed', async ({ skip }) => {
      if (!server?.control) return skip()
      const pid = server.control.pid()
      await server.control.kill()
      await expect(sentence(server)).rejects.toThrow()
      await server.control.restart()
      expect(server.control.pid()).not.toBe(pid)
      expect(await sentence(server)).toEqual(answer)
    })
  })
}
