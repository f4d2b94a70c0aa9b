import { CapstanError } from '../../../lib/errors.ts'
import { folded } from './user.ts'

const LENGTH_MIN = 10
const LENGTH_MAX = 500
const DISTINCT_MIN = 4

/** The most common ones that are long enough to pass otherwise. */
const COMMON: ReadonlySet<string> = new Set([
  '1234567890', '0123456789', '0987654321', '1q2w3e4r5t', '1q2w3e4r5t6y', 'qwertyuiop', 'qwerty12345', 'qwertz12345', 'qwerty123456', 'asdfghjkl1',
  'password12', 'password123', 'password1234', 'password12345', 'passw0rd123', 'p@ssw0rd123', 'p@ssword123', 'administrator', 'administrator1', 'admin12345',
  'admin123456', 'adminadmin', 'adminadmin1', 'letmein123', 'letmein1234', 'welcome123', 'welcome1234', 'iloveyou12', 'iloveyou123', 'abcdefghij', 'abcd123456',
  'abc1234567', 'changeme123', 'changemenow', 'superuser1', 'capstan123', 'capstancapstan', 'football123', 'baseball123', 'sunshine123', 'princess123', 'monkey12345',
  'dragon12345', 'trustno1trustno1', 'correcthorsebatterystaple', 'passwort123', 'motdepasse1', 'contrasena1', '1234567891', '12345678910', '123456789a', 'a123456789',
]) // prettier-ignore

/** Throws `invalid` for a password that is easy to guess; the message says why. */
export function checkPassword(password: string, userName: string): void {
  const problem = problemOf(password, userName)
  if (problem) throw new CapstanError('invalid', problem, { details: { field: 'password' } })
}

function problemOf(password: string, userName: string): string | null {
  const key = folded(password)
  if ([...password].length < LENGTH_MIN) return `a password has at least ${LENGTH_MIN} characters`
  if (password.length > LENGTH_MAX) return `a password has at most ${LENGTH_MAX} characters`
  if (key === folded(userName)) return 'the password must not be the name of the user'
  if (new Set(key).size < DISTINCT_MIN) return `a password has at least ${DISTINCT_MIN} different characters`
  if (COMMON.has(key)) return 'this password is one of the most common ones: choose another'
  return null
}
