-- insight: what a background sweep found in a project's votes. Numbers alone, codes without their words: what a class is called stands in
-- the sealed ontology. Every row can be made again from the votes.

-- How far the sweep is with a project. version: of the project's counters when the votes were read; other since: to be read again.
create table quality_sweep (
  organization_id uuid        not null,
  project_id      uuid        not null,
  state           text        not null check (state in ('running', 'done', 'failed')),
  version         bigint      not null,
  attempt         int         not null default 1,           -- whoever is not the newest writes nothing
  started_at      timestamptz not null,
  ended_at        timestamptz,
  rest_until      timestamptz not null,                     -- not again before: a long fit rests long
  votes           bigint      not null default 0,
  cause           text,                                     -- the kind of error that ended a failed one
  decided         bigint      not null default 0,           -- tasks that left the label stage, and the answers they took
  decided_answers bigint      not null default 0,
  compared        int         not null default 0,           -- of the newest that were decided, and those decided otherwise than this fit
  differing       int         not null default 0,           -- would
  primary key (organization_id, project_id),
  foreign key (organization_id, project_id) references project
);

-- What is asked of people: an accuracy that the screens draw intervals against.
create table quality_target (
  organization_id uuid   not null,
  project_id      uuid   not null,
  accuracy        float8 not null check (accuracy > 0 and accuracy < 1),
  primary key (organization_id, project_id),
  foreign key (organization_id, project_id) references project
);

-- What a fit learned, as arrays (insight.packing): decisions between two sweeps are made by it and name it, so it is kept as long
-- as one does. codes: class -> a code of the vote table that stands for it; of numbers [].
create table quality_fit (
  organization_id uuid        not null,
  project_id      uuid        not null,
  question_no     smallint    not null,
  fit_no          int         not null,                     -- the sweep's number: the greatest stands
  fitted_at       timestamptz not null,
  codes           jsonb       not null,
  learned         bytea       not null,
  is_released     boolean     not null default false,       -- a release was cut by it, so it is kept
  primary key (organization_id, project_id, question_no, fit_no)
);
alter table quality_fit alter column learned set storage external;

-- What a fit found of a question about numbers, as arrays (insight.estimates.packed): an estimate with its interval for each task.
create table quality_estimate (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  fit_no          int      not null,                        -- the sweep's number: the greatest stands
  learned         bytea    not null,
  is_released     boolean  not null default false,
  primary key (organization_id, project_id, question_no, fit_no)
);
alter table quality_estimate alter column learned set storage external;

-- One fit of one question. figures: of the question as a whole (insight.sweeping.QuestionFigures).
create table quality_question (
  organization_id uuid        not null,
  project_id      uuid        not null,
  question_no     smallint    not null,
  model           text,                                     -- null: no model judges answers of this kind
  model_version   text,
  fitted_at       timestamptz not null,
  votes           bigint      not null,
  tasks           bigint      not null,
  people          int         not null,
  figures         jsonb       not null,
  primary key (organization_id, project_id, question_no)
);

-- One person on one question. accuracy, low, high: null while nothing of theirs can be judged.
create table quality_person (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  annotator_no    int      not null,
  accuracy        float8,
  low             float8,
  high            float8,
  checked         int      not null,
  votes           int      not null,
  figures         jsonb    not null,
  parts           jsonb    not null default '{}',           -- batch and day: which -> figures (insight.parts.Part)
  primary key (organization_id, project_id, question_no, annotator_no),
  constraint an_estimate_has_its_interval check ((accuracy is null) = (low is null) and (low is null) = (high is null))
);
create index quality_person_of on quality_person (organization_id, annotator_no);

-- How one person's answers were made, whatever the question: counts that the workspace took. counted: answers of which they are known.
create table quality_manner (
  organization_id uuid     not null,
  project_id      uuid     not null,
  annotator_no    int      not null,
  answers         int      not null,
  counted         int      not null check (counted between 0 and answers),
  figures         jsonb    not null,
  primary key (organization_id, project_id, annotator_no)
);

-- The tasks whose answer is least sure, by place from 0.
create table quality_task (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  place           int      not null,
  task_id         uuid     not null,
  probability     float8   not null,                        -- of the likeliest answer
  code            int      not null,                        -- that answer
  votes           int      not null,
  agreeing        int      not null,                        -- votes for it
  primary key (organization_id, project_id, question_no, place)
);

-- Agreement on a part of the tasks or answers: one batch, one vendor's people, one version of the guidelines.
create table quality_slice (
  organization_id uuid     not null,
  project_id      uuid     not null,
  question_no     smallint not null,
  dimension       text     not null check (dimension in ('batch', 'vendor', 'guideline', 'day')),
  subject         text     not null,                        -- an id, or a number of a version
  figures         jsonb    not null,
  primary key (organization_id, project_id, question_no, dimension, subject)
);

do $$
declare t text;
begin
  foreach t in array array['quality_sweep', 'quality_target', 'quality_question', 'quality_fit', 'quality_estimate', 'quality_person', 'quality_manner', 'quality_task', 'quality_slice'] loop
    call bind_to_tenant(t);
  end loop;
  -- The sweep goes over all tenants; what it found goes with a project that is deleted.
  foreach t in array array['quality_sweep', 'quality_target', 'quality_question', 'quality_fit', 'quality_estimate', 'quality_person', 'quality_manner', 'quality_task', 'quality_slice'] loop
    call open_to_role(t, 'evenhand_sweep');
  end loop;
end $$;
grant select, insert, update on quality_sweep to evenhand_sweep;
grant select, delete on quality_sweep, quality_target, quality_question, quality_fit, quality_estimate, quality_person, quality_manner, quality_task, quality_slice to evenhand_sweep;
grant select, update on quality_sweep to evenhand_app;
grant select, insert, update, delete on quality_target to evenhand_app;
grant select, insert, delete on quality_question, quality_fit, quality_estimate, quality_person, quality_manner, quality_task, quality_slice to evenhand_app;
grant update (is_released) on quality_fit, quality_estimate to evenhand_app;

-- The next project whose votes changed since they were read, and whose rest is over; the one that waited longest. Whoever takes it
-- reads it: another worker gets another one, or this one again once it has been silent for so long.
create function quality_take(p_now timestamptz, p_silence interval)
returns table (organization_id uuid, project_id uuid, version bigint, attempt int)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with next as (
    select c.organization_id, c.project_id, c.version
      from evenhand.project_count c
      join evenhand.project p on p.organization_id = c.organization_id and p.project_id = c.project_id
      left join evenhand.quality_sweep s on s.organization_id = c.organization_id and s.project_id = c.project_id
     where p.state in ('active', 'paused') and c.answers > 0
       and (s.project_id is null
            or (s.version <> c.version and s.state <> 'running' and s.rest_until <= p_now)
            or (s.state = 'running' and s.started_at < p_now - p_silence))
     order by s.ended_at nulls first, c.organization_id, c.project_id limit 1)
  insert into evenhand.quality_sweep as s (organization_id, project_id, state, version, started_at, rest_until)
  select n.organization_id, n.project_id, 'running', n.version, p_now, p_now from next n
  on conflict (organization_id, project_id) do update
     set state = 'running', version = excluded.version, attempt = s.attempt + 1, started_at = p_now, ended_at = null, cause = null
   where s.state <> 'running' or s.started_at < p_now - p_silence
  returning s.organization_id, s.project_id, s.version, s.attempt $$;
alter function quality_take owner to evenhand_sweep;

-- Whose people the members of an organization are: the organization itself, or a vendor.
create function vendors_of_members(p_organization uuid) returns table (annotator_no int, vendor_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select m.annotator_no, p.vendor_id
    from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
   where m.organization_id = p_organization and p_organization = current_setting('evenhand.organization')::uuid $$;
alter function vendors_of_members owner to evenhand_people;

revoke execute on all functions in schema evenhand from public;
grant execute on function quality_take, vendors_of_members to evenhand_app;
