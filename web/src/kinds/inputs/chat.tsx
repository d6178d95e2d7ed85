/** A conversation: threads of turns; replies to one turn stand side by side under letters, tool calls and results folded. */
import { IconAlertTriangle, IconBulb, IconFile, IconMessages, IconTool } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import type { Content, Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { type Block, blocksOf, chatParts, type Message, type Thread, type Turn, threadsOf } from "../../editor/chat";
import { proseOfMarkdown } from "../../editor/markdown";
import { orderOfParts } from "../../editor/order";
import { proseOfText } from "../../editor/prose";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { InputKind, SettingsProps, ViewProps } from "../kind";
import { InlinePicture } from "../parts/InlinePicture";
import { Pair } from "../parts/Pair";
import { Prose } from "../parts/Prose";
import { SwitchField, withSetting } from "../parts/SettingFields";
import "./chat.css";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

const showEarlier = defineCommand<Pick<ViewProps, "editor" | "state">>({
  id: "chat.earlier-turns",
  title: () => t("Earlier turns"),
  context: "stage:chat",
  keys: ["H"],
  run: ({ editor, state }) => editor.look({ earlier: !state.view.earlier }),
});
const commands = [showEarlier];

function Viewer(view: ViewProps) {
  const { input, content } = view;
  const threads = threadsOf(content);
  useCommands(commands, view);
  return (
    <div className="chat">
      {threads.map((thread, index) => (
        <section
          className="thread"
          key={thread.id}
          aria-label={threads.length > 1 ? t("Conversation {number}", { number: index + 1 }) : undefined}
        >
          {threads.length > 1 && <h2 className="over">{t("Conversation {number}", { number: index + 1 })}</h2>}
          <ThreadView view={view} thread={thread} input={input.name} isLast={index === threads.length - 1} />
        </section>
      ))}
    </div>
  );
}

interface ThreadProps {
  view: ViewProps;
  thread: Thread;
  input: string;
  isLast: boolean;
}

function ThreadView({ view, thread, input, isLast }: ThreadProps) {
  const { editor, state } = view;
  const last = thread.turns.at(-1);
  const isCompared = isLast && (last?.responses?.length ?? 0) > 1;
  const earlier = thread.turns.length - 1;
  // What came before a comparison is folded away: the replies get the room.
  const canFold = isCompared && earlier > 0;
  // A question about one of them brings them back.
  const active = editor.asked().find(({ key }) => key === state.active)?.part.address ?? "";
  const isAsked = active !== "" && active !== input && !addressesIn(last, input).includes(active);
  const shown = canFold && !state.view.earlier && !isAsked ? thread.turns.slice(-1) : thread.turns;
  return (
    <>
      {canFold && (
        <Button
          size="s"
          className="start"
          icon={<IconMessages {...ICON} />}
          chord={chordFor(showEarlier as never)}
          aria-expanded={Boolean(state.view.earlier)}
          onClick={() => editor.look({ earlier: !state.view.earlier })}
        >
          {t("{count, plural, one {# earlier turn} other {# earlier turns}}", { count: earlier })}
        </Button>
      )}
      {shown.map((turn) => (
        <TurnView key={turn.id} view={view} turn={turn} input={input} />
      ))}
    </>
  );
}

/** The parts of a turn that questions are asked about. */
function addressesIn(turn: Turn | undefined, input: string): string[] {
  const messages = [...(turn?.messages ?? []), ...(turn?.responses ?? []).flatMap((each) => each.messages)];
  return [turn, ...(turn?.responses ?? []), ...messages].flatMap((part) => (part ? [`${input}/${part.id}`] : []));
}

function TurnView({ view, turn, input }: { view: ViewProps; turn: Turn; input: string }) {
  const { editor, state, seed } = view;
  const replies = turn.responses ?? [];
  const addresses = orderOfParts(
    editor,
    replies.map(({ id }) => `${input}/${id}`),
    "response",
    seed,
  );
  const messagesOf = (address: string): Message[] =>
    replies.find(({ id }) => `${input}/${id}` === address)?.messages ?? [];
  return (
    <div className="turn">
      {turn.messages.map((message) => (
        <MessageView key={message.id} view={view} message={message} input={input} />
      ))}
      {addresses.length > 1 ? (
        <Pair
          addresses={addresses}
          editor={editor}
          state={state}
          label={(letter) => t("Reply {letter}", { letter })}
          render={(address) => <Messages view={view} messages={messagesOf(address)} input={input} isReply />}
        />
      ) : (
        addresses.map((address) => <Messages key={address} view={view} messages={messagesOf(address)} input={input} />)
      )}
    </div>
  );
}

function Messages({
  view,
  messages,
  input,
  isReply,
}: {
  view: ViewProps;
  messages: Message[];
  input: string;
  isReply?: boolean;
}) {
  return messages.map((message) => (
    <MessageView key={message.id} view={view} message={message} input={input} isReply={isReply} />
  ));
}

const ROLES: Record<string, () => string> = {
  system: () => t("Instructions to the model"),
  developer: () => t("Instructions to the model"),
  user: () => t("User"),
  assistant: () => t("Assistant"),
  tool: () => t("Tool"),
};

interface MessageProps {
  view: ViewProps;
  message: Message;
  input: string;
  /** Under a letter of its own: who speaks is said there. */
  isReply?: boolean;
}

function MessageView({ view, message, input, isReply }: MessageProps) {
  const name = typeof message.name === "string" ? message.name : null;
  const role = ROLES[message.role]?.() ?? message.role;
  return (
    <div
      className={`message ${message.role}`}
      lang={typeof message.language === "string" ? message.language : undefined}
    >
      {!(isReply && message.role === "assistant") && <div className="over">{name ? `${role}, ${name}` : role}</div>}
      {blocksOf(message).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is named by its number in its message
        <BlockView key={index} view={view} block={block} address={`${input}/${message.id}/${index}`} />
      ))}
    </div>
  );
}

function BlockView({ view, block, address }: { view: ViewProps; block: Block; address: string }) {
  if (block.redacted) return <p className="small t3">{t("Hidden from you")}</p>;
  switch (block.type) {
    case "text":
      return <TextBlock view={view} text={block.text ?? ""} address={address} isRendered />;
    case "reasoning":
      return (
        <Folded icon={<IconBulb {...ICON} />} title={t("Reasoning")}>
          <TextBlock view={view} text={block.text ?? ""} address={address} />
        </Folded>
      );
    case "reference":
      return (
        <Folded icon={<IconFile {...ICON} />} title={t("Text given to the model")}>
          <TextBlock view={view} text={block.text ?? ""} address={address} />
        </Folded>
      );
    case "refusal":
      return (
        <>
          <div className="small t3">{t("Refusal")}</div>
          <TextBlock view={view} text={block.text ?? ""} address={address} />
        </>
      );
    case "tool_call":
      return (
        <Folded icon={<IconTool {...ICON} />} title={t("Calls {tool}", { tool: String(block.name ?? "") })} isOpen>
          <pre className="mono">{argumentsOf(block)}</pre>
        </Folded>
      );
    case "tool_result":
      return (
        <Folded
          icon={block.is_error ? <IconAlertTriangle {...ICON} /> : <IconTool {...ICON} />}
          title={block.is_error ? t("The tool failed") : t("What came back")}
          isOpen
        >
          {resultOf(block).map((inner, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the result of a call never changes
            <ResultBlock key={index} block={inner} />
          ))}
          {block.structured !== undefined && <pre className="mono">{JSON.stringify(block.structured, null, 2)}</pre>}
        </Folded>
      );
    case "image":
      return <InlinePicture file={block} alt={altOf(block)} />;
    case "audio":
    case "video":
    case "file":
      return (
        <div className="row g6 small t2">
          <IconFile {...ICON} />
          {String(block.name ?? block.type)}
        </div>
      );
    case "resource":
      return <div className="small mono break">{String(block.uri ?? "")}</div>;
    default:
      return <pre className="mono">{JSON.stringify(block.data ?? block.source ?? block, null, 2)}</pre>;
  }
}

function ResultBlock({ block }: { block: Block }) {
  if (block.redacted) return <p className="small t3">{t("Hidden from you")}</p>;
  if (block.type === "image") return <InlinePicture file={block} alt={altOf(block)} />;
  return <div className="mono break">{block.text ?? JSON.stringify(block)}</div>;
}

/** What a tool gave back. */
function resultOf(block: Block): Block[] {
  return Array.isArray(block.content) ? (block.content as Block[]) : [];
}

function altOf({ alt, name }: Block): string {
  return (typeof alt === "string" && alt.trim()) || (typeof name === "string" && name) || t("Picture");
}

/** The pictures of a conversation, those that tools gave back among them. */
function picturesOf(content: Content): Content[] {
  const messages = threadsOf(content).flatMap(({ turns }) =>
    turns.flatMap((turn) => [...turn.messages, ...(turn.responses ?? []).flatMap((each) => each.messages)]),
  );
  const among = (blocks: Block[]): Block[] =>
    blocks.flatMap((block) => (block.type === "tool_result" ? among(resultOf(block)) : [block]));
  return among(messages.flatMap(blocksOf)).filter(({ type }) => type === "image");
}

function argumentsOf(block: Block): string {
  if (block.arguments === undefined) return String(block.arguments_text ?? "");
  return JSON.stringify(block.arguments as Json, null, 2);
}

function Folded({
  icon,
  title,
  isOpen,
  children,
}: {
  icon: ReactNode;
  title: string;
  isOpen?: boolean;
  children: ReactNode;
}) {
  return (
    <details className="folded" open={isOpen}>
      <summary className="small b">
        {icon}
        {title}
      </summary>
      {children}
    </details>
  );
}

interface TextBlockProps {
  view: ViewProps;
  text: string;
  address: string;
  isRendered?: boolean;
}

function TextBlock({ view, text, address, isRendered }: TextBlockProps) {
  const prose = useMemo(
    () => (isRendered ? proseOfMarkdown(text, { keepsLines: true }) : proseOfText(text)),
    [text, isRendered],
  );
  const { editor, state, language, seed, kinds } = view;
  return (
    <div className={isRendered ? "read material rendered" : "read material"} dir="auto">
      <Prose {...{ editor, state, language, seed, kinds }} address={address} prose={prose} hasMargin={false} />
    </div>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const hidden = (settings.hide as string[] | undefined) ?? ["model", "source_id"];
  const hide = (name: string, isOn: boolean): void =>
    onChange(withSetting(settings, { hide: isOn ? [...hidden, name] : hidden.filter((each) => each !== name) }));
  return (
    <>
      <SwitchField
        label={t("Hide which model replied")}
        value={hidden.includes("model")}
        onChange={(isOn) => hide("model", isOn)}
      />
      <SwitchField
        label={t("Hide who wrote a message")}
        value={hidden.includes("by")}
        onChange={(isOn) => hide("by", isOn)}
      />
      <SwitchField
        label={t("Hide the reasoning")}
        value={hidden.includes("reasoning")}
        onChange={(isOn) => hide("reasoning", isOn)}
      />
    </>
  );
}

/** One question and two replies: what a preview shows. */
function exampleThread(): Thread {
  const says = (id: string, role: string, text: string): Message => ({ id, role, content: [{ type: "text", text }] });
  const question = says("m1", "user", t("When does the next ferry to Port Avelin leave?"));
  const short = says("m2", "assistant", t("At 14:20, from the east quay. The north pier is closed."));
  const long = says(
    "m3",
    "assistant",
    t(
      "There are several ferries a day. They usually leave from the north pier; ask at the harbor office for the times.",
    ),
  );
  const responses = [
    { id: "r1", messages: [short] },
    { id: "r2", messages: [long] },
  ];
  return { id: "th1", turns: [{ id: "t1", messages: [question], responses }] };
}

const kind: InputKind = {
  name: "chat",
  offers: "text",
  partsOf: chatParts,
  title: () => t("Conversation"),
  place: "flow",
  Viewer,
  SettingsForm,
  initial: { hide: ["model", "source_id"] },
  filesOf: picturesOf,
  example: () => ({ json: { threads: [exampleThread()] } as unknown as Json }),
};
export default kind;
