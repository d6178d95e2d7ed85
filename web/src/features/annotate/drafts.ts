/** Keeps the draft of one task: on the device within a moment, on the server when the hand rests. */
import type { Answer, Id, Manner, Time } from "../../api/contract";
import type { Editor } from "../../editor/store";
import type { Device } from "./device";

/** device: the server does not have it yet, this device does. unkept: nobody has it. */
export type DraftState = "none" | "writing" | "saved" | "device" | "unkept";

interface Tools {
  device: Device;
  save: (answers: Answer[], clock: number) => Promise<Time>;
  activeMs: () => number;
  manner: () => Manner | undefined;
  changed: () => void;
  /** When the server's own draft, that the task came with, was saved. */
  savedAt: number | null;
}

const DEVICE_MS = 200;
const SERVER_MS = 1_500;

export class DraftKeeper {
  state: DraftState;
  private readonly task: Id;
  private readonly editor: Editor;
  private readonly tools: Tools;
  private revision: number;
  private isKept = true;
  private isSaving = false;
  private clock = 0;
  private timers: { device?: ReturnType<typeof setTimeout>; server?: ReturnType<typeof setTimeout> } = {};
  private leave: (() => void) | null = null;

  constructor(task: Id, editor: Editor, tools: Tools) {
    this.task = task;
    this.editor = editor;
    this.tools = tools;
    this.revision = editor.snapshot().revision;
    this.state = tools.savedAt === null ? "none" : "saved";
  }

  start(): void {
    this.leave ??= this.editor.subscribe(() => this.look());
    this.look();
  }

  stop(): void {
    this.flush();
    this.leave?.();
    this.leave = null;
    clearTimeout(this.timers.server);
  }

  /** Writes to the device now: the page may be gone in a moment. */
  flush(): void {
    clearTimeout(this.timers.device);
    this.timers.device = undefined;
    if (!this.isKept) this.keep(false);
  }

  /** Writes to the device again what was taken from it. */
  renew(): void {
    this.isKept = false;
    this.flush();
  }

  private look(): void {
    const { revision } = this.editor.snapshot();
    if (revision === this.revision) return;
    this.revision = revision;
    this.isKept = false;
    this.turn("writing");
    this.timers.device ??= setTimeout(() => this.flush(), DEVICE_MS);
    this.saveSoon();
  }

  private saveSoon(): void {
    clearTimeout(this.timers.server);
    this.timers.server = setTimeout(() => void this.save(), SERVER_MS);
  }

  private async save(): Promise<void> {
    if (this.isSaving) {
      this.saveSoon();
      return;
    }
    this.isSaving = true;
    const { revision } = this.editor.snapshot();
    // Of two tabs the later clock wins: time, and always more than the last one.
    this.clock = Math.max(this.clock + 1, Date.now());
    try {
      await this.tools.save(this.editor.submission(), this.clock);
      // Sent meanwhile, it needs no draft any more.
      if (this.leave && revision === this.editor.snapshot().revision) {
        this.keep(true);
        this.turn("saved");
      }
    } catch {
      this.flush();
      this.turn(this.isKept ? "device" : "unkept");
    } finally {
      this.isSaving = false;
    }
  }

  private keep(isSaved: boolean): void {
    const answers = [...this.editor.snapshot().answers.values()];
    const draft = { answers, at: Date.now(), activeMs: this.tools.activeMs(), manner: this.tools.manner(), isSaved };
    this.isKept = this.tools.device.keepDraft(this.task, draft);
    if (!this.isKept) this.turn("unkept");
  }

  private turn(state: DraftState): void {
    if (state === this.state) return;
    this.state = state;
    this.tools.changed();
  }
}
