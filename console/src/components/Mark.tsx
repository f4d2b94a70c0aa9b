/** The capstan: a drum seen from above with its four bars. */
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent-bg)" />
      <g fill="none" stroke="var(--accent)" strokeWidth="2.4" strokeLinecap="round">
        <circle cx="16" cy="16" r="8.5" />
        <circle cx="16" cy="16" r="2.4" fill="var(--accent)" />
        <path d="M16 3.5v4M16 24.5v4M3.5 16h4M24.5 16h4" />
      </g>
    </svg>
  )
}
