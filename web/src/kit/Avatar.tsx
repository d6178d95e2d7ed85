/** Initials on grey: people have no colours. Drawn, not written: whoever hears the page hears the whole name beside it. */
export function Avatar({ name }: { name: string }) {
  const initials = name
    .split(/[\s._-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join("");
  return <span className="who" title={name} aria-hidden="true" data-initials={initials} />;
}
