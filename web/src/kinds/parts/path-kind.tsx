/** A question kind whose marks are lines or outlines by their points: what its module does not say is the same. */
// biome-ignore-all lint/correctness/noComponentHookFactories: called once for each module, never while rendering
import { IconHandStop, IconPointer } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import type { Command } from "../../commands/command";
import { chordFor } from "../../commands/scopes";
import { refusalOf } from "../../editor/paths";
import type { Asked, Region } from "../../editor/store";
import type { Size } from "../../editor/viewport";
import { t } from "../../i18n";
import type { AnswerProps, Given, LayerProps, QuestionKind, SettingsProps } from "../kind";
import { ICON } from "./box-kind";
import { missingRegions } from "./none";
import { optionsOf } from "./options";
import { PathLayer } from "./PathLayer";
import { isSetting, type PathSetup, type PathTool, pathCommands } from "./path-commands";
import { labeledRegions, proposedRegions } from "./proposed";
import { RailButton } from "./RailButton";
import { Hint, labelColor, RegionList, RegionPanel, regionWordWith, wordFor } from "./RegionPanel";
import { pictureOf } from "./region-tools";

interface Words {
  title: () => string;
  list: () => string;
  one: () => string;
  tool: () => string;
  hint: (count: number) => string;
}
/** A tool of the kind's own that puts a path into a region. */
export interface OwnTool {
  tool: PathTool;
  name: () => string;
  keys: string[];
  isOffered: (asked: Asked) => boolean;
  Icon: ComponentType<typeof ICON>;
}
interface PathKind extends PathSetup {
  Icon: ComponentType<typeof ICON>;
  words: Words;
  own: readonly OwnTool[];
  note: (region: Region) => string;
  /** Whether a region of whatever form has the fields of this kind. */
  hasFields: (region: Region) => boolean;
  SettingsForm: ComponentType<SettingsProps>;
  initial: Record<string, unknown>;
}
type Offered = OwnTool & { by: Command<Given> };
interface Made extends PathKind {
  made: ReturnType<typeof pathCommands>;
  offered: readonly Offered[];
}

function PathRail({ made, offered, words, Icon, ...props }: LayerProps & Made) {
  const given = { ...props, options: [], onPicked: () => undefined } as unknown as Given;
  const tool = made.toolNow(props);
  const button = (each: PathTool, name: string, by: Command<Given>, icon: ReactNode) => (
    <RailButton
      key={each}
      name={name}
      chord={chordFor(by as never)}
      isOn={each === tool}
      onClick={() => made.takeTool(given, each)}
    >
      {icon}
    </RailButton>
  );
  return [
    button("select", t("Select"), made.hands.select, <IconPointer {...ICON} />),
    button("path", words.tool(), made.drawing.path, <Icon {...ICON} />),
    ...offered
      .filter((each) => each.isOffered(props.asked))
      .map((each) => button(each.tool, each.name(), each.by, <each.Icon {...ICON} />)),
    button("hand", t("Move the view"), made.hands.hand, <IconHandStop {...ICON} />),
  ];
}

function PathEditor({ made, words, note, ...props }: AnswerProps & Made) {
  const hasRegions = props.editor.regions(props.asked.key).length > 0;
  return (
    <RegionPanel
      {...props}
      title={words.list()}
      word={words.one()}
      note={note}
      envelope={made.envelope}
      hints={
        <Hints isSetting={isSetting(props)} hasRegions={hasRegions} draw={chordFor(made.drawing.path as never) ?? ""} />
      }
    />
  );
}

function Hints({ isSetting, hasRegions, draw }: { isSetting: boolean; hasRegions: boolean; draw: string }) {
  if (isSetting) {
    return (
      <>
        <Hint keys={["Enter"]}>{t("set, end")}</Hint>
        <Hint keys={["Backspace"]}>{t("take back")}</Hint>
        <Hint keys={["Escape"]} isLast>
          {t("call off")}
        </Hint>
      </>
    );
  }
  if (!hasRegions) {
    return (
      <span className="row g4">
        {t("Click point by point, or")} <Hint keys={[draw]}>{t("with arrows")}</Hint>
      </span>
    );
  }
  return (
    <>
      <Hint keys={["J"]}>{t("points")}</Hint>
      <span className="row g4">
        <kbd className="key">{t("Arrows")}</kbd> {t("1 px")} <Hint keys={["Shift"]}>{t("10 px")}</Hint>
      </span>
      <Hint keys={["[", "]"]} isLast>
        {t("walk")}
      </Hint>
    </>
  );
}

export function pathKind(given: PathKind): QuestionKind {
  const { kind: name, words, note, SettingsForm, initial, form } = given;
  const made = pathCommands(given);
  const offered = given.own.map((each) => ({
    ...each,
    by: made.command(each.tool.replace("into:", ""), each.name, each.keys, (at) => made.takeTool(at, each.tool), {
      isEnabled: ({ asked }) => each.isOffered(asked),
    }),
  }));
  const parts: Made = { ...given, made, offered };
  const kind: QuestionKind = {
    name,
    title: words.title,
    place: "panel",
    needs: "pixels",
    Editor: (props) => <PathEditor {...parts} {...props} />,
    Layer: (props) => (
      <PathLayer
        {...props}
        setup={given}
        tool={made.toolNow(props)}
        colorFor={(region) => labelColor(props, region)}
        wordFor={(region) => wordFor(optionsOf(props.asked.question), region.label, props.language, words.one())}
        proposed={proposedRegions(props.editor, props.asked, kind)}
      />
    ),
    Rail: (props) => <PathRail {...parts} {...props} />,
    regionWord: regionWordWith(words.one),
    Reader: (props) => <RegionList {...props} word={words.one()} note={note} />,
    fits: (asked, editor, value) => {
      const regions = labeledRegions(value, optionsOf(asked.question));
      const picture = pictureOf(asked, editor);
      return (
        regions?.every(
          (region) =>
            given.hasFields(region) &&
            refusalOf(form, form.linesOf(region), form.isClosed(region), asked) === null &&
            (!picture || isWithin(form.linesOf(region), picture)),
        ) ?? false
      );
    },
    SettingsForm,
    initial,
    tests: ["has", "count"],
    commands: [...made.commands, ...offered.map(({ by }) => by)],
    missing: missingRegions,
    hint: (_, value) => words.hint((value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0),
  };
  return kind;
}

function isWithin(lines: ReturnType<PathSetup["form"]["linesOf"]>, { width, height }: Size): boolean {
  return lines.flat().every(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height);
}

/** Whether something is a list of [x, y]. */
export function arePairs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((each) => Number.isFinite(each)))
  );
}
