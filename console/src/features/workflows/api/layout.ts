import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js'
// As it is: a classic worker script, which a bundler would turn into a module that cannot start.
import elkWorkerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { Arrow } from './drawing.ts'

export const NODE = { width: 132, height: 44 }

export type Point = { x: number; y: number }
export type Layout = { places: ReadonlyMap<string, Point>; routes: readonly (readonly Point[])[] }

let elk: InstanceType<typeof ELK> | null = null

/** Where each node stands and how each arrow goes around the others, left to right; computed in a worker, so that the page stays quick. */
export async function layoutOf(ids: readonly string[], arrows: readonly Arrow[]): Promise<Layout> {
  elk ??= new ELK({ workerFactory: () => new Worker(elkWorkerUrl) })
  const graph: ElkNode = {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.layered.spacing.nodeNodeBetweenLayers': '48',
      'elk.layered.spacing.edgeNodeBetweenLayers': '16',
      'elk.spacing.nodeNode': '16',
      'elk.spacing.edgeNode': '16',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    },
    children: ids.map((id) => ({ id, ...NODE })),
    edges: arrows.map(({ from, to }, i) => ({ id: `e${i}`, sources: [from], targets: [to] })),
  }
  const { children = [], edges = [] } = await elk.layout(graph)
  return {
    places: new Map(children.map(({ id, x = 0, y = 0 }) => [id, { x, y }])),
    routes: edges.map(({ sections }) => {
      const section = sections?.[0]
      return section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : []
    }),
  }
}

const RADIUS = 8

/** An SVG path through the points with rounded corners. */
export function pathOf(points: readonly Point[]): string {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return ''
  const corners = points.slice(1, -1).map((corner, i) => {
    const before = towards(corner, points[i] ?? corner)
    const after = towards(corner, points[i + 2] ?? corner)
    return `L${before.x},${before.y} Q${corner.x},${corner.y} ${after.x},${after.y}`
  })
  return `M${first.x},${first.y} ${corners.join(' ')} L${last.x},${last.y}`
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const share = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

/** Where a label stands: on the longest level piece of the way, near its beginning. */
export function labelPlace(points: readonly Point[]): Point {
  const pieces = points.slice(1).map((to, i) => ({ from: points[i] ?? to, to }))
  const level =
    pieces
      .filter(({ from, to }) => Math.abs(from.y - to.y) < 1)
      .sort((a, b) => Math.abs(b.to.x - b.from.x) - Math.abs(a.to.x - a.from.x))[0] ?? pieces[0]
  if (!level) return { x: 0, y: 0 }
  return { x: level.from.x + Math.min(60, (level.to.x - level.from.x) / 2), y: level.from.y }
}

const MARGIN = 24
const ZOOM_MAX = 1.15

/** How the drawing, arrows included, is moved and scaled to stand whole in the middle of a box. */
export function fitting({ places, routes }: Layout, width: number, height: number): { x: number; y: number; zoom: number } {
  const points = [
    ...[...places.values()].flatMap(({ x, y }) => [
      { x, y },
      { x: x + NODE.width, y: y + NODE.height },
    ]),
    ...routes.flat(),
  ]
  const [left, right] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))]
  const [top, bottom] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))]
  const zoom = Math.max(0.2, Math.min(ZOOM_MAX, (width - 2 * MARGIN) / (right - left), (height - 2 * MARGIN) / (bottom - top)))
  return { x: (width - (right - left) * zoom) / 2 - left * zoom, y: (height - (bottom - top) * zoom) / 2 - top * zoom, zoom }
}
