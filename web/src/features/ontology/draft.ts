/** Changes of an ontology that its author makes, each a new document; names keep pointing at what they named. */
import type { Condition, Input, OntologyBody, Question, Target } from "../../api/contract";

/** A name that neither an input nor a question has: text, text_2, text_3. */
export function freeName(body: OntologyBody, wanted: string): string {
  const taken = new Set([...body.inputs, ...body.questions].map(({ name }) => name));
  const base = nameFrom(wanted) || "question";
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base.slice(0, 58)}_${number}`;
    if (!taken.has(name)) return name;
  }
}

/** What a text says as a name that may be stored: letters, digits and _, a letter first. */
export function nameFrom(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 63);
}

export function addInput(body: OntologyBody, kind: string, settings: Record<string, unknown>): OntologyBody {
  const input: Input = { name: freeName(body, kind), kind, ...(isEmpty(settings) ? {} : { settings }) };
  return { ...body, inputs: [...body.inputs, input] };
}

/** Adds a question at the end, on the last page where there are pages. */
export function addQuestion(
  body: OntologyBody,
  kind: string,
  { settings = {}, target }: Pick<Question, "settings" | "target"> = {},
): OntologyBody {
  const name = freeName(body, kind);
  const question = whole<Question>({ name, kind, target, settings: isEmpty(settings) ? undefined : settings });
  const pages = body.pages?.map((page, index, all) =>
    index === all.length - 1 ? { ...page, questions: [...page.questions, name] } : page,
  );
  return withPages({ ...body, questions: [...body.questions, question] }, pages);
}

export function putInput(body: OntologyBody, index: number, change: Partial<Input>): OntologyBody {
  return { ...body, inputs: body.inputs.map((each, at) => (at === index ? whole({ ...each, ...change }) : each)) };
}

export function putQuestion(body: OntologyBody, index: number, change: Partial<Question>): OntologyBody {
  return {
    ...body,
    questions: body.questions.map((each, at) => (at === index ? whole({ ...each, ...change }) : each)),
  };
}

export function removeInput(body: OntologyBody, index: number): OntologyBody {
  return { ...body, inputs: body.inputs.filter((_, at) => at !== index) };
}

/** Pages forget a question that is gone. Who else names it stays as it is: the check says so, and its author decides. */
export function removeQuestion(body: OntologyBody, index: number): OntologyBody {
  const gone = body.questions[index]?.name;
  const pages = body.pages?.map((page) => ({ ...page, questions: page.questions.filter((name) => name !== gone) }));
  return withPages({ ...body, questions: body.questions.filter((_, at) => at !== index) }, pages);
}

export function moveInput(body: OntologyBody, index: number, to: number): OntologyBody {
  return { ...body, inputs: moved(body.inputs, index, to) };
}

/** Moves a question past the one before or behind it; at the edge of its page it goes over to the next page. */
export function moveQuestion(body: OntologyBody, index: number, step: 1 | -1): OntologyBody {
  const name = body.questions[index]?.name;
  if (name === undefined) return body;
  const pages = pagesOf(body);
  const page = pages.findIndex(({ questions }) => questions.includes(name));
  const here = pages[page]?.questions ?? [];
  const at = here.indexOf(name);
  const other = pages[page + step];
  if (here[at + step] !== undefined) {
    pages[page] = { ...(pages[page] as Page), questions: moved(here, at, at + step) };
  } else if (other) {
    pages[page] = { ...(pages[page] as Page), questions: here.filter((each) => each !== name) };
    pages[page + step] = { ...other, questions: step === 1 ? [name, ...other.questions] : [...other.questions, name] };
  }
  const order = pages.flatMap(({ questions }) => questions);
  const questions = [...body.questions].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return withPages({ ...body, questions }, body.pages?.length ? pages : undefined);
}

type Page = NonNullable<OntologyBody["pages"]>[number];

/** The pages with every question on one: those of no page stand on a last one. */
export function pagesOf(body: OntologyBody): Page[] {
  const named = new Set((body.pages ?? []).flatMap(({ questions }) => questions));
  const rest = body.questions.map(({ name }) => name).filter((name) => !named.has(name));
  const pages = (body.pages ?? []).map((page) => ({ ...page, questions: [...page.questions] }));
  return rest.length || pages.length === 0 ? [...pages, { questions: rest }] : pages;
}

export function addPage(body: OntologyBody): OntologyBody {
  return { ...body, pages: [...pagesOf(body), { questions: [] }] };
}

export function putPage(body: OntologyBody, index: number, change: Partial<Page>): OntologyBody {
  return { ...body, pages: pagesOf(body).map((page, at) => (at === index ? whole({ ...page, ...change }) : page)) };
}

/** The questions of a page that is gone go to the one before it. The last page that goes leaves no pages. */
export function removePage(body: OntologyBody, index: number): OntologyBody {
  const pages = pagesOf(body);
  const [gone] = pages.splice(index, 1);
  const heir = Math.max(0, index - 1);
  if (gone && pages[heir]) {
    const kept = pages[heir].questions;
    pages[heir] = {
      ...pages[heir],
      questions: index === 0 ? [...gone.questions, ...kept] : [...kept, ...gone.questions],
    };
  }
  return withPages(body, pages.length > 1 || pages[0]?.title ? pages : undefined);
}

/** Gives an input or a question another name, everywhere it is named. */
export function rename(body: OntologyBody, from: string, to: string): OntologyBody {
  const named = (name: string): string => (name === from ? to : name);
  const retarget = (target: Target | null | undefined): Target | null | undefined => {
    if (!target || target === "task") return target;
    return "input" in target ? { input: named(target.input) } : { ...target, of: named(target.of) };
  };
  const questions = body.questions.map((question) =>
    whole({
      ...question,
      name: named(question.name),
      target: retarget(question.target),
      show_if: question.show_if && renamedIn(question.show_if, named),
      blind: (question.blind as string[] | undefined)?.map(named),
    }),
  );
  const pages = body.pages?.map((page) =>
    whole({ ...page, questions: page.questions.map(named), show_if: page.show_if && renamedIn(page.show_if, named) }),
  );
  const inputs = body.inputs.map((input) => ({ ...input, name: named(input.name) }));
  return withPages({ ...body, inputs, questions }, pages);
}

function renamedIn(condition: Condition, named: (name: string) => string): Condition {
  const inner = (each: unknown): Condition => renamedIn(each as Condition, named);
  return {
    ...condition,
    ...(typeof condition.question === "string" ? { question: named(condition.question) } : {}),
    ...(Array.isArray(condition.all) ? { all: condition.all.map(inner) } : {}),
    ...(Array.isArray(condition.any) ? { any: condition.any.map(inner) } : {}),
    ...(condition.not ? { not: inner(condition.not) } : {}),
  };
}

/** Every language that a text of the ontology is given in: its own first, then the others by their tags. */
export function languagesOf(body: OntologyBody): string[] {
  const found = new Set([body.language]);
  const look = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const each of value) look(each, name);
    else if (value && typeof value === "object") {
      for (const [key, each] of Object.entries(value)) {
        if (["text", "help", "title"].includes(name) && typeof each === "string") found.add(key);
        look(each, key);
      }
    }
  };
  look(body, "");
  const [own, ...others] = found;
  return [own as string, ...others.sort()];
}

function withPages(body: OntologyBody, pages: Page[] | undefined): OntologyBody {
  const { pages: _, ...rest } = body;
  return pages?.length ? { ...rest, pages } : rest;
}

function moved<Each>(all: readonly Each[], from: number, to: number): Each[] {
  if (to < 0 || to >= all.length) return [...all];
  const next = [...all];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

function isEmpty(settings: Record<string, unknown>): boolean {
  return Object.keys(settings).length === 0;
}

/** Without fields that are undefined, which JSON does not have. */
function whole<Each extends object>(each: Each): Each {
  return Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)) as Each;
}
