/** The key of an answer: which question, about which part. */

export function keyOf(question: string, target: string): string {
  return `${question} ${target}`;
}
