/**
 * The HTTP contract, /api/v1, as this interface speaks it. Every shape comes from openapi.ts, which `npm run contract` makes
 * from the server's own document; what the document leaves to the kinds (settings, values, contents) is given its form here.
 */
import type { components, paths } from "./openapi";

type Schemas = components["schemas"];

export type Id = string;
export type Time = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export type Session = Schemas["Session"];
export type Permission = Session["permissions"][number];
export type Role = Session["role"];
export type Preferences = Schemas["Preferences"];
export type Theme = NonNullable<Preferences["theme"]>;
export type Person = Schemas["Person"];
export type Invitation = Schemas["Invitation"];
export type ApiKey = Schemas["ApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type Organization = Schemas["Organization"];
export type OwnSession = Schemas["OwnSession"];
export type Passkey = Schemas["Passkey"];
export type CreationOptions = Schemas["CreationOptions"];
export type RequestOptions = Schemas["RequestOptions"];
export type Notification = Schemas["Notification"];
export type Hold = Schemas["Hold"];
export type Holds = Schemas["Holds"];
export type Silence = Schemas["Silence"];
export type Challenge = Schemas["Challenge"];
export type RecordedLook = Schemas["RecordedLook"];
export type Ledger = Schemas["Ledger"];
export type LogFacts = Schemas["LogFacts"];
export type Walls = Schemas["Walls"];
export type RegisterState = Schemas["RegisterState"];
export type KeyState = Schemas["KeyState"];
export type BreakGlass = Schemas["BreakGlass"];
export type Webhook = Schemas["Webhook"];
export type WebhookEvent = Webhook["events"][number];
export type Delivery = Schemas["Delivery"];

/* ------------------------------------------------------------------ ontology */
export type Words = string | Record<string, string>;
export interface Option {
  value: string;
  text?: Words | null;
  key?: string | null;
  color?: string | null;
  help?: Words | null;
  fixed?: boolean;
  exclusive?: boolean;
}
export interface Condition {
  [key: string]: unknown;
}
export type Target = "task" | { input: string } | { each: string; of: string; where?: Record<string, unknown> };
export type Abstention = "not_applicable" | "cannot_answer";
export interface Question {
  name: string;
  kind: string;
  text?: Words | null;
  help?: Words | null;
  target?: Target | null;
  settings?: Record<string, unknown>;
  show_if?: Condition | null;
  required?: boolean;
  shuffle?: boolean;
  allow?: Abstention[];
  confidence?: "none" | "optional" | "required";
  justification?: "none" | "optional" | "required";
  [other: string]: unknown;
}
export interface Input {
  name: string;
  kind: string;
  required?: boolean;
  text?: Words | null;
  help?: Words | null;
  settings?: Record<string, unknown>;
}
export interface OntologyBody {
  format: "evenhand-ontology/1";
  name: string;
  language: string;
  preset?: string;
  text?: Words;
  help?: Words;
  inputs: Input[];
  questions: Question[];
  pages?: { title?: Words; questions: string[]; show_if?: Condition; repeat?: unknown }[];
  metadata?: { visible?: string[]; hidden?: string[] };
}
export type OntologyVersion = Omit<Schemas["OntologyVersion"], "body"> & { body: OntologyBody };
export type OntologyVersionFacts = Schemas["OntologyVersionFacts"];
export type OntologyChange = Schemas["OntologyChange"];
export type OntologyChanged = Schemas["OntologyChanged"];
export type Preset = Omit<Schemas["Preset"], "body"> & { body: OntologyBody };
export type Defect = Schemas["Defect"] & { line?: number };
export type InputFacts = Schemas["InputKindFacts"];
export type QuestionFacts = Schemas["QuestionKindFacts"];
export type Kinds = Schemas["Kinds"];
export type Proposal = Omit<Schemas["Proposal"], "body"> & { body: OntologyBody };
export type Proposals = Omit<Schemas["Proposals"], "proposals"> & { proposals: Proposal[] };

/* ------------------------------------------------------------------ projects and tasks */
export type Workflow = Schemas["Workflow"];
export type Project = Schemas["Project"];
export type ProjectState = Project["state"];
export type Counts = Schemas["Counts"];
export type Guideline = Schemas["Guideline"];
export type GuidelineVersion = Schemas["GuidelineVersion"];
export type GuidelinePicture = Schemas["GuidelinePicture"];
export type Discussion = Schemas["Discussion"];
export type Passage = Schemas["Passage"];
export type Batch = Schemas["Batch"];
export type Imported = Schemas["ImportReport"];
export type ImportRun = Schemas["ImportRun"];
export type Bucket = Schemas["Bucket"];
export type Consensus = Schemas["Consensus"];
export type TaskRow = Schemas["TaskRow"];
export type TaskState = TaskRow["state"];
export type StoredAnnotation = Omit<Schemas["Annotation"], "answers" | "suggestions"> & {
  answers: Answer[];
  /** Those that the task came with, and what became of them; hidden: kept from the annotator. */
  suggestions: { id: string; shown: boolean | null; hidden?: boolean }[];
};
export type TaskDetail = Omit<Schemas["Task"], "item" | "annotations" | "suggestions" | "resolved"> & {
  item: Item;
  /** What a reviewer or an adjudicator decided. */
  resolved: (Omit<Schemas["ResolvedAnswer"], "answers"> & { answers: Answer[] }) | null;
  suggestions: Suggestion[];
  annotations: StoredAnnotation[];
};
/** From which stage a task went to which, and what decided it. */
export type Move = TaskDetail["history"][number];
export type Look = Schemas["Look"];
export type Comment = Schemas["Comment"];

/* ------------------------------------------------------------------ the queue */
export type Work = Schemas["WorkOffer"];
export interface Content {
  text?: string;
  json?: Json;
  blob?: string;
  media_type?: string;
  language?: string;
  url?: string;
  media?: Record<string, Json>;
  name?: string;
  [other: string]: unknown;
}
export interface Item {
  inputs: Record<string, Content>;
  metadata?: Record<string, Json>;
  external_id?: string | null;
}
export interface Answer {
  question: string;
  target: string;
  value?: Json;
  abstained?: Abstention;
  reason?: string;
  note?: string;
  confidence?: number;
  justification?: string;
  /** The suggestion that was accepted to begin with, by its id; whether it still says the same, the server finds out. */
  suggestion?: string;
}
export type Assignment = Omit<
  Schemas["Assignment"],
  "item" | "suggestions" | "draft" | "answers" | "consensus" | "verdicts"
> & {
  item: Item;
  draft: { answers: Answer[]; saved_at: Time } | null;
  suggestions: Suggestion[];
  /** In review and adjudication: what is judged. */
  answers?: GivenAnswers[];
  consensus?: StageConsensus[];
  verdicts?: EarlierVerdict[];
};
/** What a model would answer. A target may be left out where a question has one only. */
export interface Suggestion {
  id: string;
  model?: Json;
  answers: (Omit<Answer, "target"> & { target?: string | null })[];
}
/** Where a task is in its workflow. */
export type Stage = Schemas["Assignment"]["stage"];
/** What somebody answered, whose name is hidden until the verdict. */
export type GivenAnswers = Omit<Schemas["AnswerToJudge"], "answers"> & { answers: Answer[] };
/** What the model makes of the answers to one question about one target. */
export type StageConsensus = Omit<Schemas["StageConsensus"], "value" | "candidates"> & {
  value: Json;
  candidates: Json[];
};
export type EarlierVerdict = Omit<Schemas["EarlierVerdict"], "answers"> & { answers?: Answer[] };
export type Reason = NonNullable<EarlierVerdict["reason"]>;
export type Verdict = Schemas["Verdict"];
/** What was decided on one's own answers, and why. */
export type Feedback = Omit<Schemas["Feedback"], "answers" | "decided_answers"> & {
  answers: Answer[];
  decided_answers: Answer[] | null;
};
export type StandingSignal = Schemas["StandingSignal"];
export type LabelOrigin = Schemas["LabelOrigin"];
/** A task as its author answered it, and the last verdict on it where the project shows that. */
export type AnsweredTask = Omit<Schemas["AnsweredTask"], "answers" | "item" | "decided"> & {
  item: Item;
  answers: Answer[];
  decided: (Omit<Schemas["DecidedOnMine"], "answers"> & { answers: Answer[] | null }) | null;
};
/** What a reviewer says of the answers of a task; answers: what stands instead, exactly when one of them is fixed. */
export type Reviewed = Omit<Schemas["Review"], "answers"> & { answers?: Answer[] };
export type Adjudication = Omit<Schemas["Adjudication"], "answers"> & { answers?: Answer[] };
export type Claim = Omit<Schemas["Claim"], "assignment"> & { assignment?: Assignment };
export type ClaimStatus = Claim["status"];
export type Manner = Schemas["Manner"];
export interface Submission {
  ontology_version: number;
  answers: Answer[];
  provenance?: Record<string, unknown>;
  presentation?: Record<string, unknown>;
  timing?: { elapsed_ms: number; active_ms: number; keystrokes?: number; questions?: Record<string, number> };
  manner?: Manner;
  comments?: { on: string; text: string }[];
  suggestions?: { id: string; shown: boolean }[];
  next: boolean;
  held: Id[];
}
export type CheckRun = Schemas["CheckRun"];
export type CheckReport = Schemas["CheckReport"];
export type Taught = Schemas["Taught"];
export type Submitted = Omit<Schemas["Submitted"], "next"> & { next: Claim | null };
export type MyAnswer = Schemas["MyAnswer"];
export type MyExam = Schemas["MyExam"];
export type Offer = Schemas["Offer"];
export type Owed = Schemas["Owed"];
export type Total = Schemas["Total"];
export type Terms = Schemas["Terms"];
export type OwnAccuracy = Schemas["OwnAccuracy"];
export type Ruling = Schemas["Ruling"];
export type Appeal = Schemas["Appeal"];
export type Evidence = Schemas["Evidence"];
export type PossibleEvidence = Schemas["PossibleEvidence"];
export type PossibleItem = Schemas["PossibleItem"];
export type MySkill = Schemas["MySkill"];
export type Sitting = Schemas["Sitting"];

/* ------------------------------------------------------------------ progress and releases */
export type Agreement = Schemas["QuestionAgreement"];
export type Progress = Schemas["Progress"];
export type Quality = Schemas["Quality"];
export type Audit = Schemas["Audit"];
export type AuditPrice = Schemas["AuditPrice"];
export type QuestionQuality = Schemas["QuestionQuality"];
export type QuestionDetail = Schemas["QuestionDetail"];
export type PersonQuality = Schemas["PersonQuality"];
export type PersonDetail = Schemas["PersonDetail"];
export type PeopleQuality = Schemas["PeopleQuality"];
export type RankedTasks = Schemas["RankedTasks"];
export type RegionsQuality = Schemas["RegionsQuality"];
export type RegionPerson = Schemas["RegionPerson"];
export type InPart = Schemas["InPart"];
export type PeopleManner = Schemas["PeopleManner"];
export type PersonManner = Schemas["PersonManner"];
export type Confusion = Schemas["Confusion"];
export type QualitySlice = Schemas["Slice"];
export type HardTask = Schemas["HardTask"];
export type ReviewersQuality = Schemas["ReviewersQuality"];
export type ReviewerQuality = Schemas["ReviewerQuality"];
export type FairAuthor = Schemas["FairAuthor"];
export type GoldTask = Omit<Schemas["GoldTask"], "answers"> & { answers: Answer[] };
/** What is right for a task: whether those who answer it learn it, why, and how near an answer must come. */
export type KnownAnswer = Pick<GoldTask, "kind" | "answers" | "explanation" | "tolerances">;
export type PlantedFlaw = Omit<Schemas["PlantedFlaw"], "answers"> & { answers: Answer[] };
export type GoldPerson = Schemas["GoldPerson"];
export type Exam = Schemas["Exam"];
export type ExamSitting = Schemas["ExamSitting"];
export type Skill = Schemas["Skill"];
export type Tolerance = Schemas["Tolerated"];
export type ReleaseFile = Schemas["ReleaseFile"];
export type Release = Schemas["Release"];

/* ------------------------------------------------------------------ every operation: what goes in, what comes out */
/** What an operation takes and gives where the document leaves the form to the kinds. */
interface Refined {
  "GET /work/feedback": { answer: Page<Feedback> };
  "GET /projects/{project}/my-answers/{task}": { answer: AnsweredTask };
  "GET /projects/{project}/gold": { answer: Page<GoldTask> };
  "POST /projects/{project}/gold": { body: { gold: (KnownAnswer & { task_id: Id })[] } };
  "PATCH /projects/{project}/gold/{task}": { body: Partial<KnownAnswer> & { version: number } };
  "GET /projects/{project}/gold/flaws": { answer: Page<PlantedFlaw> };
  "POST /projects/{project}/gold/{task}/flaw": { body: { answers: Answer[]; reason?: Reason } };
  "GET /presets": { answer: Page<Preset> };
  "POST /imports/preview": {
    body: { ontology: OntologyBody; mapping: Record<string, string>; rows: Record<string, unknown>[]; lines: number[] };
  };
  "POST /ontology/check": { body: { body: OntologyBody } };
  "POST /ontology/expand": { answer: { body: OntologyBody } };
  "GET /projects/{project}/ontology": { answer: OntologyVersion };
  "POST /projects/{project}/ontology": { body: { body: OntologyBody; confirm: OntologyConfirm } };
  "POST /projects": { body: NewProject };
  "GET /projects/{project}/tasks/{task}": { answer: TaskDetail };
  "POST /projects/{project}/claim": { answer: Claim };
  "POST /projects/{project}/tasks/{task}/annotations": { body: Submission; answer: Submitted };
  "POST /projects/{project}/tasks/{task}/review": { body: Reviewed; answer: { next: Claim | null } };
  "POST /projects/{project}/tasks/{task}/adjudication": { body: Adjudication; answer: { next: Claim | null } };
  "POST /projects/{project}/tasks/{task}/skip": {
    body: { reason: string; note?: string; next: boolean; held: Id[] };
    answer: { next: Claim | null };
  };
  "POST /projects/{project}/tasks/{task}/reports": { body: { reason: string; note: string } };
  "POST /projects/{project}/tasks/{task}/return": { answer: { next: Claim | null } };
  "POST /projects/{project}/tasks/{task}/reopen": { answer: Assignment };
}
export type OntologyConfirm = Schemas["NewOntology"]["confirm"];
export type NewProject = Omit<Schemas["NewProject"], "ontology"> & { ontology?: OntologyBody };

type Method = "get" | "post" | "put" | "patch" | "delete";
/** "/projects/{project_id}" is called as "/projects/{project}". */
type Short<Path extends string> = Path extends `${infer Before}{${infer Name}_id}${infer After}`
  ? `${Before}{${Name}}${Short<After>}`
  : Path;
type ShortKeys<Given> = { [Key in keyof Given as Key extends `${infer Name}_id` ? Name : Key]: Given[Key] };
type Entry = {
  [Path in keyof paths]: {
    [Verb in Method]: Path extends `/api/v1${infer Tail}`
      ? paths[Path][Verb] extends { responses: unknown }
        ? { name: `${Uppercase<Verb>} ${Short<Tail>}`; operation: paths[Path][Verb] }
        : never
      : never;
  }[Method];
}[keyof paths];

/** What is null is not sent. */
type Nullable<Query> = { [Key in keyof Query]: Query[Key] | null };
type JsonOf<Part> = Part extends { content: { "application/json": infer Content } } ? Content : undefined;
type Answered<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 | 202 ? JsonOf<Responses[Status]> : never;
}[keyof Responses];
type Operation<Given> = Given extends { parameters: infer Parameters; responses: infer Responses }
  ? {
      path: Parameters extends { path: infer Path extends object } ? ShortKeys<Path> : undefined;
      query: Parameters extends { query?: infer Query } ? Nullable<Query> : undefined;
      body: Given extends { requestBody: infer Body } ? JsonOf<Body> : undefined;
      answer: Answered<Responses>;
    }
  : never;
type Derived = { [Each in Entry as Each["name"]]: Operation<Each["operation"]> };

export type Operations = {
  [Name in keyof Derived]: Name extends keyof Refined
    ? Omit<Derived[Name], keyof Refined[Name]> & Refined[Name]
    : Derived[Name];
};
export type OperationName = keyof Operations;
export type TaskFilter = NonNullable<Operations["GET /projects/{project}/tasks"]["query"]>;
