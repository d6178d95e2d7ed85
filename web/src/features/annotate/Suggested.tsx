/** What models suggest for one question: said to be theirs, and no answer until somebody accepts it. */
import { IconCheck, IconCpu } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Suggestion } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import type { Asked } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { listed, t } from "../../i18n";
import { isAccepted, nextProposal, type Proposal, proposalsFor } from "../../kinds/parts/proposed";
import { Button } from "../../kit/Button";
import { say } from "../../kit/LiveRegion";
import { abstentionWord } from "./abstentions";
import { acceptSuggestion } from "./commands";
import type { View } from "./Stage";
import type { Held } from "./sitting";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function Suggested({ asked, view, isActive }: { asked: Asked; view: View; isActive: boolean }) {
  const { editor, state, kinds } = view;
  const proposals = proposalsFor(editor, asked, kinds.questions[asked.question.kind]);
  const answer = state.answers.get(asked.key);
  const next = nextProposal(proposals, answer);
  return proposals.map((proposal) => (
    <Row
      key={proposal.from[0]?.id}
      asked={asked}
      view={view}
      proposal={proposal}
      isOn={isAccepted(proposal, answer)}
      hasKey={isActive && proposal === next}
    />
  ));
}

interface RowProps {
  asked: Asked;
  view: View;
  proposal: Proposal;
  /** It stands as the person's answer. */
  isOn: boolean;
  hasKey: boolean;
}

function Row({ asked, view, proposal, isOn, hasKey }: RowProps) {
  const { editor, language, onSeen } = view;
  const { key } = asked;
  const ids = proposal.from.map(({ id }) => id).join("\n");
  // Effects wait until the task is on the screen: while it is only made ready, nobody has seen it.
  useEffect(() => {
    for (const id of ids.split("\n")) onSeen?.(id);
  }, [ids, onSeen]);
  const press = (): void => {
    editor.activate(key);
    if (isOn) editor.setValue(asked, undefined, "take-away");
    else accept(view, asked, proposal, language);
  };
  return (
    <div className="suggested" role="group" aria-label={whose(proposal.from)}>
      <div className="suggested-head">
        <IconCpu {...ICON} />
        <span className="small t2 grow break">{whose(proposal.from)}</span>
        <Button
          size="s"
          aria-pressed={isOn}
          icon={isOn ? <IconCheck {...ICON} /> : undefined}
          chord={hasKey && !isOn ? chordFor(acceptSuggestion as never) : undefined}
          onClick={press}
        >
          {isOn ? t("Your answer") : t("Accept")}
        </Button>
      </div>
      <div className="suggested-what break">
        <What asked={asked} view={view} proposal={proposal} />
      </div>
    </div>
  );
}

function What({ asked, view, proposal }: Pick<RowProps, "asked" | "view" | "proposal">) {
  const { editor, state, kinds, language, seed } = view;
  const { question, part } = asked;
  const { value, abstained } = proposal;
  const kind = kinds.questions[question.kind];
  if (!kind) return null;
  if (value === undefined) return abstained ? <span>{abstentionWord(abstained)}</span> : null;
  if (kind.Proposed) return <kind.Proposed {...{ asked, editor, state, language, seed, value }} />;
  const answer = { question: question.name, target: part.address, value };
  const beside = { ontology: editor.ontology, answers: proposal.from[0]?.answers ?? [] };
  return <kind.Reader question={question} answer={answer} item={editor.item} language={language} beside={beside} />;
}

/** Makes it the answer, and says so. It is never submitted by the same act: it is there to be looked at. */
export function accept({ editor }: Pick<Held, "editor">, asked: Asked, proposal: Proposal, language: string): void {
  const { value, abstained, from } = proposal;
  editor.accept(asked, { value, abstained, suggestion: from[0]?.id });
  const question = wordsOf(asked.question.text, language, asked.question.name);
  say(
    t("{question}: accepted. {whose} it; change it as you like, or undo.", { question, whose: whose(proposal.from) }),
  );
}

/** “The model tagger-2 suggests”, “The models tagger-2 and tagger-3 suggest”. */
export function whose(from: readonly Suggestion[]): string {
  const named = from.flatMap(({ model }) => (typeof model === "string" && model ? [model] : []));
  if (named.length < from.length)
    return t("{count, plural, one {A model suggests} other {# models suggest}}", { count: from.length });
  const models = listed([...new Set(named)]);
  return t("{count, plural, one {The model {models} suggests} other {The models {models} suggest}}", {
    count: new Set(named).size,
    models,
  });
}
