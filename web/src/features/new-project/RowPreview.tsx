/** The first rows of the file in the workspace's own parts, one at a time. */
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Item, OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { loadKinds } from "../../kinds/registry";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { Preview } from "../ontology/Preview";
import "../ontology/ontology.css";

interface RowPreviewProps {
  body: OntologyBody;
  /** The project's, where the ontology has no words of its own for itself. */
  name?: string;
  /** null: an example stands in. */
  items: readonly (Item | null)[];
  /** Where each stands in the file; none where they are files of their own. */
  lines: readonly number[];
  at: number;
  onStep: (by: 1 | -1) => void;
}

export function RowPreview({ body, name, items, lines, at, onStep }: RowPreviewProps) {
  const content = JSON.stringify(body);
  // A body that says the same is the same: what was tried out stays while nothing changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: its content is what tells
  const titled = useMemo(() => ({ ...body, text: body.text ?? (name || undefined) }), [content, name]);
  const names = JSON.stringify([body.questions.map(({ kind }) => kind), body.inputs.map(({ kind }) => kind)]);
  const kinds = useQuery({
    queryKey: ["kinds-code", names],
    queryFn: async () => {
      const loaded = await loadKinds({
        questions: body.questions.map(({ kind }) => kind),
        inputs: body.inputs.map(({ kind }) => kind),
      });
      return { ...loaded };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (kinds.error) {
    return (
      <div className="preview-pane">
        <ProblemNotice problem={kinds.error} onRetry={() => void kinds.refetch()} />
      </div>
    );
  }
  if (!kinds.data) {
    return (
      <div className="preview-pane">
        <Skeleton />
      </div>
    );
  }
  const item = items[at] ?? null;
  return (
    <Preview
      body={titled}
      kinds={kinds.data}
      item={item}
      language={document.documentElement.lang}
      problems={[]}
      source={
        items.length > 0 ? (
          <>
            <span className="small t3" role="status">
              {item
                ? t("row {at} of the first {count}", { at: at + 1, count: items.length })
                : t("line {line} would be left out; an example", { line: lines[at] ?? at + 1 })}
            </span>
            <IconButton
              name={t("The row before")}
              chord="K"
              isPlain
              aria-disabled={at === 0}
              onClick={() => onStep(-1)}
            >
              <IconChevronLeft size={16} stroke={1.75} className="flip" aria-hidden="true" />
            </IconButton>
            <IconButton
              name={t("The next row")}
              chord="J"
              isPlain
              aria-disabled={at >= items.length - 1}
              onClick={() => onStep(1)}
            >
              <IconChevronRight size={16} stroke={1.75} className="flip" aria-hidden="true" />
            </IconButton>
          </>
        ) : (
          <span className="small t3">{t("an example")}</span>
        )
      }
    />
  );
}
