/** The mark: a hook that holds a block to the bench, which is what a holdfast does. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" aria-hidden="true" className="shrink-0">
      <path
        d="M5 17.5V6a4 4 0 0 1 4-4h2.2a4 4 0 0 1 4 4v2.6"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <rect x="9" y="11.2" width="9" height="6.3" rx="1.6" fill="var(--color-accent)" />
    </svg>
  )
}
