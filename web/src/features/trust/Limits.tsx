/** What cannot be proven, in the words of the documentation: one truth, told in both places. */
import page from "../../../../docs/explanation/what-we-cannot-prove.md?raw";
import { t } from "../../i18n";
import { Markdown } from "../../kit/Markdown";
import { sectionOf } from "./words";

export function Limits() {
  return (
    <section className="card" aria-labelledby="limits-title">
      <header>
        <h2 id="limits-title" className="h3">
          {t("What we cannot prove")}
        </h2>
      </header>
      <div className="p16" lang="en" dir="ltr">
        <Markdown source={sectionOf(page, "What may not be claimed")} className="read small-read" />
      </div>
    </section>
  );
}
