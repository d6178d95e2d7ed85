/** A task as its author answered it, in the workspace's own viewer: to be read, with what stands instead and why. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { call } from "../../api/client";
import type { AnsweredTask, Id } from "../../api/contract";
import { chordFor, useCommands } from "../../commands/scopes";
import { Editor } from "../../editor/store";
import { t, when } from "../../i18n";
import { stillKinds } from "../../kinds/parts/still";
import type { Kinds } from "../../kinds/registry";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Keys } from "../../kit/Keys";
import { Notice } from "../../kit/Notice";
import { Segmented } from "../../kit/Segmented";
import { shortId } from "../annotate/BottomBar";
import { preparer } from "../annotate/prepare";
import type { Reading } from "../annotate/ReadAnswer";
import { wordOfReason } from "../annotate/reasons";
import { Stage, type View } from "../annotate/Stage";
import { changedSince } from "../review/changed";
import { ReadPanel } from "../review/ReadPanel";
import { seenTaskCommands, switchAnswer } from "./commands";
import { wordOfOrigin } from "./feedback";
import "../annotate/workspace.css";
import "../review/review.css";

export interface Seen {
  project: Id;
  task: Id;
  /** The version of the answer that was judged; none: the newest. */
  annotation?: Id | null;
}

export default function SeenTask({ project, task, annotation, onClose }: Seen & { onClose: () => void }) {
  const seen = useQuery({
    queryKey: ["seen", project, task, annotation ?? null],
    queryFn: async () => {
      const found = await call("GET /projects/{project}/my-answers/{task}", {
        path: { project, task },
        query: { annotation: annotation ?? null },
      });
      const { item, ontology_version } = found;
      return { found, ...(await preparer(project)({ item, ontology_version, suggestions: [] })) };
    },
    // Every opening is a look of its own, on record.
    gcTime: 0,
    staleTime: 0,
    retry: false,
    refetchOnReconnect: false,
  });
  return (
    <Dialog title={t("Task {task}, as you answered it", { task: shortId(task) })} shape="whole" onClose={onClose}>
      <Faces query={seen} lines={8}>
        {({ found, editor, kinds }) => <Shown found={found} blank={editor} kinds={kinds} />}
      </Faces>
    </Dialog>
  );
}

interface ShownProps {
  found: AnsweredTask;
  /** The task without an answer. */
  blank: Editor;
  kinds: Kinds;
}
type Whose = "own" | "instead";

function Shown({ found, blank, kinds }: ShownProps) {
  const { answers: own, decided, seed } = found;
  const instead = decided?.answers ?? null;
  const [whose, setWhose] = useState<Whose>(instead ? "instead" : "own");
  const still = useMemo(() => stillKinds(kinds), [kinds]);
  const editor = useMemo(() => new Editor(blank.ontology, blank.item, own), [blank, own]);
  const changed = useMemo(() => (instead ? changedSince(own, instead) : new Map()), [own, instead]);
  useEffect(() => editor.replace(whose === "own" || !instead ? own : instead), [editor, whose, own, instead]);
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const language = document.documentElement.lang;
  const reading: Reading = { editor, state, kinds: still, language, seed };
  const active = editor.asked().find(({ key }) => key === state.active);
  const view: View = { ...reading, onPicked: nothing, active };
  useCommands(seenTaskCommands, {
    hasTwo: instead !== null,
    turn: () => setWhose(whose === "own" ? "instead" : "own"),
  });
  return (
    <div className="wmid panelled seen">
      <Stage view={view} foot={NONE} wrong={noneWrong} task={found.task_id} notice={null} isStill isInner />
      <ReadPanel
        reading={reading}
        active={active?.key}
        earlier={NONE}
        changed={whose === "instead" ? changed : NOTHING}
        others={NOTHING}
        head={
          <div className="read-head">
            {instead ? (
              <div className="row g8">
                <Segmented
                  label={t("Which answer")}
                  value={whose}
                  options={[
                    ["own", t("Your answer")],
                    ["instead", t("What stands")],
                  ]}
                  onChange={setWhose}
                />
                <Keys chord={chordFor(switchAnswer as never)} />
              </div>
            ) : (
              <span className="b">{t("Your answer")}</span>
            )}
            <span className="small t3">
              {t("Sent {when}", { when: when(found.submitted_at) })}
              {found.version > 1 && ` · ${t("version {version}", { version: found.version })}`}
            </span>
            {decided && <What decided={decided} isSame={instead !== null && changed.size === 0} />}
          </div>
        }
      />
    </div>
  );
}

/** What was decided, why, in whose words, and what the label was made by. */
function What({ decided, isSame }: { decided: NonNullable<AnsweredTask["decided"]>; isSame: boolean }) {
  const { verdict, stage, reason, note, origin, at } = decided;
  const title =
    verdict === "send-back"
      ? t("It was sent back")
      : verdict === "accept" || isSame
        ? t("It stands as you gave it")
        : stage === "review"
          ? t("A reviewer changed it")
          : t("It was decided otherwise");
  return (
    <Notice tone="plain">
      <div className="row between g8">
        <span className="b">{title}</span>
        <span className="small t3 nowrap">{when(at)}</span>
      </div>
      {reason && <div className="t2">{wordOfReason(reason)}</div>}
      {note && (
        <div className="pre" dir="auto">
          {note}
        </div>
      )}
      {origin && <div className="small t3">{wordOfOrigin(origin)}</div>}
    </Notice>
  );
}

const NONE: never[] = [];
const NOTHING = new Map();
const nothing = (): void => undefined;
const noneWrong = (): string[] => [];
