/** Ctrl K: every page, project and action that is possible now. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { keysOf } from "../commands/command";
import { useActive } from "../commands/scopes";
import { t } from "../i18n";
import { Dialog } from "../kit/Dialog";
import { Keys } from "../kit/Keys";

interface Found {
  id: string;
  title: string;
  hint: string;
  chord?: string;
  run: () => void;
}

export function Palette({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const may = useMay();
  const active = useActive();
  const navigate = useNavigate();
  const projects = useQuery({
    queryKey: ["projects"],
    queryFn: () => call("GET /projects"),
    enabled: may("project.read"),
  });
  const go = (to: string) => (): void => void navigate({ to });
  const pages: Found[] = [
    { id: "/", title: t("My work"), hint: t("page"), run: go("/") },
    ...(may("project.read") ? [{ id: "/projects", title: t("Projects"), hint: t("page"), run: go("/projects") }] : []),
    ...(may("people.read") ? [{ id: "/people", title: t("People"), hint: t("page"), run: go("/people") }] : []),
    { id: "/settings", title: t("Settings"), hint: t("page"), run: go("/settings") },
  ];
  const places: Found[] = (projects.data?.items ?? []).map(({ id, name }) => ({
    id,
    title: name,
    hint: t("project"),
    run: go(`/projects/${id}`),
  }));
  const stages: Found[] = (may("task.review") ? (projects.data?.items ?? []) : []).flatMap(({ id, name, counts }) =>
    [
      ...(counts.in_review > 0
        ? [{ id: `${id} review`, title: t("Review “{project}”", { project: name }), run: go(`/projects/${id}/review`) }]
        : []),
      ...(counts.in_adjudication > 0
        ? [
            {
              id: `${id} adjudicate`,
              title: t("Adjudicate “{project}”", { project: name }),
              run: go(`/projects/${id}/adjudicate`),
            },
          ]
        : []),
    ].map((each): Found => ({ ...each, hint: t("page") })),
  );
  const actions: Found[] = active
    .filter(({ isEnabled, command }) => isEnabled && !command.range && command.id !== "app.palette")
    .map(({ command, run }) => ({
      id: command.id,
      title: command.title(),
      hint: t("action"),
      chord: keysOf(command, undefined)[0],
      run,
    }));
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...actions, ...pages, ...stages, ...places].filter(({ title }) =>
    wanted.every((word) => title.toLowerCase().includes(word)),
  );
  const choose = (chosen: Found | undefined): void => {
    if (!chosen) return;
    onClose();
    chosen.run();
  };
  return (
    <Dialog title={t("Find a page, task or action")} onClose={onClose}>
      <input
        className="input l"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[at] && `palette-${at}`}
        aria-label={t("Find a page, task or action")}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Enter") choose(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div role="listbox" id="palette-list" aria-label={t("Found")} style={{ maxHeight: 360, overflow: "auto" }}>
        {found.slice(0, 50).map((each, index) => (
          <button
            type="button"
            role="option"
            id={`palette-${index}`}
            aria-selected={index === at}
            tabIndex={-1}
            key={each.id}
            className="row g8"
            style={{
              width: "100%",
              padding: "6px 8px",
              borderRadius: 6,
              background: index === at ? "var(--ev-accent-tint)" : "",
            }}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(each)}
          >
            <span className="grow cut">{each.title}</span>
            <span className="small t3">{each.hint}</span>
            <Keys chord={each.chord} />
          </button>
        ))}
        {found.length === 0 && <div className="t3 p12">{t("Nothing has that name. Try fewer words.")}</div>}
      </div>
    </Dialog>
  );
}
