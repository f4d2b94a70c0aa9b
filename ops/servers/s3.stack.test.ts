import { AwsClient } from 'aws4fetch'
import { ask, askSurely } from './ask.ts'
import { startS3 } from './s3.ts'
import { credentialsOf } from './store-server.ts'
import { storeSuite } from './testing.ts'

storeSuite('S3', {
  start: startS3,
  sentence: async (server) => {
    const { url, username, password } = credentialsOf(server.url)
    const aws = new AwsClient({ accessKeyId: username, secretAccessKey: password, service: 's3', region: 'us-east-1' })
    const signed = async (method: string, path: string) => {
      const { headers } = await aws.sign(`${url}/${path}`, { method })
      return { method, headers: Object.fromEntries(headers), ca: server.ca }
    }
    await ask(`${url}/words`, await signed('PUT', 'words'))
    await askSurely(`${url}/words/greeting`, { ...(await signed('PUT', 'words/greeting')), body: 'hello' })
    return askSurely(`${url}/words/greeting`, await signed('GET', 'words/greeting'))
  },
  answer: 'hello',
})
