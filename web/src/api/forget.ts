/** What modules keep in memory of a customer's material is told here, so that it can be let go of all at once. */
const acts = new Set<() => void>();

export function onForget(act: () => void): void {
  acts.add(act);
}

export function forget(): void {
  for (const act of acts) act();
}
