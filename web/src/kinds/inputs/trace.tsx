/** What an agent did, step under step: what it thought, said and called, and what came back. Questions answer beside each step. */
import {
  IconAlertTriangle,
  IconBulb,
  IconCircleCheck,
  IconFile,
  IconGitBranch,
  IconRobot,
  IconServer,
  IconTool,
  IconUser,
} from "@tabler/icons-react";
import { memo, type ReactNode, useEffect, useMemo, useRef } from "react";
import type { Content, Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import type { Block } from "../../editor/chat";
import { proseOfMarkdown } from "../../editor/markdown";
import { proseOfText } from "../../editor/prose";
import type { Asked } from "../../editor/store";
import {
  blocksIn,
  type Call,
  type Node,
  type Observation,
  placedIn,
  type Trace,
  traceOf,
  traceParts,
} from "../../editor/trace";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { InputKind, OnPart, SettingsProps, ViewProps } from "../kind";
import { InlinePicture } from "../parts/InlinePicture";
import { Prose } from "../parts/Prose";
import { SwitchField, withSetting } from "../parts/SettingFields";
import "./trace.css";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

const foldResults = defineCommand<Pick<ViewProps, "editor" | "state">>({
  id: "trace.fold-results",
  title: () => t("Fold or unfold what came back"),
  context: "stage:trace",
  keys: ["H"],
  run: ({ editor, state }) => editor.look({ folded: !state.view.folded }),
});
const commands = [foldResults];

/** A question that answers beside the steps of this trace. */
interface Beside {
  asked: Asked;
  onPart: OnPart;
}

function Viewer(view: ViewProps) {
  const { input, content, editor, state, kinds, language, seed } = view;
  const trace = traceOf(content);
  const placed = useMemo(() => placedIn(trace), [trace]);
  useCommands(commands, view);
  const isOfTrace = ({ part }: Asked): boolean => part.input === input.name || part.type === "task";
  const beside = editor.asked().flatMap((asked): Beside[] => {
    const onPart = kinds[asked.question.kind]?.onPart;
    return onPart && isOfTrace(asked) ? [{ asked, onPart }] : [];
  });
  const drawing = beside.find(({ asked }) => asked.key === state.active) ?? beside[0];
  const given = (asked: Asked) => ({ asked, editor, state, language, seed });
  const active = editor.asked().find(({ key }) => key === state.active)?.part.address;
  const at = active?.startsWith(`${input.name}/`) ? active : drawing?.onPart.current(given(drawing.asked));
  // A text is drawn through what questions mark in it only where one of them can.
  const isMarked = editor.asked().some(({ question }) => kinds[question.kind]?.onText);
  const isFolded = Boolean(state.view.folded);
  let count = 0;
  return (
    <div className="trace">
      <About trace={trace} />
      <div className="row between wrap">
        <h2 className="over">{t("{count, plural, one {# step} other {# steps}}", { count: stepsIn(trace) })}</h2>
        <Button
          size="s"
          chord={chordFor(foldResults as never)}
          aria-pressed={isFolded}
          onClick={() => editor.look({ folded: !isFolded })}
        >
          {isFolded ? t("Unfold what came back") : t("Fold what came back")}
        </Button>
      </div>
      <ol className="steps">
        {placed.map(({ node, depth }) => {
          if (node.type === "span") return <Span key={node.id} node={node} depth={depth} trace={trace} />;
          if (node.alternative_of !== undefined) return null;
          const address = `${input.name}/${node.id}`;
          const isAgent = (node.actor ?? "agent") === "agent";
          if (isAgent) count += 1;
          return (
            <Row
              key={node.id}
              address={address}
              isAt={at === address}
              isAgent={isAgent}
              depth={depth}
              onPick={drawing && isAgent ? () => drawing.onPart.onPick(given(drawing.asked), address) : undefined}
              head={
                <>
                  <Head node={node} count={count} trace={trace} />
                  {isAgent &&
                    beside.map(({ asked, onPart: { Mark } }) => (
                      <Mark key={asked.key} {...given(asked)} address={address} />
                    ))}
                </>
              }
            >
              <Body node={node} address={address} trace={trace} view={isMarked ? view : null} isFolded={isFolded} />
            </Row>
          );
        })}
      </ol>
      <End trace={trace} />
    </div>
  );
}

function stepsIn({ nodes }: Trace): number {
  return nodes.filter((node) => node.type === "step" && node.alternative_of === undefined && isBy(node, "agent"))
    .length;
}

function isBy({ actor = "agent" }: Node, who: string): boolean {
  return actor === who;
}

/** What stood before the first step: the task, the instructions, the tools. */
const About = memo(function About({ trace }: { trace: Trace }) {
  const { task, context = [], tools = [], agent } = trace;
  const who = [agent?.name, agent?.version, agent?.model?.name].filter(Boolean).join(" · ");
  return (
    <div className="trace-about">
      {who && <div className="small t3">{who}</div>}
      {task?.statement && (
        <section>
          <h2 className="over">{t("The task")}</h2>
          <div className="trace-statement" dir="auto">
            {task.statement}
          </div>
        </section>
      )}
      {task?.reference !== undefined && (
        <Folded icon={<IconFile {...ICON} />} title={t("What is known of the task")}>
          <Data value={task.reference} />
        </Folded>
      )}
      {context.map(({ content }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what was given before the run never changes
        <Folded key={index} icon={<IconFile {...ICON} />} title={t("Instructions to the model")}>
          {content.map((block, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <Plain key={place} block={block} />
          ))}
        </Folded>
      ))}
      {tools.length > 0 && (
        <Folded
          icon={<IconTool {...ICON} />}
          title={t("{count, plural, one {# tool} other {# tools}}", { count: tools.length })}
        >
          {tools.map(({ name, description, parameters }) => (
            <div key={name}>
              <span className="mono b">{name}</span> <span className="small t2">{description}</span>
              {parameters !== undefined && <Data value={parameters} />}
            </div>
          ))}
        </Folded>
      )}
    </div>
  );
});

/** How it ended, where that is not hidden. */
function End({ trace: { outcome, nodes } }: { trace: Trace }) {
  const scores = nodes.filter(
    ({ type, parent }) => type === "score" && !nodes.some((each) => each.id === parent && each.type === "step"),
  );
  if (!outcome && scores.length === 0) return null;
  return (
    <section className="trace-end">
      <h2 className="over">{t("How it ended")}</h2>
      {outcome && <Data value={outcome as unknown as Json} />}
      {scores.map((each) => (
        <ScoreLine key={each.id} score={each} />
      ))}
    </section>
  );
}

function ScoreLine({ score: { name, value, explanation } }: { score: Node }) {
  return (
    <div className="small">
      <span className="t2">{name}</span>{" "}
      <span className="b num">{typeof value === "string" ? value : JSON.stringify(value)}</span>{" "}
      <span className="t3">{explanation}</span>
    </div>
  );
}

function Span({ node, depth, trace }: { node: Node; depth: number; trace: Trace }) {
  return (
    <li className="trace-span small t3" style={{ marginInlineStart: depth * 16 }}>
      <IconGitBranch {...ICON} />
      <span className="cut">{node.name ?? node.id}</span>
      <Duration node={node} trace={trace} />
      {node.error && <span className="dan">{node.error}</span>}
    </li>
  );
}

interface RowProps {
  address: string;
  isAt: boolean;
  isAgent: boolean;
  depth: number;
  head: ReactNode;
  children: ReactNode;
  onPick: (() => void) | undefined;
}

function Row({ address, isAt, isAgent, depth, head, children, onPick }: RowProps) {
  const row = useRef<HTMLLIElement>(null);
  const wasAt = useRef(isAt);
  useEffect(() => {
    if (isAt && !wasAt.current) row.current?.scrollIntoView({ block: "nearest" });
    wasAt.current = isAt;
  }, [isAt]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys walk the steps by the commands of the question
    <li
      ref={row}
      className={`step${isAt ? " at" : ""}${isAgent ? "" : " other"}`}
      aria-current={isAt ? "step" : undefined}
      data-step={address}
      style={depth > 0 ? { marginInlineStart: depth * 16 } : undefined}
      onClick={(event) => {
        if (onPick && !isAt && !(event.target as HTMLElement).closest("button, summary, a, input")) onPick();
      }}
    >
      <div className="step-head">{head}</div>
      {children}
    </li>
  );
}

const ACTORS = {
  agent: { icon: <IconRobot {...ICON} />, word: () => t("Agent") },
  user: { icon: <IconUser {...ICON} />, word: () => t("User") },
  system: { icon: <IconFile {...ICON} />, word: () => t("System") },
  environment: { icon: <IconServer {...ICON} />, word: () => t("Environment") },
};

const Head = memo(function Head({ node, count, trace }: { node: Node; count: number; trace: Trace }) {
  const { icon, word } = ACTORS[node.actor ?? "agent"];
  const called = (node.calls ?? []).map(({ name }) => name).join(", ");
  return (
    <span className="step-who">
      {isBy(node, "agent") ? <span className="step-no num">{count}</span> : icon}
      <span className="b">{isBy(node, "agent") ? called || t("Says") : word()}</span>
      <Duration node={node} trace={trace} />
      {node.error && (
        <span className="dan small row g4">
          <IconAlertTriangle {...ICON} />
          {t("Error")}
        </span>
      )}
    </span>
  );
});

function Duration({ node: { started, ended }, trace }: { node: Node; trace: Trace }) {
  if (started === undefined || ended === undefined || ended <= started) return null;
  const seconds = (ended - started) / (trace.timescale ?? 1000);
  const shown = seconds < 10 ? Math.max(0.1, Math.round(seconds * 10) / 10) : Math.round(seconds);
  return <span className="small t3 num nowrap">{t("{seconds} s", { seconds: number(shown) })}</span>;
}

interface BodyProps {
  node: Node;
  address: string;
  trace: Trace;
  /** Where questions mark passages; null where none does, so that nothing is drawn again with every answer. */
  view: ViewProps | null;
  isFolded: boolean;
}

const Body = memo(function Body({ node, address, trace, view, isFolded }: BodyProps) {
  const { thought = [], content = [], calls = [], observations = [], state, error } = node;
  const said = (blocks: Block[]): string =>
    blocks
      .map(({ text }) => text ?? "")
      .join("\n")
      .trim();
  // Some logs keep the whole reply beside what was taken out of it: the thought and the call are enough then.
  const isRepeated = said(thought) !== "" && calls.length > 0 && said(content).startsWith(said(thought));
  const alternatives = trace.nodes.filter(({ alternative_of }) => alternative_of === node.id);
  const scores = trace.nodes.filter(({ type, parent }) => type === "score" && parent === node.id);
  const blocks = (given: Block[], first: number, isRendered: boolean) =>
    given.map((block, index) => {
      const at = `${address}/${first + index}`;
      return <BlockView key={at} block={block} address={at} view={view} isRendered={isRendered} />;
    });
  const reply = blocks(content, thought.length, true);
  let first = thought.length + content.length;
  return (
    <>
      {thought.length > 0 && (
        <div className="step-thought">
          <IconBulb {...ICON} />
          <div className="grow">{blocks(thought, 0, false)}</div>
        </div>
      )}
      {isRepeated ? (
        <details className="folded">
          <summary className="small t2">{t("The whole reply, word for word")}</summary>
          {reply}
        </details>
      ) : (
        reply
      )}
      {calls.map((call) => (
        <CallView key={call.id} call={call} />
      ))}
      {observations.map((seen, index) => {
        const from = first;
        first += seen.content.length;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: what came back never changes
          <Result key={index} seen={seen} calls={calls} isFolded={isFolded}>
            {blocks(seen.content, from, false)}
          </Result>
        );
      })}
      {error && <div className="step-error small">{error}</div>}
      {state && (
        <Folded icon={<IconServer {...ICON} />} title={t("State afterwards")}>
          <Data value={state as unknown as Json} />
        </Folded>
      )}
      {alternatives.length > 0 && (
        <Folded
          icon={<IconGitBranch {...ICON} />}
          title={t("{count, plural, one {# other step in its place} other {# other steps in its place}}", {
            count: alternatives.length,
          })}
        >
          {alternatives.map((each) => (
            <div key={each.id} className="step-alternative">
              {blocksIn(each).map((block, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <Plain key={index} block={block} />
              ))}
              {each.calls?.map((call) => (
                <CallView key={call.id} call={call} />
              ))}
            </div>
          ))}
        </Folded>
      )}
      {scores.map((each) => (
        <ScoreLine key={each.id} score={each} />
      ))}
    </>
  );
});

function CallView({ call }: { call: Call }) {
  const { name, arguments: given, arguments_text: written } = call;
  // One long text is read as it is, not as JSON with its lines escaped.
  const only = given && typeof given === "object" && !Array.isArray(given) ? Object.values(given) : [];
  const text = only.length === 1 && typeof only[0] === "string" && only[0].trim().includes("\n") ? only[0] : null;
  const shown =
    text ??
    (given === undefined
      ? (written ?? "")
      : only.length === 1 && typeof only[0] === "string"
        ? only[0]
        : JSON.stringify(given, null, 2));
  return (
    <div className="step-call">
      <div className="small b row g6">
        <IconTool {...ICON} />
        <span className="mono">{name}</span>
        {typeof only[0] === "string" && only.length === 1 && (
          <span className="t3">{Object.keys(given as object)[0]}</span>
        )}
        {given === undefined && written !== undefined && (
          <span className="dan">{t("These arguments are no JSON")}</span>
        )}
      </div>
      {shown.trim() && shown !== "{}" && <pre className="mono">{shown.trimEnd()}</pre>}
    </div>
  );
}

interface ResultProps {
  seen: Observation;
  calls: Call[];
  isFolded: boolean;
  children: ReactNode;
}

function Result({ seen, calls, isFolded, children }: ResultProps) {
  const { call, is_error: isError, truncated, structured } = seen;
  const tool = calls.length > 1 ? calls.find(({ id }) => id === call)?.name : undefined;
  const title = isError ? t("The tool failed") : t("What came back");
  const isEmpty = seen.content.length === 0 && structured === undefined;
  return (
    <details className={isError ? "folded failed" : "folded"} open={!isFolded || isError}>
      <summary className="small b">
        {isError ? <IconAlertTriangle {...ICON} /> : <IconCircleCheck {...ICON} />}
        {tool ? `${title}: ${tool}` : title}
        {truncated && <span className="t3">{t("cut short by the log")}</span>}
        {isEmpty && <span className="t3">{t("nothing")}</span>}
      </summary>
      {!isEmpty && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
        <div className="step-result mono" tabIndex={0} role="group" aria-label={title}>
          {children}
          {structured !== undefined && <Data value={structured} />}
        </div>
      )}
    </details>
  );
}

interface BlockProps {
  block: Block;
  address: string;
  view: ViewProps | null;
  isRendered: boolean;
}

function BlockView({ block, address, view, isRendered }: BlockProps) {
  const { text } = block;
  const prose = useMemo(() => {
    if (text === undefined) return [];
    return isRendered ? proseOfMarkdown(text, { keepsLines: true }) : proseOfText(text);
  }, [text, isRendered]);
  if (text === undefined || block.redacted || block.type === "unknown") return <Plain block={block} />;
  if (!view && !isRendered) return <Plain block={block} />;
  const { editor, state, language, seed, kinds } = view ?? UNMARKED;
  return (
    <div className={isRendered ? "read material rendered" : "material step-text"} dir="auto">
      <Prose {...{ editor, state, language, seed, kinds }} address={address} prose={prose} hasMargin={false} />
    </div>
  );
}

/** For texts that no question marks: they are drawn once. */
const UNMARKED = {
  editor: { asked: () => [] },
  state: { selected: null, cursor: null, active: null },
  language: "",
  seed: "",
  kinds: {},
} as unknown as Pick<ViewProps, "editor" | "state" | "language" | "seed" | "kinds">;

function Plain({ block }: { block: Block }) {
  if (block.redacted) return <p className="small t3">{t("Hidden from you")}</p>;
  if (block.type === "image")
    return <InlinePicture file={block} alt={typeof block.alt === "string" ? block.alt : t("Picture")} />;
  if (typeof block.text === "string")
    return (
      <div className="step-text" dir="auto">
        {block.text}
      </div>
    );
  if (block.type === "resource") return <div className="small mono break">{String(block.uri ?? "")}</div>;
  return <Data value={(block.data ?? block.source ?? block) as Json} />;
}

function Data({ value }: { value: Json }) {
  return <pre className="mono">{JSON.stringify(value, null, 2)}</pre>;
}

function Folded({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <details className="folded">
      <summary className="small b">
        {icon}
        {title}
      </summary>
      {children}
    </details>
  );
}

const HIDEABLE: readonly (readonly [string, () => string])[] = [
  ["model", () => t("Hide which agent and model it was")],
  ["score", () => t("Hide scores, rewards and how it ended")],
  ["thought", () => t("Hide what the agent thought")],
  ["state", () => t("Hide the state after each step")],
  ["reference", () => t("Hide what is known of the task")],
];

function SettingsForm({ settings, onChange }: SettingsProps) {
  const hidden = (settings.hide as string[] | undefined) ?? ["model", "score"];
  return HIDEABLE.map(([name, word]) => (
    <SwitchField
      key={name}
      label={word()}
      value={hidden.includes(name)}
      onChange={(isOn) =>
        onChange(withSetting(settings, { hide: isOn ? [...hidden, name] : hidden.filter((each) => each !== name) }))
      }
    />
  ));
}

function picturesOf(content: Content): Content[] {
  return traceOf(content)
    .nodes.flatMap(blocksIn)
    .filter(({ type }) => type === "image");
}

/** Three steps of an agent: what a preview shows. */
function exampleTrace(): Trace {
  const seen = (call: string, text: string): Observation[] => [{ call, content: [{ type: "text", text }] }];
  return {
    task: { statement: t("When does the next ferry to Port Avelin leave?") },
    nodes: [
      {
        id: "s1",
        type: "step",
        calls: [{ id: "c1", name: "timetable", arguments: { to: "Port Avelin" } }],
        observations: seen("c1", "14:20"),
      },
      {
        id: "s2",
        type: "step",
        content: [{ type: "text", text: t("At 14:20, from the east quay. The north pier is closed.") }],
      },
    ],
  };
}

const kind: InputKind = {
  name: "trace",
  offers: ["text", "steps"],
  partsOf: traceParts,
  title: () => t("Trace of an agent"),
  place: "flow",
  Viewer,
  SettingsForm,
  initial: { hide: ["model", "score"] },
  filesOf: picturesOf,
  example: () => ({ json: exampleTrace() as unknown as Json }),
};
export default kind;
