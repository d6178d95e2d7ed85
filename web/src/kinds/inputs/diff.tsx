/** Changes of files, hunk by hunk, in one column or side by side; what is marked are offsets of one side's text. */
import { IconColumns2, IconList } from "@tabler/icons-react";
import { useMemo } from "react";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { blocksOf, linesOf } from "../../editor/code";
import {
  type ChangedFile,
  diffParts,
  doneTo,
  filesOf,
  nameOf,
  numbersOf,
  type Run,
  runsOf,
  type Side,
} from "../../editor/diff";
import type { Branch } from "../../editor/prose";
import type { Editor } from "../../editor/store";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { InputKind, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";
import { useHighlighted } from "../parts/useHighlighted";
import "../parts/code.css";
import "./diff.css";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

const split = defineCommand<Pick<ViewProps, "editor" | "state">>({
  id: "diff.side-by-side",
  title: () => t("Old and new side by side"),
  context: "stage:diff",
  keys: ["Shift+D"],
  run: ({ editor, state }) => editor.look({ split: !state.view.split }),
});
const commands = [split];

function Viewer(view: ViewProps) {
  const { input, content, editor, state } = view;
  useCommands(commands, view);
  const files = filesOf(content);
  const isSplit = Boolean(state.view.split);
  const lines = files.flatMap(({ hunks }) => hunks.map((hunk) => hunk.lines)).join("");
  const [come, gone] = ["+", "-"].map((sign) => lines.split(sign).length - 1);
  return (
    <div className="diff">
      <div className="row g12 diff-head">
        <span className="quiet">
          {t("{count, plural, one {# file} other {# files}}", { count: files.length })}
          {" · "}
          <span className="diff-come">+{come}</span> <span className="diff-gone">−{gone}</span>
        </span>
        <Button
          size="s"
          icon={isSplit ? <IconList {...ICON} /> : <IconColumns2 {...ICON} />}
          chord={chordFor(split as never)}
          aria-pressed={isSplit}
          onClick={() => editor.look({ split: !isSplit })}
        >
          {t("Side by side")}
        </Button>
      </div>
      {files.map((file) => (
        <FileView key={file.id} view={view} file={file} at={`${input.name}/${file.id}`} isSplit={isSplit} />
      ))}
    </div>
  );
}

interface FileProps {
  view: ViewProps;
  file: ChangedFile;
  at: string;
  isSplit: boolean;
}

function FileView({ view, file, at, isSplit }: FileProps) {
  const old = useLines(file, "old");
  const now = useLines(file, "new");
  const words = { added: t("added"), removed: t("removed"), changed: "", renamed: t("renamed") };
  const word = words[doneTo(file)];
  // What both sides share is drawn as the new one's, unless somebody works on the old one.
  const { cursor, selected } = view.state;
  const on = selected?.key && selected.region ? onOf(view.editor, selected.key, selected.region) : cursor?.on;
  const shared: Side = on === `${at}.old` ? "old" : "new";
  const side = (run: Run, which: Side) => {
    const [lines, from] = which === "old" ? [old, run.old] : [now, run.new];
    return (
      <Prose
        {...view}
        address={`${at}.${which}`}
        prose={blocksOf(lines.slice(from, from + run.count))}
        hasMargin={false}
      />
    );
  };
  return (
    <section className="code-view" dir="ltr" translate="no" aria-label={nameOf(file)}>
      <p className="code-path mono">
        {file.old_path !== undefined && file.new_path !== undefined && file.old_path !== file.new_path && (
          <span>{file.old_path} → </span>
        )}
        {nameOf(file)}
        {word && <span className="chip">{word}</span>}
      </p>
      {file.hunks.length === 0 && (
        <p className="quiet diff-empty">{t("No line of it is shown: it is binary, empty, or only renamed.")}</p>
      )}
      {file.hunks.map((hunk) => (
        <div className="diff-hunk" key={hunk.id}>
          <p className="diff-place mono">
            @@ {hunk.old_line} → {hunk.new_line} {hunk.heading}
          </p>
          {isSplit
            ? pairsOf(runsOf(hunk)).map(({ left, right }) => (
                <div className="diff-pair" key={`${left?.old ?? ""} ${right?.new ?? ""}`}>
                  <div className={classOf(left, "old")}>{left && side(left, "old")}</div>
                  <div className={classOf(right, "new")}>{right && side(right, "new")}</div>
                </div>
              ))
            : runsOf(hunk).map((run) => (
                <div
                  className={classOf(run, run.sign === "-" ? "old" : "new")}
                  key={`${run.sign} ${run.old} ${run.new}`}
                >
                  {side(run, run.sign === " " ? shared : run.sign === "-" ? "old" : "new")}
                </div>
              ))}
        </div>
      ))}
    </section>
  );
}

/** Where a region lies, where it says so. */
function onOf(editor: Editor, key: string, region: string): unknown {
  return editor.regions(key).find(({ id }) => id === region)?.on;
}

/** Runs beside each other: what both share, and what went beside what came. */
function pairsOf(runs: readonly Run[]): { left?: Run; right?: Run }[] {
  const pairs: { left?: Run; right?: Run }[] = [];
  for (const run of runs) {
    const last = pairs.at(-1);
    if (run.sign === " ") pairs.push({ left: run, right: run });
    else if (run.sign === "-") pairs.push({ left: run });
    else if (last?.left?.sign === "-" && !last.right) last.right = run;
    else pairs.push({ right: run });
  }
  return pairs;
}

function classOf(run: Run | undefined, side: Side): string {
  if (!run) return "diff-run none";
  return run.sign === " " ? "diff-run" : side === "old" ? "diff-run gone" : "diff-run come";
}

function useLines(file: ChangedFile, side: Side): Branch[] {
  const path = side === "old" ? (file.old_path ?? file.new_path) : (file.new_path ?? file.old_path);
  const tokens = useHighlighted(file[side], file.language, path);
  return useMemo(() => linesOf(tokens, numbersOf(file, side)), [tokens, file, side]);
}

const kind: InputKind = {
  name: "diff",
  offers: "text",
  partsOf: diffParts,
  title: () => t("Changes of files"),
  place: "flow",
  Viewer,
  initial: {},
  example: () => ({
    files: [
      {
        id: "d0",
        old_path: "harbor/tides.py",
        new_path: "harbor/tides.py",
        old: "def height(hour):\n    table = load()\n    return table[hour]\n\nprint(height(3))\n",
        new: "def height(hour):\n    table = load()\n    return table[hour % 24]\n\nprint(height(3))\n",
        hunks: [{ id: "d0.h1", lines: "  -+  ", old_at: 0, new_at: 0, old_line: 1, new_line: 1 }],
      },
    ],
  }),
};
export default kind;
