import type { ReactNode } from 'react'
import { Mark } from '../../../components/Mark.tsx'
import './sign-in.css'

/** The page before the console: the mark, one card, nothing else. */
export function SignInFrame({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className="sign-in">
      <section className="sign-in-card" aria-labelledby="sign-in-title">
        <div className="row">
          <Mark size={28} />
          <h1 id="sign-in-title">{title}</h1>
        </div>
        <p className="dim">{lead}</p>
        {children}
      </section>
    </main>
  )
}
