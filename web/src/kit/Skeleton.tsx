/** Nothing for 400 ms, then grey lines in the shape of what comes. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div className="skeleton p20" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity and never change places
        <i key={index} style={{ width: `${[72, 54, 64, 40][index % 4]}%` }} />
      ))}
    </div>
  );
}
