/** What should have stood in a step's place: a text, or the call of a tool as it should have been made. */
import { IconPlus, IconX } from "@tabler/icons-react";
import { useId, useState } from "react";
import {
  asMade,
  type CorrectedCall,
  type Fault,
  keepTyped,
  nodeOf,
  placeOf,
  type Replacement,
  readArguments,
  type StepGrade,
  sayOf,
  textOfArguments,
  toolsOf,
} from "../../editor/steps";
import type { Asked, Editor } from "../../editor/store";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { Segmented } from "../../kit/Segmented";

interface CorrectionProps {
  asked: Asked;
  editor: Editor;
  graded: StepGrade;
}

export function StepCorrection({ asked, editor, graded }: CorrectionProps) {
  const { step, replacement } = graded;
  const made = nodeOf(editor, asked, step)?.calls ?? [];
  const tools = toolsOf(editor, asked);
  const mayCall = made.length > 0 || tools.length > 0;
  const isCall = typeof replacement === "object";
  const say = (change: Replacement | undefined, merge: string | null): void =>
    sayOf(editor, asked, step, { replacement: change }, merge);
  const startCall = (): void => {
    const calls = made.length > 0 ? made.map(asMade) : [{ name: tools[0]?.name ?? "", arguments: {} }];
    say({ calls }, null);
  };
  return (
    <div className="correction">
      <div className="row between wrap g6">
        <span className="small t2">{t("What should stand in its place")}</span>
        {mayCall && (
          <Segmented
            label={t("Kind of correction")}
            value={isCall ? "call" : "text"}
            options={[
              ["text", t("Text")],
              ["call", t("Call")],
            ]}
            onChange={(kind) => (kind === "call" ? startCall() : say(undefined, null))}
          />
        )}
      </div>
      {isCall ? (
        <Calls {...{ asked, editor, step, replacement, say }} />
      ) : (
        <textarea
          className="input"
          data-answer-field
          dir="auto"
          rows={3}
          aria-label={t("What should stand in its place")}
          value={replacement ?? ""}
          onChange={({ target }) => say(target.value || undefined, `replacement ${step}`)}
        />
      )}
    </div>
  );
}

interface CallsProps {
  asked: Asked;
  editor: Editor;
  step: string;
  replacement: Exclude<Replacement, string>;
  say: (change: Replacement | undefined, merge: string | null) => void;
}

function Calls({ asked, editor, step, replacement, say }: CallsProps) {
  const { calls } = replacement;
  const tools = toolsOf(editor, asked);
  const put = (index: number, call: CorrectedCall | undefined, merge: string | null): void => {
    const kept = calls.flatMap((each, at) => (at === index ? (call ?? []) : each));
    say(kept.length > 0 ? { ...replacement, calls: kept } : undefined, merge);
  };
  const drop = (index: number): void => {
    for (const at of calls.keys()) keepTyped(editor, placeOf(asked, step, at), undefined);
    put(index, undefined, null);
  };
  return (
    <>
      {calls.map((call, index) => (
        <CallForm
          // biome-ignore lint/suspicious/noArrayIndexKey: calls are named by their place
          key={index}
          call={call}
          number={index + 1}
          editor={editor}
          place={placeOf(asked, step, index)}
          tools={tools}
          onChange={(changed) => put(index, changed, `call ${step} ${index}`)}
          onRemove={calls.length > 1 ? () => drop(index) : undefined}
        />
      ))}
      <Button
        size="s"
        className="start"
        icon={<IconPlus size={14} stroke={1.75} aria-hidden="true" />}
        onClick={() =>
          say(
            { ...replacement, calls: [...calls, { name: tools[0]?.name ?? calls[0]?.name ?? "", arguments: {} }] },
            null,
          )
        }
      >
        {t("Another call")}
      </Button>
    </>
  );
}

interface CallFormProps {
  call: CorrectedCall;
  number: number;
  editor: Editor;
  place: string;
  tools: ReturnType<typeof toolsOf>;
  onChange: (call: CorrectedCall) => void;
  onRemove: (() => void) | undefined;
}

function CallForm({ call, number, editor, place, tools, onChange, onRemove }: CallFormProps) {
  const id = useId();
  const [, again] = useState(0);
  const text = textOfArguments(editor, place, call.arguments);
  const read = readArguments(text, call.name, tools);
  const type = (written: string, name: string): void => {
    const found = readArguments(written, name, tools);
    // What cannot be read yet stays on the screen, and is not sent.
    keepTyped(editor, place, { text: written, isBad: "fault" in found });
    if ("value" in found) onChange({ name, arguments: found.value });
    else if (name !== call.name) onChange({ ...call, name });
    again((count) => count + 1);
  };
  return (
    <div className="call-form">
      <div className="row g6">
        {tools.length > 0 ? (
          <select
            className="input s mono grow"
            aria-label={t("Tool of call {number}", { number })}
            value={call.name}
            onChange={({ target }) => type(text, target.value)}
          >
            {!tools.some(({ name }) => name === call.name) && <option value={call.name}>{call.name}</option>}
            {tools.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        ) : (
          <input
            className="input s mono grow"
            aria-label={t("Tool of call {number}", { number })}
            value={call.name}
            onChange={({ target }) => type(text, target.value)}
          />
        )}
        {onRemove && (
          <IconButton name={t("Remove call {number}", { number })} onClick={onRemove}>
            <IconX size={12} stroke={2} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      <textarea
        className="input mono"
        data-answer-field
        rows={Math.min(10, Math.max(3, text.split("\n").length))}
        spellCheck={false}
        aria-label={t("Arguments of call {number}", { number })}
        aria-invalid={"fault" in read || undefined}
        aria-describedby={"fault" in read ? id : undefined}
        value={text}
        onChange={({ target }) => type(target.value, call.name)}
      />
      {"fault" in read && (
        <div id={id} className="small dan">
          {wordOf(read.fault)}
        </div>
      )}
    </div>
  );
}

function wordOf(fault: Fault): string {
  if (fault.kind === "json") return t("This is no JSON yet: {reason}", { reason: fault.said });
  if (fault.kind === "object") return t("Arguments are an object: write them between braces.");
  if (fault.kind === "tool") return t("The agent has no tool {name}.", { name: fault.said });
  const at = fault.at || t("the arguments");
  if (fault.what === "missing") return t("{name} is missing in {place}.", { name: fault.said, place: at });
  if (fault.what === "unknown") return t("The tool knows no {name}.", { name: fault.said });
  if (fault.what === "type") return t("{place} must be of the type {type}.", { place: at, type: fault.said });
  return t("{place} must be one of {values}.", { place: at, values: fault.said });
}
