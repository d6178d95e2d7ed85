/** A segmented control: one of a few, all in sight. */
interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
}

export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  return (
    <div className="seg start" role="radiogroup" aria-label={label}>
      {options.map(([each, word]) => (
        <button
          type="button"
          key={each}
          role="radio"
          aria-checked={each === value}
          className={each === value ? "on" : ""}
          onClick={() => onChange(each)}
        >
          {word}
        </button>
      ))}
    </div>
  );
}
