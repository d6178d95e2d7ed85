/** How far long work is: a bar with its words, read as one by a screen reader. */
export function Meter({ label, done, of, words }: { label: string; done: number; of: number; words: string }) {
  const share = of > 0 ? Math.min(done / of, 1) : 0;
  return (
    <div className="col g4">
      <div
        className="bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={words}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <div className="small t2">{words}</div>
    </div>
  );
}
