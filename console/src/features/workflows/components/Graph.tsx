import { memo, useEffect, useMemo, useState } from 'react'
import {
  Background,
  BaseEdge,
  Handle,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import type { JobView, RunNodeView } from '@capstan/contract/work'
import type { WorkflowDefinition, WorkflowNode } from '@capstan/contract/workflow-definition'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { JOB_TONES } from '../../../components/JobState.tsx'
import { took } from '../../../lib/format.ts'
import { useJobProgress } from '../../../lib/live/progress.ts'
import { useNow } from '../../../lib/use-now.ts'
import { arrows, titleOf } from '../api/drawing.ts'
import { fitting, labelPlace, layoutOf, NODE, pathOf, type Point } from '../api/layout.ts'
import './workflows.css'

type StepJob = Pick<JobView, 'state' | 'why'>

type Props = {
  definition: WorkflowDefinition
  nodes?: readonly RunNodeView[] | undefined
  /** What each job of the run is up to, by its id. */
  jobs?: ReadonlyMap<string, StepJob> | undefined
  chosen?: string | null | undefined
  onChoose?: ((node: RunNodeView) => void) | undefined
}

/** The drawing of a workflow; with the nodes of a run it shows how far that has come. */
export function Graph(props: Props) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  )
}

type Data = { node: WorkflowNode; title: string; state: RunNodeView | null; job: StepJob | null; chosen: boolean; [key: string]: unknown }

function Drawing({ definition, nodes, jobs, chosen, onChoose }: Props) {
  const { t } = useTranslation()
  const flow = useReactFlow()
  const ways = useMemo(() => arrows(definition, { otherwise: t('workflows.otherwise'), onError: t('workflows.onError') }), [definition, t])
  const ids = definition.nodes.map(({ id }) => id)
  const { data: layout } = useQuery({
    queryKey: ['layout', definition.name, ids.join(), ways.map(({ from, to }) => `${from}>${to}`).join()],
    queryFn: () => layoutOf(ids, ways),
    staleTime: Infinity,
    structuralSharing: false,
  })
  const states = useMemo(() => new Map(nodes?.map((node) => [node.id, node])), [nodes])
  const drawn = useMemo(
    (): Node<Data>[] =>
      layout
        ? definition.nodes.map((node) => ({
            id: node.id,
            type: 'step',
            position: layout.places.get(node.id) ?? { x: 0, y: 0 },
            ...NODE,
            data: {
              node,
              title: titleOf(node, t(`workflows.nodeType.${node.type}`)),
              state: states.get(node.id) ?? null,
              job: jobs?.get(states.get(node.id)?.jobId ?? '') ?? null,
              chosen: node.id === chosen,
            },
          }))
        : [],
    [layout, definition, states, jobs, chosen, t],
  )
  const lines = useMemo(
    (): Edge[] =>
      ways.map(({ from, to, label, kind }, i) => {
        const passed = ['completed', 'failed', 'running'].includes(states.get(to)?.status ?? '') && states.get(from)?.status === 'completed'
        return {
          id: `${from}>${to}>${kind}`,
          type: 'way',
          source: from,
          target: to,
          label,
          className: `way ${kind} ${passed ? 'passed' : ''}`,
          focusable: false,
          data: { points: layout?.routes[i] ?? [] },
        }
      }),
    [ways, states, layout],
  )
  const [element, setElement] = useState<HTMLElement | null>(null)
  useEffect(() => {
    if (!element || !layout) return
    const fit = () => void flow.setViewport(fitting(layout, element.clientWidth, element.clientHeight))
    const observer = new ResizeObserver(fit)
    observer.observe(element)
    return () => observer.disconnect()
  }, [element, layout, flow])
  return (
    <div className="graph" ref={setElement} role="figure" aria-label={t('workflows.graph', { name: definition.title })}>
      <ReactFlow
        nodes={drawn}
        edges={lines}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        minZoom={0.2}
        maxZoom={2}
        onNodeClick={(_, { id }) => {
          const state = states.get(id)
          if (state) onChoose?.(state)
        }}
      >
        <Background color="var(--bg-3)" gap={18} size={1} />
      </ReactFlow>
    </div>
  )
}

const TONES = { waiting: '', running: 'run', completed: 'ok', failed: 'bad', cancelled: '', skipped: '' } as const

const Step = memo(function Step({ data }: NodeProps<Node<Data>>) {
  const { t } = useTranslation()
  const { node, title, state, job, chosen } = data
  const optional = node.type === 'action' && !node.required
  const tone = state ? (speaks(state, job) ? JOB_TONES[job.state] : TONES[state.status]) : ''
  const reason = state?.message ?? (state && speaks(state, job) ? job.why : null)
  return (
    <div
      className={`step ${tone} ${state?.status ?? ''} ${chosen ? 'chosen' : ''} ${optional ? 'optional' : ''}`}
      title={reason ?? (optional ? t('workflows.optional') : title)}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="step-title cut">{title}</span>
      <span className="step-state cut">{state ? <State state={state} job={job} tone={tone} /> : t(`workflows.nodeType.${node.type}`)}</span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
})

/** To a run a step whose job waits is under way, and one whose job was cancelled has failed: its job says it truly. */
const speaks = ({ status }: RunNodeView, job: StepJob | null): job is StepJob =>
  job !== null && ((status === 'running' && job.state !== 'completed') || (status === 'failed' && job.state === 'cancelled'))

function State({ state, job, tone }: { state: RunNodeView; job: StepJob | null; tone: string }) {
  const { t } = useTranslation()
  const now = useNow(1_000)
  const live = useJobProgress(state.jobId)
  const percent = live ?? state.progress
  const isRunning = state.status === 'running' && (job === null || job.state === 'running')
  const ms = state.startedAt ? (state.endedAt ? Date.parse(state.endedAt) : now) - Date.parse(state.startedAt) : null
  return (
    <>
      <span className={`dot ${tone}`} /> {speaks(state, job) ? t(`jobs.state.${job.state}`) : t(`workflows.node.${state.status}`)}
      {isRunning && percent !== null
        ? ` · ${Math.round(percent)} %`
        : ms !== null && ms >= 50 && state.status !== 'waiting'
          ? ` · ${took(ms)}`
          : ''}
      {isRunning && percent !== null && (
        <span className="meter">
          <i style={{ width: `${percent}%` }} />
        </span>
      )}
    </>
  )
}

function Way({ id, label, data }: EdgeProps<Edge<{ points: readonly Point[] }>>) {
  const points = data?.points ?? []
  const place = labelPlace(points)
  return <BaseEdge id={id} path={pathOf(points)} label={label} labelX={place.x} labelY={place.y} labelShowBg labelBgPadding={[4, 1]} />
}

const NODE_TYPES = { step: Step }
const EDGE_TYPES = { way: Way }
