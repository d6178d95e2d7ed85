/** The keyboard map of the view that is open, from the same commands that the keys run. */

import { usePreferences } from "../api/session";
import { keysOf } from "../commands/command";
import { groupOfContext } from "../commands/groups";
import { capsOf } from "../commands/keys";
import { useActive } from "../commands/scopes";
import { t } from "../i18n";
import { Dialog } from "../kit/Dialog";
import { Keys } from "../kit/Keys";

function grouped<Each>(all: Each[], by: (each: Each) => string): Map<string, Each[]> {
  const groups = new Map<string, Each[]>();
  for (const each of all) groups.set(by(each), [...(groups.get(by(each)) ?? []), each]);
  return groups;
}

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { preferences } = usePreferences();
  const groups = grouped(useActive(), ({ command }) => groupOfContext(command.context));
  return (
    <Dialog title={t("Keyboard map")} onClose={onClose} shape="wide">
      <div style={{ columns: 2, columnGap: 32 }}>
        {[...groups].map(([group, active]) => (
          <section key={group} style={{ breakInside: "avoid-column", marginBottom: 16 }}>
            <h3>{group}</h3>
            {active.map(({ command }) => {
              const keys = keysOf(command, preferences.keys);
              return (
                <div className="row between g8 mt4" key={command.id}>
                  <span className="t2">{command.title()}</span>
                  <span className="row g4">
                    {command.range && keys.length > 2 ? (
                      <>
                        <Keys chord={keys[0]} /> <span className="small t3">{t("to")}</span>
                        <kbd className="key">{capsOf(keys.at(-1) ?? "").join(" ")}</kbd>
                      </>
                    ) : (
                      keys.slice(0, 2).map((key) => (
                        <span className="row g2" key={key}>
                          <Keys chord={key} />
                        </span>
                      ))
                    )}
                    {keys.length === 0 && <span className="small t3">{t("off")}</span>}
                  </span>
                </div>
              );
            })}
          </section>
        ))}
      </div>
      <p className="small t3">{t("Every key can be changed or switched off in your settings.")}</p>
    </Dialog>
  );
}
