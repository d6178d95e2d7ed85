/** Files that were dropped on another page, on their way to the page that makes a project of them. */
let files: File[] = [];

export function carry(dropped: File[]): void {
  files = dropped;
}

/** What was carried here, once. */
export function arrived(): File[] {
  const taken = files;
  files = [];
  return taken;
}
