import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { z } from 'zod'
import { ApiError } from '@capstan/contract/client'
import { PageError } from '../components/PageError.tsx'
import { queryClient, whenSignedOut } from '../lib/query-client.ts'
import { sessionQuery } from '../lib/session.ts'

const root = createRootRouteWithContext()({ component: Outlet, errorComponent: PageError, notFoundComponent: () => <PageError /> })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({ to: z.string().optional().catch(undefined), ended: z.boolean().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignInPage'),
})

const enrol = createRoute({
  getParentRoute: () => root,
  path: '/enrol',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'EnrolPage'),
})

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./frame.tsx'), 'FramePage'),
  errorComponent: PageError,
})

async function signedIn({ location }: { location: { href: string; pathname: string } }): Promise<void> {
  const session = await queryClient.query({ ...sessionQuery, staleTime: 'static' }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 401)
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { to: location.href } })
    throw error
  })
  if (session.mustEnrolTotp && location.pathname !== '/enrol') throw redirect({ to: '/enrol' })
}

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/assets' })
  },
})

const library = createRoute({
  getParentRoute: () => frame,
  path: '/assets',
  validateSearch: z.object({
    q: z.string().optional().catch(undefined),
    sort: z.string().optional().catch(undefined),
    bin: z.boolean().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('./library.tsx'), 'LibraryPage'),
})

const asset = createRoute({
  getParentRoute: () => frame,
  path: '/assets/$number',
  validateSearch: z.object({
    t: z.string().optional().catch(undefined),
    /** A sub-clip: its in and out points are set, its first frame is shown. */
    clip: z.string().optional().catch(undefined),
    tab: z.enum(['describe', 'technical', 'renditions', 'history']).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('./asset.tsx'), 'AssetPage'),
})

const arrivals = createRoute({
  getParentRoute: () => frame,
  path: '/arrivals',
  component: lazyRouteComponent(() => import('./arrivals.tsx'), 'ArrivalsPage'),
})

const jobs = createRoute({
  getParentRoute: () => frame,
  path: '/jobs',
  validateSearch: z.object({
    filter: z.string().optional().catch(undefined),
    q: z.string().optional().catch(undefined),
    job: z.string().optional().catch(undefined),
    grouped: z.boolean().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('./jobs.tsx'), 'JobsPage'),
})

const runs = createRoute({
  getParentRoute: () => frame,
  path: '/runs',
  validateSearch: z.object({ filter: z.string().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('./runs.tsx'), 'RunsPage'),
})
const run = createRoute({
  getParentRoute: () => frame,
  path: '/runs/$number',
  component: lazyRouteComponent(() => import('./runs.tsx'), 'RunPage'),
})

const workflows = createRoute({
  getParentRoute: () => frame,
  path: '/workflows',
  validateSearch: z.object({ name: z.string().optional().catch(undefined), version: z.number().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('./workflows.tsx'), 'WorkflowsPage'),
})

const admin = createRoute({
  getParentRoute: () => frame,
  path: '/admin',
  validateSearch: z.object({
    tab: z.enum(['users', 'roles', 'tokens', 'sessions', 'hot-folders', 'quotas', 'storages', 'audit']).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('./admin.tsx'), 'AdminPage'),
})
const account = createRoute({
  getParentRoute: () => frame,
  path: '/account',
  component: lazyRouteComponent(() => import('./admin.tsx'), 'AccountPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    enrol,
    frame.addChildren([home, library, asset, arrivals, jobs, runs, run, workflows, admin, account]),
  ]),
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  scrollRestoration: true,
  context: {},
})

/** Fetches the pages that are not open yet: they open at once then, and also while the platform is away. */
export const fetchPages = (): void => {
  for (const { options } of Object.values(router.routesById)) void options.component?.preload?.()
}

whenSignedOut(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/sign-in') return
  queryClient.removeQueries({ queryKey: sessionQuery.queryKey })
  void router.navigate({ to: '/sign-in', search: { ended: true, to: href } })
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
