-- work: the offer, what somebody is owed for their work and by when it is judged; what is decided against a person, with its evidence; and
-- the appeal to somebody else. docs/decisions/0019-an-offer-is-frozen-at-claim.md says what is decided where.

-- The terms of one stage of a project, a version each. The stage's queue names the one that stands, and a claim writes its number into the
-- assignment: what was dealt under one is owed under that one, whatever is offered later.
create table offer (
  organization_id uuid        not null,
  project_id      uuid        not null,
  stage           smallint    not null check (stage between 1 and 5),
  offer_no        int         not null check (offer_no > 0),
  rate            bigint      not null check (rate between 0 and 1000000000),     -- in minor units of the currency
  currency        text        not null check (currency ~ '^[A-Z]{3}$'),           -- ISO 4217
  basis           text        not null check (basis in ('task', 'hour')),         -- hour: of active time
  review_hours    int         check (review_hours between 1 and 8760),            -- an answer that nobody rejects by then counts for good
  person_id       uuid        not null,                                           -- who made it
  created_at      timestamptz not null,
  primary key (organization_id, project_id, stage, offer_no),
  foreign key (organization_id, project_id) references project,
  constraint what_can_be_rejected_has_a_deadline check ((stage = 1) = (review_hours is not null))
);

-- What was decided against a person: an answer rejected, which then counts no more, or their removal from a project. With a reason of a
-- closed list, and evidence. It stands until it is overturned. Lock order: after the assignment.
create table ruling (
  organization_id uuid        not null,
  ruling_id       uuid        not null,
  project_id      uuid        not null,
  kind            text        not null check (kind in ('rejection', 'removal')),
  person_id       uuid        not null,                     -- against whom
  decided_by      uuid        not null,
  reason          text        not null,
  task_id         uuid,
  annotation_id   uuid,
  question_nos    smallint[],                               -- of a rejection: the votes that it took away, to be given back
  codes           float8[],
  opinions        smallint    not null default 0,           -- how many it asked for instead
  chunk_key_id    uuid,
  sealed          bytea,                                    -- a note; null: there is none
  at              timestamptz not null,
  overturned_at   timestamptz,
  constraint ruling_pkey primary key (organization_id, ruling_id),
  constraint reason_of_a_ruling check (case kind
    when 'rejection' then reason in ('guideline-misread', 'incomplete', 'spam', 'copied', 'machine-written')
    else reason in ('work-quality', 'spam', 'misconduct', 'not-needed') end),
  constraint a_rejection_names_its_answer check ((kind = 'rejection') = (annotation_id is not null) and (annotation_id is null) = (task_id is null)),
  constraint nobody_decides_against_themselves check (person_id <> decided_by)
);
create unique index an_answer_is_rejected_once on ruling (organization_id, task_id, person_id) where kind = 'rejection' and overturned_at is null;
create unique index a_person_is_removed_once on ruling (organization_id, project_id, person_id) where kind = 'removal' and overturned_at is null;
create index ruling_of_person on ruling (organization_id, person_id, at);
create index ruling_of_project on ruling (organization_id, project_id, at);

-- What a ruling rests on: answers, verdicts, gold that they answered, exams they sat, what they wrote in discussions, by id; passages of
-- guidelines that they had read, whose headings are sealed with the ruling; and signals, as they read then.
create table evidence (
  organization_id uuid     not null,
  ruling_id       uuid     not null,
  no              smallint not null,
  kind            text     not null check (kind in ('answer', 'verdict', 'gold', 'exam', 'remark', 'guideline', 'signal')),
  subject_id      uuid,                                     -- annotation, verdict, task, sitting, remark
  version         int,                                      -- of guidelines
  signal          text     check (signal in ('alike', 'run', 'fast', 'pasted', 'away')),
  count           int      check (count >= 0),
  out_of          int      check (out_of >= count),
  constraint evidence_pkey primary key (organization_id, ruling_id, no),
  constraint evidence_names_its_subject check ((kind in ('signal', 'guideline')) = (subject_id is null) and (kind = 'signal') = (signal is not null)
                                               and (kind = 'guideline') = (version is not null) and (signal is null) = (count is null) and (count is null) = (out_of is null))
);

-- What somebody says against a decision on their own work, once a decision. Somebody else answers it: the constraint holds whatever the code does.
create table appeal (
  organization_id uuid        not null,
  appeal_id       uuid        not null,
  project_id      uuid        not null,
  kind            text        not null check (kind in ('rejection', 'removal', 'verdict')),
  subject_id      uuid        not null,                     -- the ruling, or the verdict
  task_id         uuid,
  person_id       uuid        not null,                     -- who appeals
  decided_by      uuid        not null,                     -- whose decision it is against
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- what they say
  filed_at        timestamptz not null,
  due_at          timestamptz not null,                     -- by when it is to be answered
  judge_id        uuid,
  outcome         text        check (outcome in ('upheld', 'overturned')),        -- of the decision
  reason          text        check (reason in ('evidence-stands', 'evidence-insufficient', 'answer-right', 'guideline-silent', 'too-harsh')),
  answer_key_id   uuid,
  answer          bytea,                                    -- a note, sealed
  answered_at     timestamptz,
  constraint appeal_pkey primary key (organization_id, appeal_id),
  constraint one_appeal_a_decision unique (organization_id, subject_id),
  constraint a_different_person_answers check (judge_id <> decided_by and judge_id <> person_id),
  constraint an_answer_is_whole check ((judge_id is null) = (answered_at is null) and (outcome is null) = (answered_at is null)
                                       and (reason is null) = (answered_at is null))
);
create index appeal_open on appeal (organization_id, due_at) where answered_at is null;
create index appeal_of_person on appeal (organization_id, person_id, filed_at);

call bind_to_tenant('offer');
call bind_to_tenant('ruling');
call bind_to_tenant('evidence');
call bind_to_tenant('appeal');
call open_to_role('offer', 'evenhand_sweep');
call open_to_role('ruling', 'evenhand_sweep');
call open_to_role('evidence', 'evenhand_sweep');
call open_to_role('appeal', 'evenhand_sweep');
grant select on offer, ruling, evidence, appeal to evenhand_app;
grant select, insert on offer to evenhand_work;                     -- no update: a version is what it was
grant select, insert on evidence to evenhand_work;
grant select, insert, update on ruling, appeal to evenhand_work;
grant select, delete on offer, ruling, evidence, appeal to evenhand_sweep;

-- Make an offer; the same terms again change nothing. 'changed': it is not the one that was read (p_read; null: whichever stands). Takes
-- no permission away, so claims go on beside it: each is under the offer that it found. Two managers at once wait at the queue's row.
-- A stage that the project has not opened is 'no-stage'; p_queue is for the audits' queue, which an offer may be the first to need.
create function offer_set(p_token_sha256 bytea, p_project uuid, p_stage smallint, p_queue uuid, p_rate bigint, p_currency text, p_basis text,
                          p_review_hours int, p_read int, p_now timestamptz, out status text, out offer_no int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'project.write' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  if not exists (select from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1) then
    status := 'no-project'; return;
  end if;
  if p_stage = 5 then perform evenhand.audit_queue(e.organization_id, p_project, p_queue); end if;
  select k.queue_id, k.offer_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = p_stage for no key update;
  if not found then status := 'no-stage'; return; end if;
  offer_no := q.offer_no;
  if p_read is not null and p_read <> q.offer_no then status := 'changed'; return; end if;
  status := 'ok';
  if exists (select from evenhand.offer o where o.organization_id = e.organization_id and o.project_id = p_project and o.stage = p_stage
                and o.offer_no = q.offer_no and (o.rate, o.currency, o.basis) = (p_rate, p_currency, p_basis)
                and o.review_hours is not distinct from p_review_hours) then return; end if;
  offer_no := q.offer_no + 1;
  insert into evenhand.offer (organization_id, project_id, stage, offer_no, rate, currency, basis, review_hours, person_id, created_at)
  values (e.organization_id, p_project, p_stage, offer_set.offer_no, p_rate, p_currency, p_basis, p_review_hours, e.person_id, p_now);
  update evenhand.queue k set offer_no = offer_set.offer_no where k.organization_id = e.organization_id and k.queue_id = q.queue_id;
  perform evenhand.members_tell(e.organization_id, array(select m.person_id from evenhand.queue_member m
                                                          where m.organization_id = e.organization_id and m.queue_id = q.queue_id
                                                            and m.person_id <> e.person_id),
                                'offer.changed', p_project, p_project, p_now);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule, quantity)
  values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, p_project, 'manage',
          concat_ws(':', 'offer', (array[null, 'review', 'adjudicate', 'exam', 'audit'])[p_stage]), offer_no);
  insert into evenhand.outbox (organization_id, project_id, kind, at) values (e.organization_id, p_project, 9, p_now);
end $$;
alter function offer_set owner to evenhand_work;

-- ---------------------------------------------------------------------------------------------- rulings and appeals --
-- All under the exclusive gate: they take permission away or give it back, and move votes and slots that a claim in flight may have found.
-- Whoever decides, in which role. Internal.
create function judge_enter(p_token_sha256 bytea, p_roles text[], p_scope text, p_now timestamptz, out status text, out organization_id uuid,
                            out person_id uuid, out commitment bytea, out vendor_id uuid)
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  organization_id := e.organization_id; person_id := e.person_id; commitment := e.commitment; vendor_id := e.vendor_id;
  status := case when e.organization_id is null then 'no-session'
                 when not e.role = any (p_roles) or (e.scopes is not null and not p_scope = any (e.scopes)) then 'not-allowed'
                 else 'ok' end;
end $$;
alter function judge_enter owner to evenhand_work;

-- Whether somebody was removed from a project.
create function is_removed(p_organization uuid, p_project uuid, p_person uuid) returns boolean
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select exists (select from evenhand.ruling r where r.organization_id = p_organization and r.project_id = p_project and r.person_id = p_person
                    and r.kind = 'removal' and r.overturned_at is null) $$;
alter function is_removed owner to evenhand_work;

-- The number, from 1, of the first item of evidence that is nothing of this person's in this project; 0: that none is more than a signal
-- or a passage of guidelines; null: all is well. Internal.
create function evidence_lacks(p_organization uuid, p_project uuid, p_person uuid, p_kinds text[], p_subjects uuid[], p_versions int[]) returns int
language plpgsql stable set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  return coalesce(
    (select min(u.no)::int from unnest(p_kinds, p_subjects, p_versions) with ordinality as u(kind, subject, version, no)
      where not case u.kind
        when 'answer' then exists (select from evenhand.annotation n where n.organization_id = p_organization and n.annotation_id = u.subject
                                      and n.project_id = p_project and n.person_id = p_person)
        when 'verdict' then exists (select from evenhand.verdict v where v.organization_id = p_organization and v.verdict_id = u.subject
                                       and v.project_id = p_project and v.author_id = p_person)
        when 'gold' then exists (select from evenhand.gold_answer g
                                   join evenhand.assignment a on a.organization_id = g.organization_id and a.task_id = g.task_id
                                                             and a.person_id = p_person and a.rank is null
                                  where g.organization_id = p_organization and g.task_id = u.subject and g.project_id = p_project)
        when 'exam' then exists (select from evenhand.sitting s where s.organization_id = p_organization and s.sitting_id = u.subject
                                    and s.person_id = p_person)
        when 'remark' then exists (select from evenhand.remark r where r.organization_id = p_organization and r.remark_id = u.subject
                                      and r.project_id = p_project and r.person_id = p_person and r.kind in ('comment', 'report'))
        -- a passage that they had before their eyes: they worked under that version, or agreed to it
        when 'guideline' then exists (select from evenhand.annotation n where n.organization_id = p_organization and n.project_id = p_project
                                         and n.person_id = p_person and n.guideline_version >= u.version)
                           or exists (select from evenhand.queue_member m
                                        join evenhand.queue k on k.organization_id = m.organization_id and k.queue_id = m.queue_id
                                       where m.organization_id = p_organization and m.person_id = p_person and k.project_id = p_project
                                         and m.consented_version >= u.version)
        else true end),
    case when not exists (select from unnest(p_kinds) k where k not in ('signal', 'guideline')) then 0 end);
end $$;
alter function evidence_lacks owner to evenhand_work;

-- Write a ruling with its evidence, and tell whom it is against. Internal.
create function ruling_write(p_organization uuid, p_by uuid, p_commitment bytea, p_vendor uuid, p_ruling uuid, p_project uuid, p_kind text,
                             p_person uuid, p_reason text, p_task uuid, p_annotation uuid, p_question_nos smallint[], p_codes float8[],
                             p_opinions smallint, p_chunk_key uuid, p_sealed bytea, p_kinds text[], p_subjects uuid[], p_versions int[],
                             p_signals text[], p_counts int[], p_out_of int[], p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  insert into evenhand.ruling (organization_id, ruling_id, project_id, kind, person_id, decided_by, reason, task_id, annotation_id,
                               question_nos, codes, opinions, chunk_key_id, sealed, at)
  values (p_organization, p_ruling, p_project, p_kind, p_person, p_by, p_reason, p_task, p_annotation, p_question_nos, p_codes, p_opinions,
          case when p_sealed is not null then p_chunk_key end, p_sealed, p_now);
  insert into evenhand.evidence (organization_id, ruling_id, no, kind, subject_id, version, signal, count, out_of)
  select p_organization, p_ruling, u.no, u.kind, u.subject, u.version, u.signal, u.count, u.out_of
    from unnest(p_kinds, p_subjects, p_versions, p_signals, p_counts, p_out_of)
         with ordinality as u(kind, subject, version, signal, count, out_of, no);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose,
                                     rule, quantity)
  values (p_organization, p_now, 29, p_commitment, p_vendor, coalesce(p_task, p_project), coalesce(p_annotation, p_person), 'manage',
          p_kind || ':' || p_reason, cardinality(p_kinds));
  perform evenhand.members_tell(p_organization, array[p_person], case p_kind when 'rejection' then 'answer.rejected' else 'project.removed' end,
                                p_project, coalesce(p_task, p_project), p_now);
end $$;
alter function ruling_write owner to evenhand_work;

-- Ask for one more answer to a task instead of one that counts no more. Internal: its assignments are locked. Returns how many: none where
-- a reviewer's or an adjudicator's answer stands, of gold, in the trash, and where a task wants as many as there can be.
create function answer_replace(p_organization uuid, p_project uuid, p_task uuid, p_person uuid, p_now timestamptz) returns smallint
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare c record; s record; t record;
begin
  select k.queue_id, k.queue_no, x.got, x.wanted, x.is_done into c
    from evenhand.consensus x join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id and k.stage = 1
   where x.organization_id = p_organization and x.task_id = p_task for update of x;
  if not found or c.wanted >= 99 then return 0; end if;
  select x.task_no, x.priority into t from evenhand.task x
   where x.organization_id = p_organization and x.task_id = p_task and x.trashed_at is null
     and not exists (select from evenhand.gold_answer g where g.organization_id = p_organization and g.task_id = p_task and g.retired_at is null);
  if not found then return 0; end if;
  select x.place, x.resolved_id into s from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = p_task for update;
  if s.resolved_id is not null then return 0; end if;
  if s.place in ('review', 'adjudicate', 'done', 'rework') then
    with gone as (
      update evenhand.assignment a
         set state = case when a.revision > 1 then 2 else 4 end, revision = greatest(a.revision - 1, 1), is_rework = false
       where a.organization_id = p_organization and a.task_id = p_task and a.state in (1, 5)
      returning a.person_id)
    insert into evenhand.ledger_inbox (organization_id, at, action, object_id, subject_id, purpose, rule)
    select p_organization, p_now, 21, p_task, g.person_id, 'manage', 'rejection' from gone g;
    perform from evenhand.slots_drop(p_organization, p_project, evenhand.rank_of(t.priority, 0, t.task_no));
    perform evenhand.stage_move(p_organization, p_project, p_task, 'label', 'ruling', p_person, 18::smallint, null, null, p_now);
  elsif s.place = 'label' then
    update evenhand.task_stage x set is_undecided = false where x.organization_id = p_organization and x.task_id = p_task;
  elsif c.is_done then                                              -- of a project without later stages: done, and now not any more
    insert into evenhand.outbox (organization_id, project_id, kind, task_id, from_place, to_place, at)
    values (p_organization, p_project, 18, p_task, 'done', 'label', p_now);
  end if;
  update evenhand.consensus x set wanted = x.wanted + 1, version = x.version + 1
   where x.organization_id = p_organization and x.task_id = p_task and x.queue_id = c.queue_id;
  perform evenhand.slot_put(p_organization, c.queue_id, c.queue_no, evenhand.rank_of(t.priority, 1, t.task_no), p_task, 1::smallint,
                            (c.wanted + 1)::smallint);
  return 1;
end $$;
alter function answer_replace owner to evenhand_work;

-- Reject an answer: its votes are taken away, and another one is asked for. Says 'ok' also when this ruling was made before; 'own', 'changed'
-- (there is a newer version), 'rejected', 'rework' (it is with its author), 'accepted' (by a reviewer, or its deadline is over), 'evidence'.
create function answer_reject(p_token_sha256 bytea, p_project uuid, p_task uuid, p_ruling uuid, p_annotation uuid, p_reason text,
                              p_chunk_key uuid, p_sealed bytea, p_kinds text[], p_subjects uuid[], p_versions int[], p_signals text[],
                              p_counts int[], p_out_of int[], p_now timestamptz, out status text, out lacks int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; a record; v record;
begin
  e := evenhand.judge_enter(p_token_sha256, array['owner', 'manager', 'reviewer'], 'task.review', p_now);
  status := e.status;
  if status <> 'ok' or exists (select from evenhand.ruling r where r.organization_id = e.organization_id and r.ruling_id = p_ruling) then return; end if;
  perform from evenhand.assignment x where x.organization_id = e.organization_id and x.task_id = p_task order by x.person_id for update;
  select n.person_id, n.annotator_no, n.submitted_at, x.state, x.revision, x.is_rework, x.rank, t.task_no, o.review_hours,
         (select max(l.version) from evenhand.annotation l where l.organization_id = n.organization_id and l.task_id = n.task_id
             and l.person_id = n.person_id and l.stage = 1) > n.version as is_old
    into a
    from evenhand.annotation n
    join evenhand.assignment x on x.organization_id = n.organization_id and x.task_id = n.task_id and x.person_id = n.person_id
    join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id and k.project_id = p_project and k.stage = 1
    join evenhand.task t on t.organization_id = n.organization_id and t.task_id = n.task_id
    left join evenhand.offer o on o.organization_id = n.organization_id and o.project_id = p_project and o.stage = 1 and o.offer_no = x.offer_no
   where n.organization_id = e.organization_id and n.annotation_id = p_annotation and n.task_id = p_task and n.stage = 1;
  status := case when not found then 'no-answer'
                 when a.person_id = e.person_id then 'own'
                 when a.is_old then 'changed'
                 when a.is_rework and a.state in (1, 5) then 'rework'
                 when exists (select from evenhand.ruling r where r.organization_id = e.organization_id and r.task_id = p_task
                                 and r.person_id = a.person_id and r.kind = 'rejection' and r.overturned_at is null) then 'rejected'
                 when a.submitted_at + make_interval(hours => a.review_hours) <= p_now
                      or exists (select from evenhand.verdict w where w.organization_id = e.organization_id and w.annotation_id = p_annotation
                                    and w.verdict = 'accept') then 'accepted'
                 else 'ok' end;
  if status <> 'ok' then return; end if;
  lacks := evenhand.evidence_lacks(e.organization_id, p_project, a.person_id, p_kinds, p_subjects, p_versions);
  if lacks is not null then status := 'evidence'; return; end if;
  if a.state = 1 then                                               -- opened again, and now no more: see answer_reopen
    update evenhand.assignment x set state = 2, revision = x.revision - 1
     where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = a.person_id;
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
    values (e.organization_id, p_now, 21, e.commitment, e.vendor_id, p_task, a.person_id, 'manage', 'rejection');
  end if;
  if a.rank is not null then                                        -- of gold the votes stay: they decide nothing, and are the evidence
    with gone as (
      delete from evenhand.vote x where x.organization_id = e.organization_id and x.project_id = p_project and x.task_no = a.task_no
         and x.annotator_no = a.annotator_no
      returning x.question_no, x.code)
    select array_agg(g.question_no order by g.question_no) as question_nos, array_agg(g.code order by g.question_no) as codes into v from gone g;
  else
    select null::smallint[] as question_nos, null::float8[] as codes into v;
  end if;
  perform pg_advisory_xact_lock_shared(7003, k.queue_no) from evenhand.queue k
    where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  perform evenhand.ruling_write(e.organization_id, e.person_id, e.commitment, e.vendor_id, p_ruling, p_project, 'rejection', a.person_id, p_reason,
                                p_task, p_annotation, v.question_nos, v.codes,
                                case when a.rank is null then 0::smallint
                                     else evenhand.answer_replace(e.organization_id, p_project, p_task, e.person_id, p_now) end,
                                p_chunk_key, p_sealed, p_kinds, p_subjects, p_versions, p_signals, p_counts, p_out_of, p_now);
end $$;
alter function answer_reject owner to evenhand_work;

-- Remove a person from a project: what they hold there goes back, and nothing more is dealt to them. What they did stays, and is owed.
create function person_remove(p_token_sha256 bytea, p_project uuid, p_person uuid, p_ruling uuid, p_reason text, p_chunk_key uuid,
                              p_sealed bytea, p_kinds text[], p_subjects uuid[], p_versions int[], p_signals text[], p_counts int[],
                              p_out_of int[], p_now timestamptz, out status text, out lacks int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_role text; v_rework uuid[];
begin
  e := evenhand.judge_enter(p_token_sha256, array['owner', 'manager'], 'task.manage', p_now);
  status := e.status;
  if status <> 'ok' or exists (select from evenhand.ruling r where r.organization_id = e.organization_id and r.ruling_id = p_ruling) then return; end if;
  select m.role into v_role from evenhand.membership m
   where m.organization_id = e.organization_id and m.person_id = p_person and m.state = 'active' and m.role not in ('auditor', 'visitor');
  status := case when v_role is null then 'no-person'
                 when not exists (select from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project) then 'no-project'
                 when p_person = e.person_id then 'own'
                 when v_role = 'owner' then 'owner'
                 when evenhand.is_removed(e.organization_id, p_project, p_person) then 'removed'
                 else 'ok' end;
  if status <> 'ok' then return; end if;
  lacks := evenhand.evidence_lacks(e.organization_id, p_project, p_person, p_kinds, p_subjects, p_versions);
  if lacks is not null then status := 'evidence'; return; end if;
  perform evenhand.ruling_write(e.organization_id, e.person_id, e.commitment, e.vendor_id, p_ruling, p_project, 'removal', p_person, p_reason,
                                null, null, null, null, 0::smallint, p_chunk_key, p_sealed, p_kinds, p_subjects, p_versions, p_signals, p_counts, p_out_of,
                                p_now);
  perform evenhand.project_eligible(e.organization_id, p_project, p_person);
  perform from evenhand.assignment a
    where a.organization_id = e.organization_id
      and a.task_id in (select x.task_id from evenhand.assignment x
                          join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id
                         where x.organization_id = e.organization_id and x.person_id = p_person and x.state in (1, 5) and k.project_id = p_project)
    order by a.task_id, a.person_id for update of a;               -- everybody's, as sweepers do before the slots
  perform pg_advisory_xact_lock_shared(7003, k.queue_no) from evenhand.queue k
    where k.organization_id = e.organization_id and k.project_id = p_project order by k.queue_no;
  v_rework := array(select a.task_id from evenhand.assignment a
                      join evenhand.queue k on k.organization_id = a.organization_id and k.queue_id = a.queue_id
                     where a.organization_id = e.organization_id and a.person_id = p_person and a.state in (1, 5) and a.is_rework
                       and k.project_id = p_project order by a.task_id);
  with gone as (
    update evenhand.assignment a set state = case when a.revision > 1 then 2 else 4 end, revision = greatest(a.revision - 1, 1)
      from evenhand.queue k
     where a.organization_id = e.organization_id and a.person_id = p_person and a.state in (1, 5)
       and k.organization_id = a.organization_id and k.queue_id = a.queue_id and k.project_id = p_project
    returning a.task_id, a.state, a.rank, a.wanted, k.queue_id, k.queue_no),
  told as (
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
    select e.organization_id, p_now, 21, e.commitment, e.vendor_id, g.task_id, p_person, 'manage', 'removed' from gone g)
  select count(evenhand.slot_put(e.organization_id, g.queue_id, g.queue_no, g.rank, g.task_id, 1::smallint, g.wanted)) into lacks
    from gone g where g.rank is not null and g.state = 4;
  lacks := null;
  perform evenhand.rework_over(e.organization_id, u, p_person, true, p_now) from unnest(v_rework) u;
end $$;
alter function person_remove owner to evenhand_work;

-- What somebody may in the queues of one project, computed anew. Internal.
create function project_eligible(p_organization uuid, p_project uuid, p_person uuid) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.queue_member m set eligible_until = evenhand.eligible_until(p_organization, m.queue_id, p_person)
    from evenhand.queue k
   where m.organization_id = p_organization and m.person_id = p_person
     and k.organization_id = m.organization_id and k.queue_id = m.queue_id and k.project_id = p_project;
end $$;
alter function project_eligible owner to evenhand_work;

-- A ruling stands no more: a person is back, or an answer counts again. What was asked for instead is called off unless somebody took it up.
-- Internal.
create function ruling_undo(p_organization uuid, p_ruling uuid, p_now timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare r record; t record; c record; v_place text;
begin
  update evenhand.ruling x set overturned_at = p_now
   where x.organization_id = p_organization and x.ruling_id = p_ruling and x.overturned_at is null returning x.* into r;
  if not found then return false; end if;
  if r.kind = 'removal' then
    perform evenhand.project_eligible(p_organization, r.project_id, r.person_id);
    return true;
  end if;
  select x.task_no, x.priority into t from evenhand.task x where x.organization_id = p_organization and x.task_id = r.task_id;
  if not found then return true; end if;
  perform from evenhand.assignment x where x.organization_id = p_organization and x.task_id = r.task_id order by x.person_id for update;
  insert into evenhand.vote (organization_id, project_id, question_no, task_no, annotator_no, code)
  select p_organization, r.project_id, u.question_no, t.task_no, n.annotator_no, u.code
    from evenhand.annotation n, unnest(r.question_nos, r.codes) as u(question_no, code)
   where n.organization_id = p_organization and n.annotation_id = r.annotation_id
  on conflict do nothing;
  if r.opinions = 0 then return true; end if;
  select k.queue_id, x.got, x.wanted into c
    from evenhand.consensus x join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id and k.stage = 1
   where x.organization_id = p_organization and x.task_id = r.task_id for update of x;
  select x.place into v_place from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = r.task_id for update;
  update evenhand.slot k set free = k.free - 1
   where k.organization_id = p_organization and k.queue_id = c.queue_id and k.rank = evenhand.rank_of(t.priority, 1, t.task_no) and k.free > 1;
  if not found then
    delete from evenhand.slot k
     where k.organization_id = p_organization and k.queue_id = c.queue_id and k.rank = evenhand.rank_of(t.priority, 1, t.task_no);
    if not found then return true; end if;
  end if;
  update evenhand.consensus x set wanted = x.wanted - 1, version = x.version + 1
   where x.organization_id = p_organization and x.task_id = r.task_id and x.queue_id = c.queue_id;
  if c.got >= c.wanted - 1 then
    if v_place = 'label' then
      perform evenhand.stage_reached(p_organization, r.project_id, r.task_id, p_now);
    elsif v_place is null then
      insert into evenhand.outbox (organization_id, project_id, kind, task_id, from_place, to_place, at)
      values (p_organization, r.project_id, 18, r.task_id, 'label', 'done', p_now);
    end if;
  end if;
  return true;
end $$;
alter function ruling_undo owner to evenhand_work;

-- A verdict was wrong: where it is still what stands, the answer counts as if it had been accepted. Internal.
create function verdict_undo(p_organization uuid, p_verdict uuid, p_by uuid, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v record; s record; v_state smallint;
begin
  select x.* into v from evenhand.verdict x where x.organization_id = p_organization and x.verdict_id = p_verdict;
  perform from evenhand.assignment x where x.organization_id = p_organization and x.task_id = v.task_id order by x.person_id for update;
  select x.place, x.moves into s from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = v.task_id for update;
  if s.moves is distinct from v.no then return; end if;             -- something else was decided since, and stands
  if v.verdict = 'send-back' and s.place = 'rework' then
    update evenhand.assignment x set state = 2, revision = x.revision - 1, is_rework = false
     where x.organization_id = p_organization and x.task_id = v.task_id and x.person_id = v.author_id and x.is_rework and x.state in (1, 5);
    if not found or exists (select from evenhand.assignment x where x.organization_id = p_organization and x.task_id = v.task_id
                               and x.is_rework and x.state in (1, 5)) then return; end if;
  elsif v.verdict <> 'fix' or s.place <> 'done' then
    return;
  end if;
  perform evenhand.stage_move(p_organization, v.project_id, v.task_id, 'done', 'appeal', p_by, 18::smallint, null, null, p_now);
end $$;
alter function verdict_undo owner to evenhand_work;

-- Take a ruling back unasked. Says 'gone' where it does not stand.
create function ruling_withdraw(p_token_sha256 bytea, p_project uuid, p_ruling uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; r record;
begin
  e := evenhand.judge_enter(p_token_sha256, array['owner', 'manager'], 'task.manage', p_now);
  if e.status <> 'ok' then return e.status; end if;
  select x.kind, x.person_id, coalesce(x.task_id, x.project_id) as object_id, coalesce(x.annotation_id, x.person_id) as subject_id into r
    from evenhand.ruling x where x.organization_id = e.organization_id and x.ruling_id = p_ruling and x.project_id = p_project;
  if not found then return 'no-ruling'; end if;
  if r.person_id = e.person_id then return 'own'; end if;
  if not evenhand.ruling_undo(e.organization_id, p_ruling, p_now) then return 'gone'; end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
  values (e.organization_id, p_now, 29, e.commitment, e.vendor_id, r.object_id, r.subject_id, 'manage', 'withdrawn:' || r.kind);
  return 'ok';
end $$;
alter function ruling_withdraw owner to evenhand_work;

-- Appeal against a decision on one's own work. 'no-decision': there is none such, or it stands no more; 'late'; 'appealed'.
create function appeal_file(p_token_sha256 bytea, p_appeal uuid, p_kind text, p_subject uuid, p_chunk_key uuid, p_sealed bytea,
                            p_within interval, p_answer_within interval, p_now timestamptz, out status text, out due_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; d record;
begin
  e := evenhand.judge_enter(p_token_sha256, array['owner', 'manager', 'reviewer', 'annotator'], 'task.label', p_now);
  status := e.status;
  if status <> 'ok' then return; end if;
  select a.due_at into due_at from evenhand.appeal a where a.organization_id = e.organization_id and a.appeal_id = p_appeal;
  if found then return; end if;
  if p_kind = 'verdict' then
    select v.project_id, v.task_id, v.reviewer_id as decided_by, v.at into d from evenhand.verdict v
     where v.organization_id = e.organization_id and v.verdict_id = p_subject and v.author_id = e.person_id and v.verdict in ('fix', 'send-back');
  else
    select r.project_id, r.task_id, r.decided_by, r.at into d from evenhand.ruling r
     where r.organization_id = e.organization_id and r.ruling_id = p_subject and r.person_id = e.person_id and r.kind = p_kind
       and r.overturned_at is null;
  end if;
  status := case when d.decided_by is null then 'no-decision'
                 when exists (select from evenhand.appeal a where a.organization_id = e.organization_id and a.subject_id = p_subject) then 'appealed'
                 when d.at + p_within <= p_now then 'late'
                 else 'ok' end;
  if status <> 'ok' then return; end if;
  due_at := p_now + p_answer_within;
  insert into evenhand.appeal (organization_id, appeal_id, project_id, kind, subject_id, task_id, person_id, decided_by, chunk_key_id, sealed,
                               filed_at, due_at)
  values (e.organization_id, p_appeal, d.project_id, p_kind, p_subject, d.task_id, e.person_id, d.decided_by, p_chunk_key, p_sealed, p_now,
          appeal_file.due_at);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
  values (e.organization_id, p_now, 30, e.commitment, e.vendor_id, coalesce(d.task_id, d.project_id), p_appeal, 'label', 'filed:' || p_kind);
  perform evenhand.members_tell(e.organization_id, array(select m.person_id from evenhand.membership m
                                                          where m.organization_id = e.organization_id and m.state = 'active'
                                                            and m.role in ('owner', 'manager')
                                                            and m.person_id not in (d.decided_by, e.person_id)),
                                'appeal.filed', d.project_id, p_appeal, p_now);
end $$;
alter function appeal_file owner to evenhand_work;

-- Answer an appeal: the decision is upheld, or overturned and undone. 'same-person': whoever decided, or appeals, does not answer. The row
-- is locked, so that of two who answer at once the second meets the answer of the first.
create function appeal_answer(p_token_sha256 bytea, p_appeal uuid, p_outcome text, p_reason text, p_chunk_key uuid, p_sealed bytea,
                              p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; a record;
begin
  e := evenhand.judge_enter(p_token_sha256, array['owner', 'manager'], 'task.manage', p_now);
  if e.status <> 'ok' then return e.status; end if;
  select x.* into a from evenhand.appeal x where x.organization_id = e.organization_id and x.appeal_id = p_appeal for update;
  if not found then return 'no-appeal'; end if;
  if e.person_id in (a.decided_by, a.person_id) then return 'same-person'; end if;
  if a.answered_at is not null then
    return case when a.judge_id = e.person_id and a.outcome = p_outcome and a.reason = p_reason then 'ok' else 'answered' end;
  end if;
  update evenhand.appeal x
     set judge_id = e.person_id, outcome = p_outcome, reason = p_reason, answer = p_sealed,
         answer_key_id = case when p_sealed is not null then p_chunk_key end, answered_at = p_now
   where x.organization_id = e.organization_id and x.appeal_id = p_appeal;
  if p_outcome = 'overturned' then
    if a.kind = 'verdict' then perform evenhand.verdict_undo(e.organization_id, a.subject_id, e.person_id, p_now);
    else perform evenhand.ruling_undo(e.organization_id, a.subject_id, p_now); end if;
  end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
  values (e.organization_id, p_now, 30, e.commitment, e.vendor_id, coalesce(a.task_id, a.project_id), p_appeal, 'manage',
          p_outcome || ':' || p_reason);
  perform evenhand.members_tell(e.organization_id, array[a.person_id, a.decided_by], 'appeal.decided', a.project_id, p_appeal, p_now);
  return 'ok';
end $$;
alter function appeal_answer owner to evenhand_work;

revoke execute on function offer_set, judge_enter, is_removed, evidence_lacks, ruling_write, answer_replace, answer_reject, person_remove,
       project_eligible, ruling_undo, verdict_undo, ruling_withdraw, appeal_file, appeal_answer from public;
grant execute on function is_removed to evenhand_app, evenhand_work, evenhand_sweep;
grant execute on function judge_enter, evidence_lacks, ruling_write, answer_replace, project_eligible, ruling_undo, verdict_undo to evenhand_work;
grant execute on function offer_set, answer_reject, person_remove, ruling_withdraw, appeal_file, appeal_answer to evenhand_app;
