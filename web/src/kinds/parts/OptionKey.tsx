/** The key that gives an option. It acts on the active question only, so there alone it is named; elsewhere its place is kept. */
interface OptionKeyProps {
  isActive: boolean;
  /** As a bare digit, where a cap would be too much. */
  isPlain?: boolean;
  children: string | number | undefined;
}

export function OptionKey({ isActive, isPlain, children }: OptionKeyProps) {
  if (!children && children !== 0) return null;
  const look = isPlain ? "n" : "key";
  return (
    <kbd className={isActive ? look : `${look} off`} aria-hidden="true">
      {isActive && children}
    </kbd>
  );
}
