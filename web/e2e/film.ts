/**
 * A film of several pages side by side, with a caption and a terminal: frames as PNG, and how long each stands. `film.py` makes one
 * file of them. Nothing is staged: each pane is what its page shows at that moment.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";

const EVERY_MS = 400;
const STAGE = `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; width: 1280px; height: 720px; background: #f7f6f3; color: #211d19; font: 15px/22px "IBM Plex Sans", "DejaVu Sans", sans-serif; display: grid; grid-template-rows: 64px auto 1fr; overflow: hidden; }
  #caption { padding: 0 20px; font-weight: 600; font-size: 19px; display: flex; align-items: center; }
  #panes { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; padding: 0 12px; }
  figure { margin: 0; } figcaption { font-size: 13px; color: #504b45; padding: 0 2px 6px; } img { width: 622px; height: 350px; border: 1px solid #d6d3ce; border-radius: 8px; display: block; background: #fff; object-fit: cover; object-position: top left; }
  pre { margin: 14px 12px 12px; padding: 12px 16px; border-radius: 8px; background: #211d19; color: #e8e6e2; font: 12.5px/19px "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow: hidden; }
</style><div id="caption"></div><div id="panes"><figure><figcaption id="left-name"></figcaption><img id="left"></figure><figure><figcaption id="right-name"></figcaption><img id="right"></figure></div><pre id="terminal"></pre>`;

export interface Pane {
  name: string;
  page: Page;
}

export class Film {
  private readonly stage: Page;
  private readonly folder: string;
  private panes: [Pane, Pane];
  private readonly frames: { file: string; ms: number }[] = [];
  private words = { caption: "", terminal: "" };
  private running: Promise<void> | null = null;
  private isEnding = false;

  private constructor(stage: Page, folder: string, panes: [Pane, Pane]) {
    this.stage = stage;
    this.folder = folder;
    this.panes = panes;
  }

  /** Begins to record into a folder. */
  static async begin(browser: Browser, folder: string, panes: [Pane, Pane]): Promise<Film> {
    mkdirSync(folder, { recursive: true });
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const stage = await context.newPage();
    await stage.setContent(STAGE);
    const film = new Film(stage, folder, panes);
    film.running = film.record();
    return film;
  }

  caption(caption: string): void {
    this.words = { ...this.words, caption };
  }

  terminal(...lines: string[]): void {
    this.words = { ...this.words, terminal: lines.join("\n") };
  }

  show(left: Pane, right: Pane): void {
    this.panes = [left, right];
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await this.running;
    writeFileSync(join(this.folder, "frames.json"), JSON.stringify(this.frames));
  }

  private async record(): Promise<void> {
    while (!this.isEnding) {
      const began = Date.now();
      const [left, right] = this.panes;
      const shots = await Promise.all([left, right].map(({ page }) => page.screenshot({ type: "png" })));
      const [first, second] = shots.map((shot) => `data:image/png;base64,${shot.toString("base64")}`);
      await this.stage.evaluate(
        async ([words, names, pictures]) => {
          const at = (id: string) => document.getElementById(id) as HTMLElement;
          at("caption").textContent = words.caption;
          at("terminal").textContent = words.terminal;
          at("terminal").style.visibility = words.terminal ? "visible" : "hidden";
          for (const [side, index] of [
            ["left", 0],
            ["right", 1],
          ] as const) {
            at(`${side}-name`).textContent = names[index] ?? "";
            const picture = at(side) as HTMLImageElement;
            picture.src = pictures[index] ?? "";
            await picture.decode();
          }
        },
        [this.words, [left.name, right.name], [first, second]] as const,
      );
      const file = `${String(this.frames.length).padStart(4, "0")}.png`;
      await this.stage.screenshot({ path: join(this.folder, file) });
      const took = Date.now() - began;
      if (took < EVERY_MS) await new Promise((resolve) => setTimeout(resolve, EVERY_MS - took));
      this.frames.push({ file, ms: Date.now() - began });
    }
  }
}
