/** The ontology as text, with its line numbers and its problems at their lines. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Defect, OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { lineOf, placeOf, placesOf } from "./pointers";
import "./ontology.css";

interface JsonViewProps {
  body: OntologyBody;
  problems: readonly Defect[];
  onChange: (body: OntologyBody) => void;
}

interface Found {
  line: number;
  offset: number;
  end: number;
  isWarning: boolean;
  place: string;
  words: string;
}

export function JsonView({ body, problems, onChange }: JsonViewProps) {
  const [text, setText] = useState(() => JSON.stringify(body, null, 2));
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  // A change that came from elsewhere (undo, a preset) replaces the text; one's own typing keeps its spaces.
  useEffect(() => {
    setText((now) => (sameJson(now, body) ? now : JSON.stringify(body, null, 2)));
  }, [body]);
  const parsed = useMemo(() => parse(text), [text]);
  const found = useMemo(() => (parsed.error ? [parsed.error] : located(text, problems)), [parsed, text, problems]);
  const marked = new Map(found.map((each) => [each.line, each.isWarning]));
  const lineCount = text.split("\n").length;
  const write = (next: string): void => {
    setText(next);
    const { value } = parse(next);
    if (value !== undefined && isObject(value)) onChange(value as unknown as OntologyBody);
  };
  const goTo = ({ offset, end, line }: Found): void => {
    const element = area.current;
    if (!element) return;
    element.focus();
    element.setSelectionRange(offset, end);
    const { lineHeight } = getComputedStyle(element);
    element.scrollTop = Math.max(0, (line - 4) * Number.parseFloat(lineHeight));
  };
  return (
    <div className="json-view">
      <div className="json-text">
        <div className="json-gutter mono" aria-hidden="true" ref={gutter}>
          {Array.from({ length: lineCount }, (_, index) => {
            const isWarning = marked.get(index + 1);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              <div key={index} className={isWarning === undefined ? "" : isWarning ? "cau" : "dan"}>
                {index + 1}
              </div>
            );
          })}
        </div>
        <textarea
          ref={area}
          className="mono"
          aria-label={t("Ontology as JSON")}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          value={text}
          onChange={({ target }) => write(target.value)}
          onScroll={({ currentTarget }) => {
            if (gutter.current) gutter.current.scrollTop = currentTarget.scrollTop;
          }}
        />
      </div>
      <ul className="json-problems" aria-label={t("Problems")}>
        {found.map((each) => (
          <li key={`${each.offset} ${each.words}`}>
            <button type="button" onClick={() => goTo(each)}>
              <span className={each.isWarning ? "num cau" : "num dan"}>{t("Line {line}", { line: each.line })}</span>
              <span className="mono small t3">{each.place || "/"}</span>
              <span>{each.words}</span>
            </button>
          </li>
        ))}
        {found.length === 0 && <li className="t3 small p12">{t("No problems.")}</li>}
      </ul>
    </div>
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameJson(text: string, body: OntologyBody): boolean {
  const { value } = parse(text);
  return value !== undefined && JSON.stringify(value) === JSON.stringify(body);
}

function parse(text: string): { value?: unknown; error?: Found } {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { value };
    const words = t("An ontology is an object: begin with a brace.");
    return { value, error: { line: 1, offset: 0, end: 1, isWarning: false, place: "", words } };
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length);
    const { line, column } = lineOf(text, offset);
    const words = t("This is not JSON from here on (column {column}). Mend it, or undo.", { column });
    return { error: { line, offset, end: Math.min(text.length, offset + 1), isWarning: false, place: "", words } };
  }
}

function located(text: string, problems: readonly Defect[]): Found[] {
  const places = placesOf(text);
  return problems.map(({ pointer, message, remedy, warning }) => {
    const place = placeOf(places, pointer);
    const [offset, end, line] = [place?.start ?? 0, place?.end ?? 0, place?.line ?? 1];
    return { line, offset, end, isWarning: Boolean(warning), place: pointer, words: `${message} ${remedy}` };
  });
}
