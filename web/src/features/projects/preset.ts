/** The name of a preset as people say it: "text-classification/1" is text classification. */
export function wordsOfPreset(preset: string | null | undefined): string | null {
  return preset?.replace(/\/\d+$/, "").replaceAll("-", " ") ?? null;
}
