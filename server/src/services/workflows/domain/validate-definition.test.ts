import { expect, test } from 'vitest'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { shippedDefinitions } from '../shipped-definitions.ts'
import { compileDefinition } from './compiled-definition.ts'
import { validateDefinition } from './validate-definition.ts'

const known = {
  actions: new Set(['probe', 'checksums', 'proxy', 'pictures', 'waveform', 'image', 'document', 'publish', 'unpublish', 'a']),
  workflows: new Set(['ingest']),
}

type Node = Record<string, unknown> & { id: string; type: string }
const start = { id: 'start', type: 'start', next: 'a' }
const end = { id: 'end', type: 'end' }
const action = (id: string, next: string): Node => ({ id, type: 'action', action: 'a', next })
const problemsOf = (...nodes: Node[]): string[] => validateDefinition(WorkflowDefinition.parse({ name: 'w', title: 'W', nodes }), known)

test('every shipped workflow can be deployed', () => {
  const shipped = shippedDefinitions()
  expect(shipped.map(({ name }) => name)).toEqual(['ingest-and-publish', 'ingest', 'publish', 'unpublish'])
  for (const definition of shipped) expect(validateDefinition(definition, known)).toEqual([])
})

test('nested forks have their own joins, of their own sizes', () => {
  const definition = WorkflowDefinition.parse({
    name: 'nested',
    title: 'Nested',
    nodes: [
      { id: 'start', type: 'start', next: 'outer' },
      { id: 'outer', type: 'fork', branches: ['inner', 'x'] },
      { id: 'inner', type: 'fork', branches: ['y', 'z', 'v'] },
      action('x', 'outer-join'),
      action('y', 'inner-join'),
      action('z', 'inner-join'),
      action('v', 'inner-join'),
      { id: 'inner-join', type: 'join', next: 'outer-join' },
      { id: 'outer-join', type: 'join', next: 'end' },
      end,
    ],
  })
  expect(validateDefinition(definition, known)).toEqual([])
  expect([...compileDefinition(definition).joinSizes].sort()).toEqual([
    ['inner-join', 3],
    ['outer-join', 2],
  ])
})

test.each([
  ['there is no start', [action('a', 'end'), end], 'there is no start'],
  ['two starts', [start, { ...start, id: 'start2' }, action('a', 'end'), end], 'there are 2 starts'],
  ['a missing node', [start, action('a', 'nowhere'), end], 'node "a" leads to "nowhere"'],
  ['an id twice', [start, action('a', 'end'), action('a', 'end'), end], 'node "a" is there twice'],
  ['an unknown action', [start, { ...action('a', 'end'), action: 'transmogrify' }, end], 'asks for the action "transmogrify"'],
  ['a node that is never reached', [start, action('a', 'end'), action('b', 'end'), end], 'node "b" is never reached'],
  ['no way to an end', [start, action('a', 'b'), action('b', 'a'), end], 'never reached'],
  [
    'a circle',
    [start, { id: 'a', type: 'decision', branches: [{ name: 'x', when: 'true', next: 'end' }], otherwise: 'b' }, action('b', 'b'), end],
    'node "b" can never come to an end',
  ],
  [
    'an end inside a branch',
    [
      start,
      { id: 'a', type: 'fork', branches: ['b', 'c'] },
      action('b', 'j'),
      action('c', 'end'),
      { id: 'j', type: 'join', next: 'end' },
      end,
    ],
    'ends the run inside a branch of fork "a"',
  ],
  ['a join without a fork', [start, { id: 'a', type: 'join', next: 'end' }, end], 'node "a" is reached without a fork'],
  [
    'branches that meet outside of a join',
    [
      start,
      { id: 'a', type: 'fork', branches: ['b', 'c'] },
      action('b', 'd'),
      action('c', 'd'),
      action('d', 'j'),
      { id: 'j', type: 'join', next: 'end' },
      end,
    ],
    'node "d" is reached from two branches',
  ],
  [
    'an unreadable condition',
    [start, { id: 'a', type: 'decision', branches: [{ name: 'x', when: 'output.probe ==', next: 'end' }], otherwise: 'end' }, end],
    'node "a", branch "x": the condition',
  ],
  [
    'an unknown variable',
    [start, { id: 'a', type: 'decision', branches: [{ name: 'x', when: 'job.kind == "a"', next: 'end' }], otherwise: 'end' }, end],
    'is not usable',
  ],
  [
    'a condition that is a number',
    [start, { id: 'a', type: 'decision', branches: [{ name: 'x', when: '1 + 1', next: 'end' }], otherwise: 'end' }, end],
    'must be true or false',
  ],
  ['an unknown sub-workflow', [start, { id: 'a', type: 'sub-workflow', workflow: 'none', next: 'end' }, end], 'starts the workflow "none"'],
  ['itself as sub-workflow', [start, { id: 'a', type: 'sub-workflow', workflow: 'w', next: 'end' }, end], 'starts its own workflow'],
] as [string, Node[], string][])('%s is refused, and the message names the node', (_, nodes, message) => {
  expect(problemsOf(...nodes).join('\n')).toContain(message)
})
