/** The mark: two equal bars in a rounded square, drawn in text colour. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg
      className="mark"
      width={size}
      height={size}
      viewBox="0 0 22 22"
      aria-hidden="true"
      style={{ width: size, height: size }}
    >
      <rect width="22" height="22" rx="6" fill="var(--ev-text)" />
      <rect x="5" y="6.5" width="12" height="3" rx="1.5" fill="var(--ev-canvas)" />
      <rect x="5" y="12.5" width="12" height="3" rx="1.5" fill="var(--ev-canvas)" />
    </svg>
  );
}
