/** My work: the projects that wait for this person, and their own answers. */
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { call } from "../../api/client";
import type { Work } from "../../api/contract";
import { useMay } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import { useWalk } from "../../commands/useWalk";
import { t, today } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Notice } from "../../kit/Notice";
import { RulingsCard } from "../offers/RulingsCard";
import { TermsCard } from "../offers/TermsCard";
import { myWorkCommands } from "./commands";
import { ExamsCard } from "./ExamsCard";
import { FeedbackCard } from "./FeedbackCard";
import { OfferRow } from "./OfferRow";
import { offersOf, placeOf } from "./offers";
import { TopNav } from "./TopNav";
import "./my-work.css";

const NONE: Work[] = [];

export default function MyWork() {
  const may = useMay();
  const navigate = useNavigate();
  const work = useQuery({
    queryKey: ["work"],
    queryFn: () => call("GET /work"),
    enabled: may("task.label"),
    refetchInterval: 60_000,
  });
  const items = work.data?.items ?? NONE;
  const offers = useMemo(() => offersOf(items), [items]);
  const names = useMemo(() => new Map(items.map(({ project }) => [project.id, project.name])), [items]);
  const changed = items.filter((each) => each.state === "consent-needed" && each.done_by_me > 0);
  useWalk({ ids: offers.map(({ id }) => id) });
  useCommands(myWorkCommands, {
    start: (index) => {
      const chosen = offers[index];
      if (chosen) void navigate({ to: placeOf(chosen), params: { project: chosen.work.project.id } });
    },
  });
  useEffect(() => {
    document.title = t("My work · Evenhand");
    if (!may("task.label")) void navigate({ to: "/projects", replace: true });
  });

  return (
    <div className="solo">
      <TopNav />
      <main id="content" tabIndex={-1}>
        <div className="mywork">
          <div className="row between wrap g8">
            <h1>{t("My work")}</h1>
            <span className="t2">{today()}</span>
          </div>
          {changed.map((each) => (
            <Notice
              key={each.project.id}
              tone="cau"
              action={
                <Link className="btn" to="/projects/$project/label" params={{ project: each.project.id }}>
                  {t("Read what changed")}
                </Link>
              }
            >
              <span className="b">
                {t("The guidelines of “{project}” changed to v{version}.", {
                  project: each.project.name,
                  version: each.guideline_version,
                })}
              </span>{" "}
              {t("Read them before your next task there.")}
            </Notice>
          ))}
          <Faces query={work}>
            {() =>
              offers.length === 0 ? (
                <div className="card">
                  <Empty
                    title={t("Nothing waits for you")}
                    action={
                      may("project.create") && (
                        <Link className="btn primary" to="/projects/new">
                          {t("Make a project from a file")}
                        </Link>
                      )
                    }
                  >
                    {t("When a manager opens a project to you, it stands here. You need not reload this page.")}
                  </Empty>
                </div>
              ) : (
                <div className="card clip">
                  <ul className="offers">
                    {offers.map((each, index) => (
                      <OfferRow offer={each} index={index} key={each.id} />
                    ))}
                  </ul>
                  <p className="row g8 small t3 rule kept">
                    <IconInfoCircle size={16} stroke={1.75} aria-hidden="true" />
                    {t(
                      "A task is held for you while you answer it. What you have not sent is kept as a draft, here and on the server.",
                    )}
                  </p>
                </div>
              )
            }
          </Faces>
          {may("task.label") && <RulingsCard projects={names} />}
          {may("task.label") && <TermsCard />}
          {may("task.label") && <ExamsCard />}
          {may("task.label") && <FeedbackCard projects={names} />}
        </div>
      </main>
    </div>
  );
}
