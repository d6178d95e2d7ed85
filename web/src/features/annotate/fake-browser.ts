/** For tests: what a browser has and jsdom has not, as far as drawing a task asks for it. */
export function completeBrowser(): void {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  Element.prototype.scrollIntoView ??= () => undefined;
  globalThis.CSS ??= { escape: (text: string) => text.replace(/["\\\]]/g, "\\$&") } as typeof CSS;
  globalThis.ResizeObserver ??= class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  } as unknown as typeof ResizeObserver;
  window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
}
