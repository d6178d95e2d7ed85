/** Begin anew: from a preset, from a JSON file, or from nothing. */
import { IconFileUpload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { call } from "../../api/client";
import type { OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";

interface StartDialogProps {
  /** The name and language of what is being made; they stay. */
  like: Pick<OntologyBody, "name" | "language">;
  onClose: () => void;
  onStart: (body: OntologyBody) => void;
}

/** One text, one question: the smallest that works. */
export function smallest({ name, language }: StartDialogProps["like"]): OntologyBody {
  return {
    format: "evenhand-ontology/1",
    name,
    language,
    inputs: [{ name: "text", kind: "text" }],
    questions: [
      {
        name: "label",
        kind: "choice",
        text: t("Which one is it?"),
        settings: {
          options: [
            { value: "yes", text: t("Yes") },
            { value: "no", text: t("No") },
          ],
        },
      },
    ],
  };
}

export function StartDialog({ like, onClose, onStart }: StartDialogProps) {
  const presets = useQuery({ queryKey: ["presets"], queryFn: () => call("GET /presets"), staleTime: 600_000 });
  const [chosen, setChosen] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const expand = useMutation({
    mutationFn: (preset: string) => call("POST /ontology/expand", { body: { preset, with: {} } }),
    onSuccess: ({ body }) => onStart(body),
  });
  const read = async (picked: File | undefined): Promise<void> => {
    if (!picked) return;
    try {
      const body: unknown = JSON.parse(await picked.text());
      if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error();
      onStart(body as OntologyBody);
    } catch {
      setRefusal(t("Choose a JSON file that holds one ontology: {name} does not.", { name: picked.name }));
    }
  };
  return (
    <Dialog
      title={t("Begin anew")}
      onClose={onClose}
      shape="wide"
      footer={
        <>
          <Button
            icon={<IconFileUpload size={16} stroke={1.75} aria-hidden="true" />}
            onClick={() => file.current?.click()}
          >
            {t("From a JSON file")}
          </Button>
          <Button onClick={() => onStart(smallest(like))}>{t("From nothing")}</Button>
          <span className="grow" />
          <Button
            look="primary"
            disabled={!chosen}
            title={chosen ? undefined : t("Choose a preset first")}
            isBusy={expand.isPending}
            onClick={() => chosen && expand.mutate(chosen)}
          >
            {t("Begin with the preset")}
          </Button>
          <input
            ref={file}
            type="file"
            hidden
            accept=".json,application/json"
            aria-label={t("Ontology file")}
            onChange={({ target }) => void read(target.files?.[0])}
          />
        </>
      }
    >
      <p className="t2">{t("What you have now stays in use until you save. Undo brings the draft back.")}</p>
      {refusal && <Notice tone="cau">{refusal}</Notice>}
      {expand.error && <ProblemNotice problem={expand.error} />}
      {presets.error && <ProblemNotice problem={presets.error} onRetry={() => presets.refetch()} />}
      {presets.isPending && <Skeleton />}
      <div className="preset-list" role="radiogroup" aria-label={t("Presets")}>
        {presets.data?.items.map(({ name, title, description, when_to_use }) => (
          <button
            type="button"
            role="radio"
            key={name}
            aria-checked={name === chosen}
            className={name === chosen ? "opt on" : "opt"}
            title={when_to_use}
            onClick={() => setChosen(name)}
            onDoubleClick={() => expand.mutate(name)}
          >
            <span className="rad" />
            <span>
              <span className="b">{title}</span>
              <span className="small t3 preset-words">{description}</span>
            </span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
