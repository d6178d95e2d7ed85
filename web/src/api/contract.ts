/**
 * The shapes of the HTTP contract, /api/v1. This file is the one place that openapi-typescript will replace;
 * everything else imports its names from here.
 */

export type Id = string;
export type Time = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
  total?: number;
}

export type Theme = "system" | "light" | "dark";
export interface Preferences {
  theme?: Theme;
  language?: string;
  text_size?: number;
  density?: "compact" | "usual" | "roomy";
  layout?: Record<string, string | number | boolean>;
  keys?: Record<string, string[]>;
}
export type Permission =
  | "project.create"
  | "project.read"
  | "project.write"
  | "task.import"
  | "task.read"
  | "task.label"
  | "task.manage"
  | "people.read"
  | "people.write"
  | "key.manage"
  | "release.create"
  | "release.read"
  | "audit.read"
  | "organization.write"
  | "webhook.manage";
export type Role = "owner" | "manager" | "annotator" | "reviewer" | "auditor";
export interface Session {
  person: { id: Id; name: string; email: string };
  organization: { id: Id; name: string };
  role: Role;
  pseudonym?: string;
  permissions: Permission[];
  organizations: { id: Id; name: string; role: Role }[];
  csrf: string | null;
  preferences: Preferences;
  version: string;
}

export interface Person {
  id: Id;
  pseudonym: string;
  name: string;
  email: string;
  role: Role;
  state: "active" | "invited" | "removed";
  last_seen_at: Time | null;
}
export interface ApiKey {
  id: Id;
  name: string;
  prefix: string;
  scopes: string[] | null;
  expires_at: Time | null;
  created_at?: Time;
  last_used_at?: Time | null;
  secret?: string;
}
export interface Organization {
  id: Id;
  name: string;
  retention_days: number | null;
  quota?: { tasks: number | null; bytes: number | null };
  usage?: Record<string, number>;
}
export interface Notice {
  id: Id;
  kind?: string;
  text?: string;
  title?: string;
  at?: Time;
  created_at?: Time;
  read?: boolean;
  read_at?: Time | null;
  project_id?: Id | null;
}
export interface Webhook {
  id: Id;
  url: string;
  events: string[];
  secret?: string;
  created_at?: Time;
}

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
export interface OntologyVersion {
  version: number;
  digest: string;
  body: OntologyBody;
  created_at: Time;
}
export interface Preset {
  name: string;
  title: string;
  description: string;
  when_to_use: string;
  holes: Json;
  sample: Json;
  body: OntologyBody;
}
export interface Defect {
  pointer: string;
  code: string;
  message: string;
  remedy: string;
  allowed?: Json[];
  line?: number;
}
export interface Kinds {
  inputs: { name: string; settings_schema: Json }[];
  questions: { name: string; settings_schema: Json; value_schema: Json; targets: string[] }[];
}
export interface Proposal {
  preset: string;
  title: string;
  mapping: Record<string, string>;
  with: Record<string, Json>;
  reason: string;
  score: number;
  body: OntologyBody;
}
export interface Proposals {
  format: string;
  columns: { name: string; examples: Json[]; guess?: string }[];
  rows: number | Record<string, Json>[] | null;
  proposals: Proposal[];
}

/* ------------------------------------------------------------------ projects and tasks */
export type ProjectState = "active" | "paused" | "archived" | "trashed";
export interface Counts {
  tasks: number;
  done: number;
  open: number;
  held: number;
  answers: number;
  skipped: number;
  reports: number;
}
export interface Project {
  id: Id;
  name: string;
  state: ProjectState;
  preset: string | null;
  opinions: number;
  lease_seconds: number;
  submit_on_pick: boolean;
  open_to: string;
  priority: number;
  due_at: Time | null;
  ontology_version: number;
  guideline_version: number | null;
  created_at: Time;
  trashed_until?: Time | null;
  counts: Counts;
}
export interface NewProject {
  name: string;
  ontology?: OntologyBody;
  preset?: { preset: string; with: Record<string, Json> };
  opinions?: number;
  lease_seconds?: number;
  submit_on_pick?: boolean;
  open_to?: string;
  priority?: number;
  due_at?: Time | null;
  guideline?: string;
}
export interface Guideline {
  version: number;
  markdown: string;
  created_at: Time;
  versions: { version: number; created_at: Time; markdown?: string }[];
}
export interface Imported {
  batch_id: Id;
  imported: number;
  duplicates: number;
  rejected: number;
  problems: Defect[];
  published: boolean;
}
export interface Consensus {
  question: string;
  target?: string;
  summary: string;
  value?: Json;
  probability: number | null;
  answers: number;
  status: string;
}
export interface TaskRow {
  id: Id;
  external_id: string | null;
  batch: string | null;
  state: string;
  preview: string;
  tags: string[];
  priority: number;
  opinions: { wanted: number; got: number; held: number };
  consensus: Consensus[];
  created_at: Time;
  last_answer_at: Time | null;
}
export interface StoredAnnotation {
  id: Id;
  annotator: string;
  version: number;
  submitted_at: Time;
  answers: Answer[];
  active_ms: number | null;
  comments?: Comment[];
}
export interface TaskDetail extends TaskRow {
  item: Item;
  annotations: StoredAnnotation[];
}
export interface HistoryEntry {
  at: Time;
  who: string;
  action: string;
  detail: string | null;
}
export interface Look {
  at: Time;
  who: string;
  purpose: string;
  action: string;
  entry_id: string;
}

/* ------------------------------------------------------------------ the queue */
export interface Work {
  project: { id: Id; name: string; preset: string | null };
  open: number;
  held: number;
  done_by_me: number;
  state: "ready" | "empty" | "paused" | "consent-needed";
  due_at: Time | null;
}
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
}
export interface Assignment {
  task_id: Id;
  project_id: Id;
  batch_id: Id;
  item: Item;
  ontology_version: number;
  guideline_version: number | null;
  lease_until: Time;
  claimed_at: Time;
  draft: { answers: Answer[]; saved_at: Time } | null;
  suggestions: { answers?: Answer[] }[];
  seed: string;
  grant_id: string | null;
  revision: number;
}
export type ClaimStatus = "ok" | "empty" | "paused" | "enough-held" | "consent-needed" | "skill-missing";
export interface Claim {
  status: ClaimStatus;
  retry_after_seconds?: number;
  guideline_version?: number;
  assignment?: Assignment;
}
export interface Submission {
  ontology_version: number;
  answers: Answer[];
  provenance?: Record<string, unknown>;
  presentation?: Record<string, unknown>;
  timing?: { elapsed_ms: number; active_ms: number; keystrokes?: number; questions?: Record<string, number> };
  comments?: { on: string; text: string }[];
  next: boolean;
  held: Id[];
}
export interface Submitted {
  status: "ok" | "repeated";
  annotation_id: Id;
  next: Claim | null;
}
export interface MyAnswer {
  task_id: Id;
  annotation_id: Id;
  submitted_at: Time;
  summary: string;
  can_reopen: boolean;
}
export interface Comment {
  id: Id;
  on: string;
  text: string;
  who: string;
  at: Time;
}

/* ------------------------------------------------------------------ progress and releases */
export type Agreement =
  | {
      question: string;
      coefficient: string;
      level: string;
      value: number;
      low: number | null;
      high: number | null;
      tasks: number;
      answers: number;
    }
  | { question: string; undefined: string };
export interface Progress {
  counts: Counts;
  pace: { at: Time; answers: number; done: number }[];
  forecast: { at: Time; low: Time; high: Time } | null;
  annotators: {
    pseudonym: string;
    answers: number;
    active_ms_median: number | null;
    last_at: Time | null;
    skipped: number;
  }[];
  agreement: Agreement[];
  labels: { question: string; classes: { value: string; text?: string; share: number; count: number }[] }[];
}
export interface ReleaseFile {
  name: string;
  bytes: number;
  sha256: string;
  rows: number | null;
  media_type: string;
}
export interface Release {
  id: Id;
  number: number;
  state: "building" | "ready" | "failed";
  created_at: Time;
  note?: string | null;
  counts: Partial<Record<string, number>>;
  agreement: Agreement[];
  ontology_version: number;
  guideline_version: number | null;
  files: ReleaseFile[];
  digest: string | null;
  key_id: string | null;
  losses?: Json;
}

/* ------------------------------------------------------------------ every operation: what goes in, what comes out */
type P = { project: Id };
type T = P & { task: Id };
type Operation<In, Body, Out, Query = undefined> = { path: In; body: Body; answer: Out; query: Query };
type None = undefined;
type Paging = { cursor?: string | null; limit?: number };
export type TaskFilter = {
  state?: string;
  batch?: string;
  tag?: string;
  external_id?: string;
  annotator?: string;
  q?: string;
};

export interface Operations {
  "GET /session": Operation<None, None, Session>;
  "POST /session": Operation<None, { email: string; password: string }, Session>;
  "DELETE /session": Operation<None, None, void>;
  "POST /session/organization": Operation<None, { organization_id: Id }, Session>;
  "PATCH /session/preferences": Operation<None, Preferences, Session>;
  "POST /password-resets": Operation<None, { email: string }, void>;
  "POST /password-resets/accept": Operation<None, { token: string; password: string }, Session>;
  "GET /invitations/{token}": Operation<
    { token: string },
    None,
    { organization: string; email: string; role: Role; has_password: boolean }
  >;
  "POST /invitations/accept": Operation<None, { token: string; name?: string; password: string }, Session>;
  "GET /people": Operation<None, None, Page<Person>, Paging>;
  "POST /invitations": Operation<
    None,
    { email: string; role: Role; name?: string },
    { link: string; expires_at: Time }
  >;
  "PATCH /people/{person}": Operation<{ person: Id }, { role: Role }, void>;
  "DELETE /people/{person}": Operation<{ person: Id }, None, void>;
  "GET /api-keys": Operation<None, None, Page<ApiKey>>;
  "POST /api-keys": Operation<None, { name: string; scopes?: string[]; expires_at?: Time }, ApiKey>;
  "DELETE /api-keys/{key}": Operation<{ key: Id }, None, void>;
  "GET /organization": Operation<None, None, Organization>;
  "PATCH /organization": Operation<None, { name: string; retention_days?: number | null }, Organization>;
  "GET /notifications": Operation<None, None, Page<Notice>>;
  "POST /notifications/read": Operation<None, { up_to: Id }, void>;
  "GET /webhooks": Operation<None, None, Page<Webhook>>;
  "POST /webhooks": Operation<None, { url: string; events: string[] }, Webhook>;
  "DELETE /webhooks/{webhook}": Operation<{ webhook: Id }, None, void>;

  "GET /presets": Operation<None, None, Page<Preset>>;
  "GET /kinds": Operation<None, None, Kinds>;
  "POST /ontology/check": Operation<None, { body: OntologyBody }, { problems: Defect[]; digest: string | null }>;
  "POST /ontology/expand": Operation<None, { preset: string; with: Record<string, Json> }, { body: OntologyBody }>;
  "GET /projects/{project}/ontology": Operation<P, None, OntologyVersion, { version?: number }>;
  "POST /projects/{project}/ontology": Operation<
    P,
    { body: OntologyBody; confirm: string | null },
    { version: number; class: string; changes: { question: string; class: string; sentence: string }[] }
  >;

  "GET /projects": Operation<None, None, Page<Project>, { state?: string } & Paging>;
  "POST /projects": Operation<None, NewProject, Project>;
  "GET /projects/{project}": Operation<P, None, Project>;
  "PATCH /projects/{project}": Operation<P, Partial<NewProject>, Project>;
  "DELETE /projects/{project}": Operation<P, None, void>;
  "POST /projects/{project}/restore": Operation<P, None, Project>;
  "POST /projects/{project}/pause": Operation<P, None, Project>;
  "POST /projects/{project}/resume": Operation<P, None, Project>;
  "POST /projects/{project}/archive": Operation<P, None, Project>;
  "POST /projects/{project}/clone": Operation<P, { name: string }, Project>;
  "GET /projects/{project}/guidelines": Operation<P, None, Guideline, { version?: number }>;
  "PUT /projects/{project}/guidelines": Operation<P, { markdown: string }, { version: number }>;
  "POST /projects/{project}/guidelines/consent": Operation<P, { version: number }, void>;
  "GET /projects/{project}/batches": Operation<P, None, Page<{ id: Id; name: string; state?: string; tasks?: number }>>;

  "GET /projects/{project}/tasks": Operation<P, None, Page<TaskRow>, TaskFilter & Paging>;
  "GET /projects/{project}/tasks/{task}": Operation<T, None, TaskDetail>;
  "GET /projects/{project}/tasks/{task}/history": Operation<T, None, Page<HistoryEntry>>;
  "GET /projects/{project}/tasks/{task}/looks": Operation<T, None, Page<Look>>;
  "POST /projects/{project}/tasks/bulk": Operation<
    P,
    { ids?: Id[]; filter?: TaskFilter; action: string; value?: Json },
    { changed: number }
  >;

  "GET /work": Operation<None, None, Page<Work>>;
  "POST /projects/{project}/claim": Operation<P, { held: Id[] }, Claim>;
  "POST /projects/{project}/tasks/{task}/annotations": Operation<T, Submission, Submitted>;
  "PUT /projects/{project}/tasks/{task}/draft": Operation<
    T,
    { answers: Answer[]; client_clock: number },
    { saved_at: Time }
  >;
  "POST /projects/{project}/tasks/{task}/skip": Operation<
    T,
    { reason: string; note?: string; next: boolean; held: Id[] },
    { next: Claim | null }
  >;
  "POST /projects/{project}/tasks/{task}/return": Operation<T, { next: boolean; held: Id[] }, { next: Claim | null }>;
  "POST /projects/{project}/tasks/{task}/prolong": Operation<T, None, { lease_until: Time }>;
  "POST /projects/{project}/tasks/{task}/reports": Operation<T, { reason: string; note?: string }, unknown>;
  "POST /projects/{project}/tasks/{task}/reopen": Operation<T, None, Assignment>;
  "GET /projects/{project}/my-answers": Operation<P, None, Page<MyAnswer>, Paging>;
  "GET /projects/{project}/tasks/{task}/comments": Operation<T, None, Page<Comment>>;
  "POST /projects/{project}/tasks/{task}/comments": Operation<T, { on: string; text: string }, unknown>;

  "GET /projects/{project}/progress": Operation<P, None, Progress>;
  "POST /projects/{project}/releases": Operation<P, { note?: string; include: "done" | "all" }, Release>;
  "GET /projects/{project}/releases": Operation<P, None, Page<Release>>;
  "GET /releases/{release}": Operation<{ release: Id }, None, Release>;
}
export type OperationName = keyof Operations;
