/** Writes a note on what is selected, where the view that is open can keep one. */
import { IconMessage2 } from "@tabler/icons-react";
import { keysOf } from "../../commands/command";
import { useActive } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";

export const NOTE = "annotation.note";

export function NoteButton() {
  const found = useActive().find(({ command }) => command.id === NOTE);
  if (!found) return null;
  return (
    <Button
      size="s"
      look="quiet"
      icon={<IconMessage2 size={14} stroke={1.75} aria-hidden="true" />}
      chord={keysOf(found.command, undefined)[0]}
      onClick={found.run}
    >
      {t("Add a note")}
    </Button>
  );
}
