/** A question kind whose marks are boxes, or drawn within one: what its module does not say is the same. */
// biome-ignore-all lint/correctness/noComponentHookFactories: called once for each module, never while rendering
import { IconHandStop, IconPointer, IconRotate, IconRuler2 } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import type { Command } from "../../commands/command";
import { chordFor } from "../../commands/scopes";
import type { Tool } from "../../editor/box-gestures";
import { areDrawable, type Form, settingsOf } from "../../editor/boxes";
import type { Region } from "../../editor/store";
import { t } from "../../i18n";
import type { AnswerProps, Given, LayerProps, QuestionKind, SettingsProps } from "../kind";
import { BoxLayer } from "./BoxLayer";
import { boxCommands, boxTool } from "./box-commands";
import { chosenLabel } from "./Labels";
import { missingRegions } from "./none";
import { optionsOf } from "./options";
import { labeledRegions, proposedRegions } from "./proposed";
import { RailButton } from "./RailButton";
import { Hint, labelColor, RegionList, RegionPanel, regionWordWith, wordFor } from "./RegionPanel";
import { pictureOf, take } from "./region-tools";

export const ICON = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

interface Words {
  title: () => string;
  /** The list in the panel. */
  list: () => string;
  /** One without a label. */
  one: () => string;
  tool: () => string;
  turnedTool: () => string;
  hint: (count: number) => string;
}

interface BoxKind {
  name: string;
  form: Form;
  Icon: ComponentType<typeof ICON>;
  words: Words;
  note: (region: Region) => string;
  /** The same with where it lies. */
  fullNote: (region: Region) => string;
  SettingsForm: ComponentType<SettingsProps>;
  initial: Record<string, unknown>;
}

/** What the parts of such a kind are given. */
interface Made extends BoxKind {
  made: ReturnType<typeof boxCommands>;
}

function BoxRail({ asked, editor, state, made, words, Icon }: LayerProps & Made) {
  const { tools } = made;
  const tool = boxTool(state);
  const every: [Tool, string, Command<Given>, ReactNode][] = [
    ["select", t("Select"), tools.select, <IconPointer key="i" {...ICON} />],
    ["box", words.tool(), tools.draw, <Icon key="i" {...ICON} />],
    ["turned", words.turnedTool(), tools.drawTurned, <IconRotate key="i" {...ICON} />],
    ["hand", t("Move the view"), tools.hand, <IconHandStop key="i" {...ICON} />],
    ["measure", t("Measure"), tools.measure, <IconRuler2 key="i" {...ICON} />],
  ];
  const offered = every.filter(([each]) => each !== "turned" || settingsOf(asked).canTurn);
  return offered.map(([each, called, by, icon]) => (
    <RailButton
      key={each}
      name={called}
      chord={chordFor(by as never)}
      isOn={each === tool}
      onClick={() => take(editor, asked, each)}
    >
      {icon}
    </RailButton>
  ));
}

function BoxEditor({ made, words, note, ...props }: AnswerProps & Made) {
  const hasBoxes = props.editor.regions(props.asked.key).length > 0;
  return (
    <RegionPanel
      {...props}
      title={words.list()}
      word={words.one()}
      note={note}
      envelope={made.envelope}
      hints={<Hints hasBoxes={hasBoxes} draw={chordFor(made.tools.draw as never) ?? ""} />}
    />
  );
}

function Hints({ hasBoxes, draw }: { hasBoxes: boolean; draw: string }) {
  if (!hasBoxes) {
    return (
      <span className="row g4">
        {t("Drag, or")} <Hint keys={[draw]}>{t("for one in the middle")}</Hint>
      </span>
    );
  }
  return (
    <>
      <span className="row g4">
        <kbd className="key">{t("Arrows")}</kbd> {t("1 px")} <Hint keys={["Shift"]}>{t("10 px")}</Hint>
      </span>
      <Hint keys={["Mod"]}>{t("size")}</Hint>
      <Hint keys={["[", "]"]} isLast>
        {t("walk")}
      </Hint>
    </>
  );
}

export function boxKind(given: BoxKind): QuestionKind {
  const { name, form, words, fullNote, SettingsForm, initial } = given;
  const made = boxCommands(name, form);
  const parts: Made = { ...given, made };
  const kind: QuestionKind = {
    name,
    title: words.title,
    place: "panel",
    needs: "pixels",
    Editor: (props) => <BoxEditor {...parts} {...props} />,
    Layer: (props) => (
      <BoxLayer
        {...props}
        form={form}
        colorFor={(region) => labelColor(props, region)}
        wordFor={(region) => wordFor(optionsOf(props.asked.question), region.label, props.language, words.one())}
        label={chosenLabel(props)?.value}
        proposed={proposedRegions(props.editor, props.asked, kind)}
      />
    ),
    Rail: (props) => <BoxRail {...parts} {...props} />,
    regionWord: regionWordWith(words.one),
    Reader: (props) => <RegionList {...props} word={words.one()} note={fullNote} />,
    fits: (asked, editor, value) => {
      const regions = labeledRegions(value, optionsOf(asked.question));
      return regions !== null && areDrawable(asked, regions, pictureOf(asked, editor), form);
    },
    SettingsForm,
    initial,
    tests: ["has", "count"],
    commands: made.commands,
    missing: missingRegions,
    hint: (_, value) => words.hint((value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0),
  };
  return kind;
}
