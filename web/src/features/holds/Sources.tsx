/** The statement behind each line of a drawn chain, folded until somebody asks. */
import { t } from "../../i18n";
import type { Link } from "./chain";

export function Sources({ links, className = "" }: { links: readonly Link[]; className?: string }) {
  return (
    <details className={`${className} sources`.trim()}>
      <summary>{t("Sources of each line")}</summary>
      <ul>
        {links.map((link) => (
          <li key={`${link.from} ${link.to} ${link.statements.join()}`} className="row wrap g8 rule">
            <span className="grow">{link.said}</span>
            <span className="mono small t3 break">{link.statements.join(", ")}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
