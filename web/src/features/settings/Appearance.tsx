/** How it looks for this person, on every device. */
import type { Theme } from "../../api/contract";
import { usePreferences, useSession } from "../../api/session";
import { wordOfRole } from "../../app/AccountMenu";
import { t } from "../../i18n";
import { Segmented } from "../../kit/Segmented";

const SMALLEST = 13;
const LARGEST = 20;

export function Appearance() {
  const { preferences, prefer } = usePreferences();
  const session = useSession();
  const size = preferences.text_size ?? 15;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("For you")}</h2>
        <span className="small t3">
          {session.person.email} · {wordOfRole(session.role)} · {session.pseudonym}
        </span>
      </div>
      <div className="choices">
        <div>
          <span>{t("Theme")}</span>
          <Segmented<Theme>
            label={t("Theme")}
            value={preferences.theme ?? "system"}
            options={[
              ["system", t("As the system")],
              ["light", t("Light")],
              ["dark", t("Dark")],
            ]}
            onChange={(theme) => prefer({ theme })}
          />
        </div>
        <div>
          <span>{t("Rows")}</span>
          <Segmented
            label={t("Rows")}
            value={preferences.density ?? "usual"}
            options={[
              ["compact", t("Compact")],
              ["usual", t("Usual")],
              ["roomy", t("Roomy")],
            ]}
            onChange={(density) => prefer({ density })}
          />
        </div>
        <div>
          <label htmlFor="text-size">{t("Size of what is judged")}</label>
          <span className="row g8">
            <input
              id="text-size"
              type="range"
              min={SMALLEST}
              max={LARGEST}
              value={size}
              aria-valuetext={t("{size} pixels", { size })}
              onChange={(event) => prefer({ text_size: Number(event.target.value) })}
            />
            <span className="num t2" style={{ minWidth: 40 }}>
              {t("{size} px", { size })}
            </span>
          </span>
        </div>
        <p className="read" style={{ fontSize: size, lineHeight: 1.6 }}>
          {t("This is how the text of a task reads at that size.")}
        </p>
        <div>
          <span>{t("Language")}</span>
          <Segmented
            label={t("Language")}
            value={preferences.language ?? "en"}
            options={[
              ["en", "English"],
              ["pseudo", t("Pseudo, for testing")],
            ]}
            onChange={(language) => prefer({ language })}
          />
        </div>
      </div>
    </section>
  );
}
