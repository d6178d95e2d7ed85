-- work: projects, batches, tasks, the queue, annotations. `queue.sql` holds the verbs of the hot path.
-- Studied and measured in docs/decisions/0003-one-slot-a-task.md.

-- ----------------------------------------------------------------------------------------------------- cold tables --
create table project (
  organization_id   uuid        not null references organization,
  project_id        uuid        not null,
  chunk_key_id      uuid        not null,
  sealed            bytea       not null,                   -- name
  preset            text,                                   -- of the closed list; null: made by hand
  state             text        not null default 'active' check (state in ('active', 'paused', 'archived', 'trashed')),
  opinions          smallint    not null check (opinions between 1 and 99),
  lease_seconds     int         not null check (lease_seconds between 30 and 604800),
  priority          smallint    not null check (priority between 0 and 255),
  submit_on_pick    boolean     not null,
  open_to           text        not null check (open_to in ('organization', 'assigned')),
  due_at            timestamptz,
  suggestions_hidden float8     not null default 0 check (suggestions_hidden between 0 and 1),
  counts_manner     boolean     not null default false,     -- whether the workspace counts how answers are made: see annotation.manner
  gold_rate         float8      not null default 0.1 check (gold_rate between 0 and 0.5),
  gold_rate_min     float8      not null default 0.02 check (gold_rate_min between 0 and gold_rate),
  review_rate       float8      not null default 0 check (review_rate between 0 and 1),   -- the share of labeled tasks that is reviewed
  adjudicate_below  float8      check (adjudicate_below between 0 and 1),                 -- of the least sure question; null: never
  feedback          text        not null default 'shown' check (feedback in ('shown', 'sealed')),
  opinions_max      smallint,                               -- adaptive opinions: up to so many, `opinions` being the least; null: fixed
  sure              float8,                                 -- with them, the probability at which nobody else is asked
  is_routed         boolean     not null default false,     -- with them, one more opinion is asked of whom it is worth most: routing.sql
  ontology_version  int         not null,
  guideline_version int         not null default 0,         -- 0: there is none yet
  created_at        timestamptz not null,
  trashed_at        timestamptz,
  archived_at       timestamptz,
  frozen_at         timestamptz,                            -- as of when the last release was made; null: there is none
  version           int         not null default 1,         -- what ETag says
  primary key (organization_id, project_id),
  constraint adaptive_opinions_have_both_bounds check ((opinions_max is null) = (sure is null)),
  constraint most_opinions_are_not_below_the_least check (opinions_max between opinions and 99),
  constraint only_adaptive_opinions_are_routed check (not is_routed or sure is not null),
  constraint sure_is_a_probability check (sure > 0 and sure < 1)
);

create table ontology_version (
  organization_id uuid not null, project_id uuid not null, version int not null,
  chunk_key_id uuid not null,
  sealed bytea not null,                                    -- body and codebooks
  change text not null,                                     -- class of the change, as the author confirmed it
  created_at timestamptz not null,
  primary key (organization_id, project_id, version),
  foreign key (organization_id, project_id) references project
);

create table guideline_version (
  organization_id uuid not null, project_id uuid not null, version int not null,
  person_id uuid not null,                                  -- who wrote it
  chunk_key_id uuid not null,
  sealed bytea not null,
  sealed_summary bytea not null,                            -- what changed, in a line
  needs_consent boolean not null,                           -- false: nothing that anybody has to read again, a typo
  created_at timestamptz not null,
  primary key (organization_id, project_id, version),
  foreign key (organization_id, project_id) references project
);

-- The pictures of guidelines: under each version that shows them, and under 0 from when they were sent. What a version shows is kept
-- as long as the project; what none shows is forgotten like every file that nothing uses.
create table guideline_picture (
  organization_id uuid not null, project_id uuid not null, media_id uuid not null, version int not null,
  primary key (organization_id, project_id, media_id, version)
);
create index guideline_picture_by_file on guideline_picture (organization_id, media_id) where version > 0;

create table batch (
  organization_id uuid not null, batch_id uuid not null, project_id uuid not null,
  chunk_key_id uuid not null,
  sealed bytea not null,                                    -- name
  name_hash bytea not null,                                 -- keyed hash: a batch is found again by its name
  state text not null default 'published' check (state in ('loading', 'published', 'trashed')),
  is_open boolean not null default true,                    -- false: published whole, its slots still being made
  import_id uuid,                                           -- of an atomic import: the one that alone may fill it
  created_at timestamptz not null,
  primary key (organization_id, batch_id),
  foreign key (organization_id, project_id) references project,
  constraint batch_name_is_taken unique (organization_id, project_id, name_hash)
);

-- A chunk of an import that is in: sent again, it changes nothing and says the same.
create table import_chunk (
  organization_id uuid not null, import_id uuid not null, chunk_no int not null,
  imported int not null, duplicates int not null,
  at timestamptz not null,
  primary key (organization_id, import_id, chunk_no)
);

-- A queue is one stage of one project: whoever is on the queue may take anything in it, which is why the claim needs no
-- permission check a task.
create table queue (
  organization_id   uuid     not null,
  queue_id          uuid     not null,
  queue_no          int      not null generated always as identity,   -- what advisory locks count by
  project_id        uuid     not null,
  stage             smallint not null default 1,            -- 1 label, 2 review, 3 adjudicate, 4 exam, 5 audit
  opinions          smallint not null,
  held_max          smallint not null default 2,            -- the one on screen and the one prefetched
  lease             interval not null,
  ontology_version  int      not null,
  guideline_version int      not null default 0,
  offer_no          int      not null default 0,            -- the offer that stands; 0: there is none yet
  gold_per_mille    smallint not null default 0,            -- the most that anybody is dealt; 0 while there is no gold
  suggestions_hidden float8  not null default 0,            -- the share of tasks that are dealt without their suggestions
  counts_manner     boolean  not null default false,        -- of labels: whether what a submit says of its making is kept
  generation        int      not null default 0,            -- bumped when something lands below people's watermarks
  floor_rank        bigint   not null default 0,            -- nothing open lies below: new people start here
  is_open           boolean  not null default true,         -- every labeler of the organization may join
  is_paused         boolean  not null default false,
  is_staged         boolean  not null default false,        -- of labels: tasks may go on, so one with all its answers waits for Decide
  primary key (organization_id, queue_id),
  constraint queue_of_stage unique (organization_id, project_id, stage),
  foreign key (organization_id, project_id) references project
);

create index queue_by_no on queue (queue_no);
create index queue_with_gold on queue (organization_id, project_id) where gold_per_mille > 0;

-- One person on one queue: permission, and where they are. Written once a claim, hence narrow, HOT and roomy.
create table queue_member (
  organization_id   uuid        not null,
  queue_id          uuid        not null,
  person_id         uuid        not null,
  eligible_until    timestamptz not null default 'infinity',-- earliest expiry among the skills the queue asks for
  consented_version int         not null default 0,
  cleared_epoch     int         not null default -1,        -- wall register version under which this person was let in
  claims            int         not null default 0,
  next_gold_at      int,                                    -- deal gold when claims reaches this; null: not drawn yet
  gold_position     int         not null default (random() * 2147483647)::int,   -- everybody starts elsewhere on the circle
  gold_per_mille    smallint,                               -- this person's own rate; null: the queue's
  scan_from         bigint      not null default 0,         -- watermark: this person has had everything open up to here
  scan_generation   int         not null default 0,
  scan_reset_at     timestamptz not null default now(),
  primary key (organization_id, queue_id, person_id),
  foreign key (organization_id, queue_id) references queue
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- ------------------------------------------------------------------------------------------------------ hot tables --
-- No foreign keys among these: each would take a KEY SHARE lock on a fat or shared row for every claim and answer.
-- Rows are written by the functions of queue.sql alone, which read the parent in the same statement; `evenhand doctor`
-- searches for orphans.
create sequence task_position increment by 10000;           -- one block of positions for each import chunk

create table task (
  organization_id uuid     not null,
  task_id         uuid     not null,                        -- UUIDv7, made by the importer
  task_no         bigint   not null,                        -- its position: narrow, for votes
  project_id      uuid     not null,
  batch_id        uuid     not null,
  version         int      not null default 1,
  chunk_key_id    uuid     not null,
  priority        smallint not null,
  due_at          timestamptz,
  external_hash   bytea,                                    -- keyed hash of the external id, 16 bytes
  trashed_at      timestamptz,
  planned         smallint,                                 -- opinions it wanted, kept while it lies in the trash without a slot
  sealed          bytea    not null,                        -- algorithm || nonce || ciphertext || tag
  constraint task_pkey primary key (organization_id, task_id)
);
alter table task alter column sealed set storage external;  -- ciphertext does not compress
create trigger task_added after insert on task referencing new table as added for each statement execute function usage_counted();
create trigger task_gone after delete on task referencing old table as gone for each statement execute function usage_counted();
create index task_of_project on task (organization_id, project_id, task_no);
create unique index task_external_id_is_taken on task (organization_id, project_id, external_hash) where external_hash is not null;

create table task_tag (
  organization_id uuid not null, project_id uuid not null, tag_hash bytea not null, task_id uuid not null,
  primary key (organization_id, project_id, tag_hash, task_id)
);

-- A stored file: one sealed object of the blob store under a key of its own. The row stands before the object is written, so no
-- object is without one. waiting: it may be there; received: it is whole; stored: it was looked into, and tasks may show it;
-- dropped: it is being forgotten.
create table media (
  organization_id uuid        not null,
  media_id        uuid        not null,                     -- what an item calls `blob`
  project_id      uuid        not null,
  state           text        not null default 'waiting' check (state in ('waiting', 'received', 'stored', 'dropped')),
  object_name     text        not null,                     -- random: neither a name nor a digest
  chunk_key_id    uuid        not null,                     -- this file's alone
  sealed_bytes    bigint,
  sealed          bytea,                                    -- its name; once stored, its type, size, digest and what the probe found
  is_used         boolean     not null default false,       -- a task shows it
  expires_at      timestamptz not null,                     -- forgotten then, unless a task shows it
  created_at      timestamptz not null,
  primary key (organization_id, media_id),                  -- no foreign key: a deleted project's files are forgotten after it
  constraint stored_media_is_whole check (state not in ('received', 'stored') or sealed_bytes is not null),
  constraint used_media_is_stored check (not is_used or state = 'stored')
);
create trigger media_changed after update on media referencing old table as gone new table as added
   for each statement execute function usage_of_files_counted();
create trigger media_gone after delete on media referencing old table as gone for each statement execute function usage_of_files_counted();
create index media_unused on media (expires_at) where not is_used;

-- Which tasks show a file. It goes with the task: see `task_media_left`.
create table task_media (
  organization_id uuid not null, media_id uuid not null, task_id uuid not null,
  primary key (organization_id, media_id, task_id)
);
create index task_media_of_task on task_media (organization_id, task_id);

-- A bucket that the customer connected. What opens it is sealed, and goes with the row.
create table bucket (
  organization_id uuid not null, bucket_id uuid not null,
  chunk_key_id uuid not null, sealed bytea not null,        -- address and credentials
  created_at timestamptz not null,
  primary key (organization_id, bucket_id)
);

-- An import that a worker makes: a long job is a row with a state (decision 5). What it takes in is idempotent by external id, so
-- whoever finds it left behind goes on with it.
create table import_run (
  organization_id uuid        not null,
  import_id       uuid        not null,
  project_id      uuid        not null,
  person_id       uuid        not null,                     -- who asked for it
  token_sha256    bytea       not null,                     -- under which credential: when that ends, so does the import
  state           text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- what is imported, and into which batch
  sealed_report   bytea,                                    -- problems, and why it failed
  attempt         int         not null default 0,           -- how often a worker took it up
  fruitless       int         not null default 0,           -- how many attempts in a row brought nothing in and did not end
  batch_id        uuid,
  total           bigint,
  seen            bigint      not null default 0,
  imported        bigint      not null default 0,
  duplicates      bigint      not null default 0,
  rejected        bigint      not null default 0,
  created_at      timestamptz not null,
  started_at      timestamptz,
  beat_at         timestamptz,                              -- when its worker was last heard of
  ended_at        timestamptz,
  primary key (organization_id, import_id),
  constraint an_ended_import_has_its_end check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null))
);
create index import_run_of_project on import_run (organization_id, project_id, created_at);
create index import_run_unfinished on import_run (created_at) where state in ('waiting', 'running');

-- One row for each task that still wants opinions, with the number wanted. Claims take one off; the last one deletes the
-- row. rank = (255 - priority) << 51 | pass << 47 | position, so order and watermark are one comparison.
create table slot (
  organization_id uuid     not null,
  queue_id        uuid     not null,
  rank            bigint   not null,
  task_id         uuid     not null,
  free            smallint not null,
  wanted          smallint not null,                        -- the plan when the task came in; later plans are for later tasks
  constraint slot_pkey primary key (organization_id, queue_id, rank),
  constraint slot_is_never_oversold check (free > 0)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

-- Gold tasks in a shuffled order; a person walks the circle from their own start. Reviewers have a circle of their own: `calibration.sql`.
create table gold (
  organization_id uuid not null, queue_id uuid not null, position int not null, task_id uuid not null,
  primary key (organization_id, queue_id, position)
);
create unique index gold_task_is_once_on_its_circle on gold (organization_id, task_id, queue_id);

-- What is right for a gold task, and why: sealed. hidden: nobody who answers learns of it. taught: it goes back with the answer.
create table gold_answer (
  organization_id  uuid        not null,
  task_id          uuid        not null,
  project_id       uuid        not null,
  task_no          bigint      not null,
  kind             text        not null check (kind in ('hidden', 'taught')),
  version          int         not null default 1,          -- grows when it is mended
  ontology_version int         not null,
  chunk_key_id     uuid        not null,
  sealed           bytea       not null,                    -- answers and explanation
  opinions         smallint    not null,                    -- what it still wanted when it became gold, to be given back; 0: it was resolved
  made_key         uuid,                                    -- of the request that made it, so that repeating that is safe
  made_at          timestamptz not null,
  retired_at       timestamptz,
  constraint gold_answer_pkey primary key (organization_id, task_id)
);
create index gold_answer_of_project on gold_answer (organization_id, project_id, task_no);

-- The same as numbers, beside the votes and coded as they are: scoring compares two numbers and opens nothing.
create table gold_code (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  task_no         bigint   not null,
  code            float8   not null,
  low             float8   not null,                        -- an answer from here
  high            float8   not null,                        -- to here is right: the code alone, unless a tolerance is said
  primary key (organization_id, project_id, question_no, task_no),
  constraint gold_code_lies_within_its_tolerance check (code between low and high)
);

-- A person's one and only hold on a task: the key is the promise "nobody twice".
create table assignment (
  organization_id uuid        not null,
  task_id         uuid        not null,
  person_id       uuid        not null,
  queue_id        uuid        not null,
  rank            bigint,                                   -- null for gold, which has no slot
  wanted          smallint,
  state           smallint    not null,                     -- 1 leased 2 answered 3 expired 4 revoked 5 reserved 6 skipped 7 returned
  revision        smallint    not null default 1,           -- of the annotation that the lease is for
  offer_no        int         not null,
  wall_epoch      int         not null,
  claimed_at      timestamptz not null,
  lease_until     timestamptz not null,                     -- infinity while the customer's work is on hold
  lease_left      interval,                                 -- what was left of it when that began
  answer_key      uuid,                                     -- Idempotency-Key of the answer that closed it
  skip_reason     text,
  passed_over     bigint[],                                 -- ranks that others held when this one was dealt (invariant 10)
  suggestions_hidden float8   not null default 0,           -- the share when this one was dealt: by it, and the task, they were shown or not
  is_rework       boolean     not null default false,       -- this revision was asked for: it is not given up when its lease ends
  constraint assignment_pkey primary key (organization_id, task_id, person_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
-- Small: only what is held now. Serves "what do I hold", the limit on it, and the sweeper.
create index assignment_held on assignment (organization_id, queue_id, person_id) where state in (1, 5);
create index assignment_lapsed_gold on assignment (organization_id, queue_id, person_id) where state = 3 and rank is null;
create index assignment_of_person on assignment (organization_id, person_id, claimed_at);

create table annotation (
  organization_id  uuid        not null,
  task_id          uuid        not null,
  person_id        uuid        not null,
  version          smallint    not null,
  annotation_id    uuid        not null,
  project_id       uuid        not null,
  stage            smallint    not null default 1 check (stage between 1 and 5),  -- 2, 3, 5: a reviewer's, an adjudicator's, an auditor's: never a vote
  annotator_no     int         not null,
  ontology_version int         not null,
  guideline_version int        not null,
  chunk_key_id     uuid        not null,
  submitted_at     timestamptz not null,
  active_ms        int         not null,
  elapsed_ms       int         not null,
  origins          smallint[],                              -- how many of its answers came about how: see ontology.origins; null: no suggestions
  -- How it was made, as the workspace counted: pastes, characters pasted, characters typed, times that the window was left, milliseconds
  -- away, edits. Counts alone, never what was pasted or typed; null: not counted, or the project asks for none.
  manner           int[]       check (array_length(manner, 1) = 6 and 0 <= all (manner)),
  sealed           bytea       not null,
  constraint annotation_pkey primary key (organization_id, task_id, person_id, version),
  constraint annotation_id_is_taken unique (organization_id, annotation_id)
);
alter table annotation alter column sealed set storage external;

create table draft (
  organization_id uuid not null, task_id uuid not null, person_id uuid not null,
  chunk_key_id uuid not null, sealed bytea not null, saved_at timestamptz not null, client_clock bigint not null,
  primary key (organization_id, task_id, person_id)
);

-- How many answers a task has in each stage it went through. The check is the promise "never more answers than wanted".
create table consensus (
  organization_id uuid     not null,
  task_id         uuid     not null,
  queue_id        uuid     not null,
  wanted          smallint not null,
  got             smallint not null,
  is_done         boolean  not null generated always as (got >= wanted) stored,
  version         int      not null default 1,              -- optimistic lock for the posterior
  constraint consensus_pkey primary key (organization_id, task_id, queue_id),
  constraint consensus_never_more_than_wanted check (got <= wanted)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- What the statistics read: a closed answer as a number. The code means nothing without the sealed ontology.
create table vote (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  task_no         bigint   not null,
  annotator_no    int      not null,
  code            float8   not null,
  primary key (organization_id, project_id, question_no, task_no, annotator_no)
);

-- Where a task is once it left the label stage. Absent: it is in label, or done there. Lock order: after `consensus`.
create table task_stage (
  organization_id uuid        not null,
  task_id         uuid        not null,
  project_id      uuid        not null,
  place           text        not null check (place in ('label', 'review', 'adjudicate', 'rework', 'done')),
  is_undecided    boolean     not null default false,       -- it has the answers it wanted, and waits for Decide
  rounds          smallint    not null default 0,           -- how often review has sent it back
  back_to         text        check (back_to in ('review', 'adjudicate')),   -- of one in rework: who sees it again
  resolved_id     uuid,                                     -- the annotation that stands for it: a reviewer's or an adjudicator's
  moves           int         not null default 0,           -- rows of `decision` about it
  since           timestamptz not null,
  constraint task_stage_pkey primary key (organization_id, task_id),
  constraint only_what_is_labeled_waits_for_a_decision check (not is_undecided or place in ('label', 'rework')),
  constraint only_what_is_done_is_resolved check (resolved_id is null or place = 'done')
) with (fillfactor = 80);
create index task_stage_undecided on task_stage (organization_id, project_id, since) where is_undecided;
create index task_stage_labeled on task_stage (organization_id, project_id, since) where place <> 'label';

-- Every move of a task between stages, in order, with what decided it: Decide (and then what it read, so that it replays), a reviewer, an
-- adjudicator, or a manager. The key is the promise "decided once".
create table decision (
  organization_id  uuid        not null,
  task_id          uuid        not null,
  no               int         not null,
  project_id       uuid        not null,
  at               timestamptz not null,
  by               text        not null check (by in ('decide', 'review', 'adjudication', 'requeue', 'ruling', 'appeal', 'undo')),
  person_id        uuid,                                    -- null: the software
  from_place       text        not null,
  to_place         text        not null,
  opinions         smallint    not null default 0,          -- how many more are wanted
  resolved_id      uuid,
  model            text,                                    -- of Decide: the rule or model, and its version
  model_version    text,
  posterior        float8      check (posterior between 0 and 1),   -- of the least sure question; null: it has no votes
  question         text,
  review_rate      float8,                                  -- the workflow it was decided under
  adjudicate_below float8,
  opinions_min     smallint,
  opinions_max     smallint,                                -- adaptive opinions: null where they are fixed
  sure             float8,
  fit_no           int,                                     -- of the fit whose parameters it was decided by: quality_fit; null: of none
  why              text,                                    -- of adaptive opinions, what the rule stands on
  answer_nos       smallint[],                              -- the likeliest answers by then: question, and code
  answer_codes     float8[],
  estimate_nos     smallint[],                              -- what that fit estimated of numbers: question, and in the unit of its answers
  estimates        float8[],                                -- the estimate with its 95 % interval, and by which model
  estimate_lows    float8[],
  estimate_highs   float8[],
  estimate_models  text[],
  estimate_versions text[],
  question_nos     smallint[],                              -- the votes as they were read, in columns
  annotator_nos    int[],
  codes            float8[],
  constraint decision_pkey primary key (organization_id, task_id, no),
  constraint an_estimate_is_of_a_fit check (fit_no is not null or cardinality(estimate_nos) = 0),
  constraint estimates_of_a_decision_are_columns check (
    cardinality(estimate_nos) = all (array[cardinality(estimates), cardinality(estimate_lows), cardinality(estimate_highs),
                                           cardinality(estimate_models), cardinality(estimate_versions)])),
  constraint votes_of_a_decision_are_columns check (cardinality(question_nos) = cardinality(codes) and cardinality(annotator_nos) = cardinality(codes))
);
create index decision_of_project on decision (organization_id, project_id, at);
create index decision_by_fit on decision (organization_id, project_id, fit_no) where fit_no is not null;

-- What a reviewer or an adjudicator said of one annotation. Its note is a remark, sealed with the task.
create table verdict (
  organization_id uuid        not null,
  verdict_id      uuid        not null,
  task_id         uuid        not null,
  project_id      uuid        not null,
  annotation_id   uuid        not null,
  author_id       uuid        not null,
  reviewer_id     uuid        not null,
  stage           smallint    not null check (stage in (2, 3)),
  no              int         not null,                     -- of the decision that it was part of
  verdict         text        not null check (verdict in ('accept', 'fix', 'send-back', 'decide')),
  reason          text        check (reason in ('slip', 'guideline-misread', 'guideline-silent', 'task-unclear', 'incomplete', 'spam')),
  remark_id       uuid,
  resolved_id     uuid,                                     -- the annotation that stands instead
  at              timestamptz not null,
  constraint verdict_pkey primary key (organization_id, verdict_id),
  constraint one_verdict_on_an_annotation_a_time unique (organization_id, task_id, no, annotation_id),
  constraint a_verdict_against_somebody_has_its_reason check (reason is not null or verdict in ('accept', 'decide'))
);
create index verdict_of_author on verdict (organization_id, author_id, at);
create index verdict_of_annotation on verdict (organization_id, annotation_id);

-- What a reviewer or an adjudicator answered instead, as numbers like votes. It teaches the statistics while its annotation is what stands
-- for the task (task_stage.resolved_id), and is never counted among the votes.
create table verdict_code (
  organization_id uuid     not null,
  annotation_id   uuid     not null,
  task_id         uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  code            float8   not null,
  constraint verdict_code_pkey primary key (organization_id, annotation_id, question_no)
);
create index verdict_code_of_project on verdict_code (organization_id, project_id);
create index verdict_code_of_task on verdict_code (organization_id, task_id);

-- One time that somebody judged a task in review or adjudication, whatever its verdicts were: what is owed for, under the offer that the
-- claim froze. Their assignment names only the last one, where a task comes to them again. Of work and of known work alike.
create table owed_verdict (
  organization_id uuid        not null,
  task_id         uuid        not null,
  person_id       uuid        not null,
  no              int         not null,                     -- of the decision that it made; 0: of known work, which moves nothing
  project_id      uuid        not null,
  stage           smallint    not null check (stage in (2, 3)),
  offer_no        int         not null,
  active_ms       int         not null check (active_ms >= 0),
  at              timestamptz not null,
  constraint owed_verdict_pkey primary key (organization_id, task_id, person_id, no)
);
create index owed_verdict_of_project on owed_verdict (organization_id, project_id, stage);
create index owed_verdict_of_person on owed_verdict (organization_id, person_id);

-- What people say about a task or about the guidelines: comments and reports, sealed. One that replies to none begins a discussion.
create table remark (
  organization_id uuid not null, remark_id uuid not null, project_id uuid not null, person_id uuid not null,
  task_id uuid,                                             -- null: it is about the guidelines
  guideline_version int,                                    -- the version that was read
  reply_to uuid,                                            -- the remark that began the discussion
  kind text not null check (kind in ('comment', 'report', 'skip', 'verdict')),
  reason text,                                              -- coded
  chunk_key_id uuid not null, sealed bytea not null,
  at timestamptz not null,
  closed_at timestamptz,                                    -- of one that began a discussion: resolved
  closed_by uuid,
  primary key (organization_id, remark_id),
  constraint remark_is_about_a_task_or_the_guidelines check ((task_id is null) = (guideline_version is not null)),
  constraint only_a_discussion_is_resolved check (closed_at is null or reply_to is null)
);
create index remark_of_task on remark (organization_id, task_id);
create index remark_of_guidelines on remark (organization_id, project_id, at) where task_id is null;
create index remark_in_discussion on remark (organization_id, reply_to) where reply_to is not null;
create index remark_open_question on remark (organization_id, project_id) where kind = 'comment' and reply_to is null and closed_at is null;
create index remark_open_report on remark (organization_id, project_id) where kind = 'report' and closed_at is null;

-- A run of the checker that an answer brings, asked for by one person on exactly one content, and made by a worker. It is its asker's
-- alone: what others asked for would tell a reviewer which answers were planted.
create table check_run (
  organization_id  uuid        not null,
  check_id         uuid        not null,
  project_id       uuid        not null,
  task_id          uuid        not null,
  person_id        uuid        not null,                    -- who asked for it
  question_no      int         not null,
  ontology_version int         not null,
  content          bytea       not null,                    -- keyed hash of what is checked and of what it must reach
  state            text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  is_strong        boolean,                                 -- of one that is done: whether nothing is missing
  attempt          int         not null default 0,          -- how often a worker took it up
  done             int         not null default 0,
  total            int,                                     -- null: not known yet
  created_at       timestamptz not null,
  started_at       timestamptz,
  beat_at          timestamptz,                             -- when its worker was last heard of
  ended_at         timestamptz,
  primary key (organization_id, check_id),
  constraint an_ended_check_has_its_end check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null)),
  constraint a_done_check_says_what_it_found check ((state = 'done') = (is_strong is not null))
);
create unique index check_run_of_content on check_run (organization_id, task_id, person_id, content) where state in ('waiting', 'running', 'done');
create index check_run_of_person on check_run (organization_id, person_id, task_id, created_at);
create index check_run_unfinished on check_run (created_at) where state in ('waiting', 'running');

-- What is checked and what was found, sealed with the task. Rows are added, and never changed.
create table check_record (
  organization_id uuid not null, check_id uuid not null, part smallint not null check (part in (1, 2)),   -- 1 what was asked, 2 what was found
  task_id uuid not null, project_id uuid not null, chunk_key_id uuid not null, sealed bytea not null, at timestamptz not null,
  primary key (organization_id, check_id, part)
);
alter table check_record alter column sealed set storage external;
create index check_record_of_task on check_record (organization_id, task_id);
create index check_record_under_key on check_record (organization_id, chunk_key_id);

-- What the world is told: written by the verbs, read and deleted by one relay.
create table outbox (
  xid xid8 not null default pg_current_xact_id(),
  id bigint not null generated always as identity (cache 100),
  organization_id uuid not null, project_id uuid,           -- null: the whole organization
  kind smallint not null,                                   -- see work.model.Event
  task_id uuid, subject_id uuid, annotator_no int,
  quantity bigint not null default 1, is_done boolean, active_ms int,
  origins int[],                                            -- what an answer adds to the project's; of one opened again, what changed
  from_place text, to_place text,                           -- of a task that went from one stage to another: see task_stage
  at timestamptz not null default now(),
  constraint outbox_pkey primary key (xid, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Counters the relay keeps, so that no screen ever counts a million rows.
create table project_count (
  organization_id uuid not null, project_id uuid not null,
  tasks bigint not null default 0, done bigint not null default 0, answers bigint not null default 0,
  skipped bigint not null default 0, reports bigint not null default 0,
  in_review bigint not null default 0, in_adjudication bigint not null default 0, rework bigint not null default 0,
  origins bigint[] not null default '{0,0,0,0,0,0}',        -- sums of annotation.origins, of the answers that stand
  version bigint not null default 0,                        -- what the event stream resumes by
  primary key (organization_id, project_id)
) with (fillfactor = 50);
create table project_hour (
  organization_id uuid not null, project_id uuid not null, hour timestamptz not null, annotator_no int not null,
  answers int not null default 0, done int not null default 0, skipped int not null default 0, active_ms bigint not null default 0,
  primary key (organization_id, project_id, hour, annotator_no)
) with (fillfactor = 50);

-- The answer to a request that was made with an Idempotency-Key, kept a day. Sealed: it may hold a name or a secret.
create table idempotency (
  organization_id uuid not null, person_id uuid not null, key uuid not null, route text not null, request_sha256 bytea not null,
  status int, chunk_key_id uuid, sealed bytea, at timestamptz not null,
  primary key (organization_id, person_id, key, route)
);

-- ---------------------------------------------------------------------------------------------- row-level security --
do $$
declare t text;
begin
  foreach t in array array['project', 'ontology_version', 'guideline_version', 'guideline_picture', 'batch', 'import_chunk', 'queue', 'queue_member', 'task',
                           'task_tag', 'media', 'task_media', 'bucket', 'import_run', 'slot', 'gold', 'gold_answer', 'gold_code', 'assignment', 'annotation', 'draft', 'consensus', 'vote', 'task_stage', 'decision', 'verdict', 'verdict_code', 'owed_verdict', 'remark', 'check_run', 'check_record', 'outbox',
                           'project_count', 'project_hour', 'idempotency'] loop
    call bind_to_tenant(t);
  end loop;
  foreach t in array array['assignment', 'slot', 'queue', 'outbox', 'project', 'draft', 'project_count', 'project_hour', 'task', 'batch', 'media', 'task_media', 'guideline_picture',
                           'import_run', 'check_run', 'check_record', 'task_stage', 'decision', 'verdict', 'verdict_code', 'owed_verdict'] loop
    call open_to_role(t, 'evenhand_sweep');
  end loop;
  foreach t in array array['assignment', 'slot', 'queue'] loop
    call open_to_role(t, 'evenhand_wall');
  end loop;
end $$;

grant select on queue, task, draft, wall_epoch, project, batch to evenhand_work;
grant select, insert, delete on gold, gold_code to evenhand_work;
grant select, insert, update on gold_answer to evenhand_work;
grant select on gold, gold_answer, gold_code to evenhand_app;
grant select, insert, update on task_stage to evenhand_work, evenhand_sweep;
grant select, insert on decision, verdict to evenhand_work, evenhand_sweep;
grant insert on verdict_code to evenhand_work;
grant select, insert, delete on owed_verdict to evenhand_work;
grant select, delete on owed_verdict to evenhand_sweep;
grant select on owed_verdict to evenhand_app;
grant select, delete on verdict_code to evenhand_sweep;
grant select on verdict_code to evenhand_app;
grant select, insert on remark to evenhand_work;
grant delete on task_stage, decision, verdict to evenhand_sweep;
grant select on task_stage, decision, verdict to evenhand_app;
grant select, insert, update on queue_member, assignment, consensus, vote to evenhand_work;
grant update on queue, batch, task to evenhand_work;
grant select, insert, update, delete on slot, draft to evenhand_work;
grant select, insert on annotation, import_chunk, task_tag to evenhand_work;
grant insert on task, outbox to evenhand_work;
grant delete on vote to evenhand_work;
grant usage on sequence task_position to evenhand_work;
grant select, insert on task_media to evenhand_work;
grant select, update on media to evenhand_work;
grant select, update, delete on media to evenhand_sweep;
grant select, delete on task_media to evenhand_sweep;
grant select, insert, update on media to evenhand_app;
grant select on task_media to evenhand_app;
grant select, delete on guideline_picture to evenhand_sweep;
grant select, insert, delete on bucket to evenhand_app;
grant select, insert, update on import_run to evenhand_app;
grant select, update, delete on import_run to evenhand_sweep;
grant select, insert, update on check_run to evenhand_app;
grant select, insert on check_record to evenhand_app;
grant select, update, delete on check_run to evenhand_sweep;
grant select, delete, update (sealed, chunk_key_id) on check_record to evenhand_sweep;
grant select, update on assignment, queue to evenhand_sweep, evenhand_wall;
grant select, insert, update, delete on slot to evenhand_sweep, evenhand_wall;
grant select on project, task, batch to evenhand_sweep;
grant select, delete on outbox, draft to evenhand_sweep;
grant insert on outbox to evenhand_sweep, evenhand_wall;
grant select, insert, update on project_count, project_hour to evenhand_sweep;
grant select on project, ontology_version, guideline_version, guideline_picture, batch, queue, queue_member, task, task_tag, slot, annotation, assignment,
      consensus, vote, remark, project_count, project_hour, import_chunk, draft to evenhand_app;
grant insert, update on project, batch, queue, queue_member, remark to evenhand_app;
grant insert on ontology_version, guideline_version, guideline_picture, outbox, project_count to evenhand_app;
grant select, insert, update, delete on idempotency to evenhand_app;
