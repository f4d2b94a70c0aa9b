import { useQuery } from '@tanstack/react-query'
import { status } from '@capstan/contract/resources'
import { call } from '../../../lib/api.ts'

/** The foot of the console. Events bring it up to date; the interval is for what makes no event, such as a disk that fills. */
export const useStatus = () =>
  useQuery({ queryKey: ['status'], queryFn: ({ signal }) => call(status.get, { signal }), refetchInterval: 30_000, staleTime: 1_000 })
