import { expect, test } from 'vitest'
import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { arrows, titleOf, walked } from './drawing.ts'

const definition = {
  name: 'w',
  title: 'W',
  description: '',
  nodes: [
    { id: 'start', type: 'start', next: 'kind' },
    {
      id: 'kind',
      type: 'decision',
      branches: [
        { name: 'video', when: 'a', next: 'proxy' },
        { name: 'image', when: 'b', next: 'sizes' },
        { name: 'raw', when: 'c', next: 'sizes' },
      ],
      otherwise: 'end',
    },
    { id: 'proxy', type: 'action', action: 'make-proxy', next: 'end', onError: 'sizes' },
    { id: 'sizes', type: 'action', action: 'sizes', next: 'end' },
    { id: 'end', type: 'end' },
  ],
} as unknown as WorkflowDefinition
const words = { otherwise: 'otherwise', onError: 'on error' }

test('two branches to one place are one arrow with both names', () => {
  expect(arrows(definition, words).map(({ from, to, label }) => `${from} ${to} ${label}`)).toContain('kind sizes image, raw')
})

test('a run that went one way shows that way only, and what may still come', () => {
  const steps = [
    { id: 'start', status: 'completed' },
    { id: 'kind', status: 'completed' },
    { id: 'proxy', status: 'running' },
  ]
  expect(walked(definition, steps).nodes.map(({ id }) => id)).toEqual(['start', 'kind', 'proxy', 'sizes', 'end'])
  const image = [...steps.slice(0, 2), { id: 'sizes', status: 'running' }, { id: 'proxy', status: 'skipped' }]
  expect(walked(definition, image).nodes.map(({ id }) => id)).toEqual(['start', 'kind', 'sizes', 'end'])
  expect(walked(definition, []).nodes).toHaveLength(5)
})

test('a node without a title is named by what it does', () => {
  expect(definition.nodes.map((node) => titleOf(node, node.type))).toEqual(['start', 'decision', 'Make proxy', 'Sizes', 'end'])
})
