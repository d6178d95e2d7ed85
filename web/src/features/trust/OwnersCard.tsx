/** Who owns and runs the operator and the vendors, as they are on the public register: each line with its statement. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { type Held, heldOf } from "./owners";

export function OwnersCard() {
  const register = useQuery({ queryKey: ["register"], queryFn: () => call("GET /walls/register") });
  return (
    <section className="card clip" aria-labelledby="owners-title">
      <header>
        <h2 id="owners-title" className="h3 grow">
          {t("Owners and officers of the operator and its vendors")}
        </h2>
      </header>
      <Faces query={register} lines={4}>
        {({ statements }) => {
          const held = heldOf(statements);
          return held.length === 0 ? (
            <Empty title={t("Nothing is filed yet")}>
              {t(
                "The operator and its vendors file who owns and runs them. Until they do, walls know nothing of them.",
              )}
            </Empty>
          ) : (
            <ul>
              {held.map((each) => (
                <Party held={each} key={each.id} />
              ))}
            </ul>
          );
        }}
      </Faces>
      <p className="rule small t3" style={{ padding: "9px 16px" }}>
        {t("Stated by those whom it is about, and public. What nobody declared is not here.")}
      </p>
    </section>
  );
}

function Party({ held }: { held: Held }) {
  return (
    <li className="rule first" style={{ padding: "10px 16px" }}>
      <div className="b break">{held.name}</div>
      <ul>
        {held.by.map((each) => (
          <li key={each.statement} className="row wrap g8" style={{ paddingTop: 4 }}>
            <span className="grow break">{each.said}</span>
            <span className="mono small t3 break">{each.statement}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
