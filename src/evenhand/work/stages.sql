-- work: how a task goes from one stage to the next. The queue's own verbs, and the order of locks, are in `functions.sql`; here the row
-- of `task_stage` comes between consensus and the birth gate:
--   1 gate   2 person   3 assignment (several of one task in the order of people)   4 consensus, then task_stage   5 birth gate   6 slot
-- docs/decisions/0017-how-a-task-travels-its-stages.md says what is decided where.

-- The rank at which a task stands in a queue. Pass 1: an opinion asked for afterwards, above everybody's watermark.
create function rank_of(p_priority smallint, p_pass int, p_task_no bigint) returns bigint language sql immutable
set search_path = pg_catalog as $$ select ((255 - p_priority)::bigint << 51) + (p_pass::bigint << 47) + p_task_no $$;
alter function rank_of owner to evenhand_work;

-- Put a task up for review or adjudication. Internal: the caller has its assignments locked. Whoever did that before may do it again.
create function stage_slot(p_organization uuid, p_project uuid, p_task uuid, p_place text) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.assignment a set state = 3 from evenhand.queue k
   where a.organization_id = p_organization and a.task_id = p_task and a.state in (2, 4)
     and k.organization_id = p_organization and k.queue_id = a.queue_id and k.stage in (2, 3);
  perform evenhand.slot_put(p_organization, k.queue_id, k.queue_no, evenhand.rank_of(t.priority, 0, t.task_no), p_task, 1::smallint, 1::smallint)
     from evenhand.queue k, evenhand.task t
    where k.organization_id = p_organization and k.project_id = p_project and k.stage = case p_place when 'review' then 2 else 3 end
      and t.organization_id = p_organization and t.task_id = p_task;
end $$;
alter function stage_slot owner to evenhand_work;

-- Take a task's open places out of every queue of its project but that of audits, which are of what stood once. p_rank: that of pass 0. Internal.
create function slots_drop(p_organization uuid, p_project uuid, p_rank bigint)
returns table (queue_id uuid, queue_no int, stage smallint, pass int, free smallint, wanted smallint)
language sql set search_path = pg_catalog, evenhand, pg_temp as $$
  delete from evenhand.slot s using evenhand.queue k
   where k.organization_id = p_organization and k.project_id = p_project and k.stage <> 5
     and s.organization_id = p_organization and s.queue_id = k.queue_id and s.rank in (p_rank, p_rank + (1::bigint << 47))
  returning s.queue_id, k.queue_no, k.stage, case s.rank when p_rank then 0 else 1 end, s.free, s.wanted $$;
alter function slots_drop owner to evenhand_work;

-- Move a task to another place, tell of it, and keep why. Internal: the caller has its assignments and its row of task_stage locked.
-- Returns the number of the decision.
create function stage_move(p_organization uuid, p_project uuid, p_task uuid, p_to text, p_by text, p_person uuid, p_kind smallint,
                           p_subject uuid, p_resolved uuid, p_now timestamptz) returns int
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare s record;
begin
  select x.place, x.moves into s from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = p_task;
  update evenhand.task_stage x
     set place = p_to, is_undecided = false, moves = x.moves + 1, since = p_now, resolved_id = p_resolved,
         rounds = x.rounds + case when p_to = 'rework' and x.place = 'review' then 1 else 0 end,
         back_to = case when p_to = 'rework' then x.place end
   where x.organization_id = p_organization and x.task_id = p_task;
  insert into evenhand.decision (organization_id, task_id, no, project_id, at, by, person_id, from_place, to_place, resolved_id)
  values (p_organization, p_task, s.moves + 1, p_project, p_now, p_by, p_person, s.place, p_to, p_resolved);
  if p_to in ('review', 'adjudicate') then
    perform evenhand.stage_slot(p_organization, p_project, p_task, p_to);
  end if;
  if p_to = 'label' then
    -- Whoever held it to review or adjudicate it saw the answers: no opinion of theirs would be blind.
    update evenhand.assignment a set state = 4 from evenhand.queue k
     where a.organization_id = p_organization and a.task_id = p_task and a.state = 3
       and k.organization_id = p_organization and k.queue_id = a.queue_id and k.stage in (2, 3);
  end if;
  insert into evenhand.outbox (organization_id, project_id, kind, task_id, subject_id, from_place, to_place, at)
  values (p_organization, p_project, p_kind, p_task, p_subject, s.place, p_to, p_now);
  return s.moves + 1;
end $$;
alter function stage_move owner to evenhand_work;

-- An author answered again what was sent back, or will not (p_given_up: then it is an adjudicator's next, when the others are done). With
-- the last of them the task waits for Decide. Internal: the caller has that assignment locked, and has changed it. The row is locked
-- first: of two authors at once the later one must see that the other is done.
create function rework_over(p_organization uuid, p_task uuid, p_person uuid, p_given_up boolean, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.assignment a set is_rework = false
   where a.organization_id = p_organization and a.task_id = p_task and a.person_id = p_person;
  perform from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = p_task and x.place = 'rework' for update;
  if not found then return; end if;
  update evenhand.task_stage x
     set back_to = case when p_given_up then 'adjudicate' else x.back_to end, since = p_now,
         is_undecided = not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = p_task
                                       and a.is_rework and a.state in (1, 5))
   where x.organization_id = p_organization and x.task_id = p_task;
end $$;
alter function rework_over owner to evenhand_work;

-- A task has the answers that its label stage wanted, and may go on: it waits for Decide. Internal, called under the lock of its consensus.
create function stage_reached(p_organization uuid, p_project uuid, p_task uuid, p_now timestamptz) returns void
language sql set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.task_stage as s (organization_id, task_id, project_id, place, is_undecided, since)
  values (p_organization, p_task, p_project, 'label', true, p_now)
  on conflict on constraint task_stage_pkey do update set is_undecided = true, since = excluded.since where s.place = 'label' $$;
alter function stage_reached owner to evenhand_work;

-- Projects in which something waits for Decide, of every organization: for the worker.
create function projects_undecided() returns table (organization_id uuid, project_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select distinct s.organization_id, s.project_id from evenhand.task_stage s where s.is_undecided $$;
alter function projects_undecided owner to evenhand_sweep;

-- Whether anything does: what the relay asks every tenth of a second.
create function has_undecided() returns boolean
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select exists (select from evenhand.task_stage s where s.is_undecided) $$;
alter function has_undecided owner to evenhand_sweep;

-- What Decide said of a task, once: false when it was decided meanwhile, or is not any more what was read (p_moves, p_got).
-- Whoever had just opened an answer again goes back to the version that was counted.
create function stage_decide(p_project uuid, p_task uuid, p_moves int, p_got smallint, p_to text, p_opinions smallint, p_model text,
                             p_model_version text, p_posterior float8, p_question text, p_review_rate float8, p_adjudicate_below float8,
                             p_opinions_min smallint, p_opinions_max smallint, p_sure float8, p_fit_no int, p_why text, p_answer_nos smallint[], p_answer_codes float8[],
                             p_estimate_nos smallint[], p_estimates float8[], p_estimate_lows float8[], p_estimate_highs float8[],
                             p_estimate_models text[], p_estimate_versions text[],
                             p_question_nos smallint[], p_annotator_nos int[], p_codes float8[], p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; c record; t record; v_no int;
begin
  perform from evenhand.assignment a where a.organization_id = v_organization and a.task_id = p_task order by a.person_id for update;
  select k.queue_id, k.queue_no, x.got, x.wanted into c
    from evenhand.consensus x join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id and k.stage = 1
   where x.organization_id = v_organization and x.task_id = p_task for update of x;
  if not found or c.got <> p_got then return false; end if;
  perform from evenhand.task_stage s
    where s.organization_id = v_organization and s.task_id = p_task and s.project_id = p_project and s.is_undecided and s.moves = p_moves
      for update;
  if not found then return false; end if;
  select x.priority, x.task_no into t from evenhand.task x
   where x.organization_id = v_organization and x.task_id = p_task and x.trashed_at is null;
  if not found then return false; end if;
  with back as (
    update evenhand.assignment a set state = 2, revision = a.revision - 1
     where a.organization_id = v_organization and a.task_id = p_task and a.queue_id = c.queue_id and a.state = 1 and a.revision > 1
       and not a.is_rework
    returning a.person_id)
  insert into evenhand.ledger_inbox (organization_id, at, action, object_id, subject_id, purpose, rule)
  select v_organization, p_now, 21, p_task, b.person_id, 'manage', 'stage' from back b;
  v_no := evenhand.stage_move(v_organization, p_project, p_task, p_to, 'decide', null, 14::smallint, null, null, p_now);
  update evenhand.decision d
     set opinions = p_opinions, model = p_model, model_version = p_model_version, posterior = p_posterior, question = p_question,
         review_rate = p_review_rate, adjudicate_below = p_adjudicate_below, opinions_min = p_opinions_min, opinions_max = p_opinions_max, sure = p_sure,
         fit_no = p_fit_no, why = p_why, answer_nos = p_answer_nos, answer_codes = p_answer_codes, estimate_nos = p_estimate_nos,
         estimates = p_estimates, estimate_lows = p_estimate_lows, estimate_highs = p_estimate_highs, estimate_models = p_estimate_models,
         estimate_versions = p_estimate_versions, question_nos = p_question_nos,
         annotator_nos = p_annotator_nos, codes = p_codes
   where d.organization_id = v_organization and d.task_id = p_task and d.no = v_no;
  if p_to = 'label' then
    update evenhand.consensus x set wanted = x.wanted + p_opinions, version = x.version + 1
     where x.organization_id = v_organization and x.task_id = p_task and x.queue_id = c.queue_id;
    perform evenhand.slot_put(v_organization, c.queue_id, c.queue_no, evenhand.rank_of(t.priority, 1, t.task_no), p_task, p_opinions,
                              (c.wanted + p_opinions)::smallint);
  end if;
  return true;
end $$;
alter function stage_decide owner to evenhand_work;
grant update on decision to evenhand_work;

-- What a reviewer or an adjudicator decided of a task that they hold; and their next one, in the same round trip, when p_next.
-- p_action: accept, fix, send-back; or, adjudicating, decide, send-back, more. p_annotations: all that stand, each with its verdict.
-- p_remarks: the ids of the notes, null where there is none. p_annotation: the answer that stands from here on, of fix and decide, and
-- p_question_nos and p_codes what of it is closed, as numbers.
-- Safe to repeat with the same key.
create function stage_submit(p_token_sha256 bytea, p_project uuid, p_task uuid, p_stage smallint, p_key uuid, p_action text,
                             p_annotations uuid[], p_verdicts text[], p_reasons text[], p_ids uuid[], p_remarks uuid[], p_notes bytea[],
                             p_chunk_key uuid, p_annotation uuid, p_sealed bytea, p_digest bytea, p_ontology int, p_opinions smallint,
                             p_question_nos smallint[], p_codes float8[], p_rounds_max smallint, p_active_ms int, p_next boolean, p_held uuid[],
                             p_now timestamptz,
                             out status text, out outcome text, out organization_id uuid, out person_id uuid, out annotation_id uuid,
                             out next_status text, out task_id uuid, out task_version int, out chunk_key_id uuid, out sealed bytea,
                             out draft bytea, out draft_at timestamptz, out lease_until timestamptz, out claimed_at timestamptz,
                             out next_revision smallint, out ontology_version int, out guideline_version int, out batch_id uuid,
                             out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare
  e record; a record; s record; c record; t record; d record; x record; v_annotations uuid[]; v_to text; v_no int; v_purpose text; v_version smallint;
  v_place text := case p_stage when 2 then 'review' else 'adjudicate' end;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  if e.role not in ('owner', 'manager', 'reviewer') or (e.scopes is not null and not 'task.review' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  organization_id := e.organization_id; person_id := e.person_id;
  v_purpose := v_place;
  perform from evenhand.assignment y where y.organization_id = e.organization_id and y.task_id = p_task order by y.person_id for update;
  select y.state, y.answer_key, y.lease_until, y.queue_id, y.rank is null as is_known, y.claimed_at, y.offer_no, k.stage,
         least(k.guideline_version, m.consented_version) as guideline_version into a
    from evenhand.assignment y
    left join evenhand.queue_member m on m.organization_id = y.organization_id and m.queue_id = y.queue_id and m.person_id = y.person_id
    join evenhand.queue k on k.organization_id = y.organization_id and k.queue_id = y.queue_id and k.project_id = p_project
   where y.organization_id = e.organization_id and y.task_id = p_task and y.person_id = e.person_id and k.stage = p_stage;
  if not found or a.state in (5, 6, 7) then status := 'not-yours'; return; end if;
  if a.answer_key = p_key then
    status := 'repeated';
    select w.to_place, w.resolved_id into outcome, annotation_id from evenhand.verdict v
      join evenhand.decision w on w.organization_id = v.organization_id and w.task_id = v.task_id and w.no = v.no
     where v.organization_id = e.organization_id and v.verdict_id = p_ids[1];
    if a.is_known then
      select v.outcome, v.resolved_id into outcome, annotation_id from evenhand.known_verdict v
       where v.organization_id = e.organization_id and v.verdict_id = p_ids[1];
    end if;
    outcome := coalesce(outcome, case p_action when 'more' then 'label' end);
  elsif a.state = 2 then status := 'already-answered'; return;
  elsif a.state = 4 then status := 'revoked'; return;
  elsif a.state = 3 or a.lease_until <= p_now then status := 'lease-expired'; return;
  else
    if a.is_known then v_annotations := evenhand.known_answers(e.organization_id, p_task, a.claimed_at);
    else select array_agg(n.annotation_id order by n.annotation_id) into v_annotations from (
      select distinct on (y.person_id) y.annotation_id from evenhand.annotation y
       where y.organization_id = e.organization_id and y.task_id = p_task and y.stage = 1
         and not exists (select from evenhand.ruling r where r.organization_id = y.organization_id and r.task_id = y.task_id
                            and r.person_id = y.person_id and r.kind = 'rejection' and r.overturned_at is null)
       order by y.person_id, y.version desc) n;
    end if;
    if p_action <> 'more' and v_annotations is distinct from (select array_agg(u order by u) from unnest(p_annotations) u) then
      status := 'changed'; return;
    end if;
    select k.queue_id, k.queue_no, y.wanted into c
      from evenhand.consensus y join evenhand.queue k on k.organization_id = y.organization_id and k.queue_id = y.queue_id and k.stage = 1
     where y.organization_id = e.organization_id and y.task_id = p_task for update of y;
    select y.rounds, y.place into s from evenhand.task_stage y where y.organization_id = e.organization_id and y.task_id = p_task for update;
    if not a.is_known and (not found or s.place <> v_place) then status := 'not-yours'; return; end if;
    if p_action = 'more' and c.wanted + p_opinions > 99 then status := 'enough'; return; end if;
    select y.task_no, y.priority into t from evenhand.task y where y.organization_id = e.organization_id and y.task_id = p_task;

    v_to := case p_action when 'send-back' then 'rework' when 'more' then 'label' else 'done' end;
    if p_action = 'send-back' and exists (
      select from unnest(p_annotations, p_verdicts) as u(id, verdict)
        join evenhand.annotation n on n.organization_id = e.organization_id and n.annotation_id = u.id
       where u.verdict = 'send-back' and not evenhand.may_rework(e.organization_id, p_project, n.person_id, p_now)) then
      if p_stage = 3 then status := 'author-gone'; return; end if;
      v_to := 'adjudicate';
    elsif p_action = 'send-back' and p_stage = 2 and s.rounds + 1 >= p_rounds_max then
      v_to := 'adjudicate';
    end if;

    update evenhand.assignment y set state = 2, answer_key = p_key
     where y.organization_id = e.organization_id and y.task_id = p_task and y.person_id = e.person_id;
    if p_annotation is not null then
      select coalesce(max(n.version), 0) + 1 into v_version from evenhand.annotation n
       where n.organization_id = e.organization_id and n.task_id = p_task and n.person_id = e.person_id;
      insert into evenhand.annotation (organization_id, task_id, person_id, version, annotation_id, project_id, stage, annotator_no,
                                       ontology_version, guideline_version, chunk_key_id, submitted_at, active_ms, elapsed_ms, sealed)
      values (e.organization_id, p_task, e.person_id, v_version, p_annotation, p_project, p_stage, e.annotator_no, p_ontology,
              a.guideline_version, p_chunk_key, p_now, 0, 0, p_sealed);
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                         object_digest, purpose)
      values (e.organization_id, p_now, 3, e.commitment, e.vendor_id, p_task, p_annotation, p_digest, v_purpose);
      annotation_id := p_annotation;
      if not a.is_known then
        insert into evenhand.verdict_code (organization_id, annotation_id, task_id, project_id, question_no, code)
        select e.organization_id, p_annotation, p_task, p_project, u.question_no, u.code from unnest(p_question_nos, p_codes) as u(question_no, code);
      end if;
    end if;
    insert into evenhand.remark (organization_id, remark_id, task_id, project_id, person_id, kind, chunk_key_id, sealed, at)
    select e.organization_id, u.id, p_task, p_project, e.person_id, 'verdict', p_chunk_key, u.sealed, p_now
      from (select distinct on (w.id) w.id, w.sealed from unnest(p_remarks, p_notes) as w(id, sealed) where w.id is not null) u;
    if a.is_known then
      perform evenhand.known_judged(e.organization_id, p_project, p_task, e.person_id, v_to, p_annotations, p_verdicts, p_reasons, p_ids,
                                    p_remarks, p_annotation, p_now);
    else
      v_no := evenhand.stage_move(e.organization_id, p_project, p_task, v_to, case p_stage when 2 then 'review' else 'adjudication' end,
                                  e.person_id,
                                  case when v_to = 'rework' or p_action = 'send-back' then 17 when p_stage = 3 then 16 else 15 end::smallint,
                                  p_annotation, p_annotation, p_now);
      insert into evenhand.verdict (organization_id, verdict_id, task_id, project_id, annotation_id, author_id, reviewer_id, stage, no,
                                    verdict, reason, remark_id, resolved_id, at)
      select e.organization_id, u.id, p_task, p_project, u.annotation, n.person_id, e.person_id, p_stage, v_no, u.verdict, u.reason, u.remark,
             p_annotation, p_now
        from unnest(p_ids, p_annotations, p_verdicts, p_reasons, p_remarks) as u(id, annotation, verdict, reason, remark)
        join evenhand.annotation n on n.organization_id = e.organization_id and n.annotation_id = u.annotation;
    end if;
    insert into evenhand.owed_verdict (organization_id, task_id, person_id, no, project_id, stage, offer_no, active_ms, at)
    values (e.organization_id, p_task, e.person_id, coalesce(v_no, 0), p_project, p_stage, a.offer_no, p_active_ms, p_now);
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                       purpose, rule)
    select e.organization_id, p_now, 28, e.commitment, e.vendor_id, p_task, u.annotation, v_purpose, concat_ws(':', u.verdict, u.reason)
      from unnest(p_annotations, p_verdicts, p_reasons) as u(annotation, verdict, reason);
    if a.is_known then null;                                         -- it goes nowhere, and nobody is told
    elsif p_action = 'more' then
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule, quantity)
      values (e.organization_id, p_now, 28, e.commitment, e.vendor_id, p_task, v_purpose, 'more', p_opinions);
      update evenhand.decision w set opinions = p_opinions
       where w.organization_id = e.organization_id and w.task_id = p_task and w.no = v_no;
      update evenhand.consensus y set wanted = y.wanted + p_opinions, version = y.version + 1
       where y.organization_id = e.organization_id and y.task_id = p_task and y.queue_id = c.queue_id;
      perform evenhand.slot_put(e.organization_id, c.queue_id, c.queue_no, evenhand.rank_of(t.priority, 1, t.task_no), p_task, p_opinions,
                                (c.wanted + p_opinions)::smallint);
    elsif v_to = 'rework' then
      -- Their next revision, before anything else that they are dealt.
      update evenhand.assignment y
         set state = 5, revision = y.revision + 1, is_rework = true, answer_key = null, claimed_at = p_now, lease_until = 'infinity'
        from unnest(p_annotations, p_verdicts) as u(id, verdict)
        join evenhand.annotation n on n.organization_id = e.organization_id and n.annotation_id = u.id
       where u.verdict = 'send-back' and y.organization_id = e.organization_id and y.task_id = p_task and y.person_id = n.person_id;
    end if;
    -- Authors learn of what came back to them; and of what was decided otherwise, unless the project keeps that sealed.
    if not a.is_known then
      perform evenhand.members_tell(e.organization_id, array_agg(distinct n.person_id),
                                  case v_to when 'rework' then 'answer.sent-back' else 'answer.decided' end, p_project, p_task, p_now)
       from unnest(p_annotations, p_verdicts) as u(id, verdict)
       join evenhand.annotation n on n.organization_id = e.organization_id and n.annotation_id = u.id
      where case when v_to = 'rework' then u.verdict = 'send-back' else u.verdict in ('fix', 'decide') end
        and (v_to = 'rework' or exists (select from evenhand.project p where p.organization_id = e.organization_id
                                           and p.project_id = p_project and p.feedback = 'shown'))
     having count(*) > 0;
    end if;
    outcome := v_to;
    status := 'ok';
  end if;

  if p_next then
    d := evenhand.claim_next(e.organization_id, e.person_id, e.role, e.commitment, e.vendor_id, p_project, p_stage, p_held, false, p_now);
    next_status := d.status; task_id := d.task_id; task_version := d.task_version; chunk_key_id := d.chunk_key_id;
    sealed := d.sealed; draft := d.draft; draft_at := d.draft_at; lease_until := d.lease_until; claimed_at := d.claimed_at;
    next_revision := d.revision;
    ontology_version := d.ontology_version; guideline_version := d.guideline_version; batch_id := d.batch_id;
    grant_xid := d.grant_xid; grant_id := d.grant_id; suggestions_hidden := d.suggestions_hidden;
  end if;
end $$;
alter function stage_submit owner to evenhand_work;

-- Whether what was sent back can be reserved for its author: still here, in a role that labels, and kept away by no wall.
create function may_rework(p_organization uuid, p_project uuid, p_person uuid, p_now timestamptz) returns boolean
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select exists (select from evenhand.membership m
                  where m.organization_id = p_organization and m.person_id = p_person and m.state = 'active'
                    and m.role not in ('auditor', 'visitor'))
     and not evenhand.is_removed(p_organization, p_project, p_person)
     and evenhand.wall_rule(p_person, p_organization, p_now) is null $$;
alter function may_rework owner to evenhand_work;

-- Queue tasks again: for more opinions (p_stage 1), for review (2) or adjudication (3). What is still being labeled, or is in rework, stays
-- as it is, and so does gold. At most 500 tasks a call; returns which of them changed. Under the exclusive gate: it takes holds back.
create function tasks_requeue(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_stage smallint, p_opinions smallint, p_now timestamptz,
                              out status text, out changed uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare
  e record; q record; t record; v_locked boolean; v_no int;
  v_to text := (array['label', 'review', 'adjudicate'])[p_stage];
begin
  changed := '{}';
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select k.queue_id, k.queue_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  perform from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = any (p_tasks)
    order by a.task_id, a.person_id for update;
  perform from evenhand.consensus c where c.organization_id = e.organization_id and c.task_id = any (p_tasks) order by c.task_id for update;
  insert into evenhand.task_stage (organization_id, task_id, project_id, place, since)
  select e.organization_id, x.task_id, p_project, 'done', p_now from evenhand.task x
    join evenhand.consensus c on c.organization_id = x.organization_id and c.task_id = x.task_id and c.queue_id = q.queue_id and c.is_done
   where x.organization_id = e.organization_id and x.project_id = p_project and x.task_id = any (p_tasks) and x.trashed_at is null
   order by x.task_id
  on conflict do nothing;
  perform from evenhand.task_stage s where s.organization_id = e.organization_id and s.task_id = any (p_tasks) order by s.task_id for update;
  perform pg_advisory_xact_lock_shared(7003, k.queue_no) from evenhand.queue k
    where k.organization_id = e.organization_id and k.project_id = p_project order by k.queue_no;
  for t in select x.task_id, x.task_no, x.priority, s.place, c.wanted from evenhand.task x
             join evenhand.task_stage s on s.organization_id = x.organization_id and s.task_id = x.task_id
             join evenhand.consensus c on c.organization_id = x.organization_id and c.task_id = x.task_id and c.queue_id = q.queue_id
            where x.organization_id = e.organization_id and x.project_id = p_project and x.task_id = any (p_tasks) and x.trashed_at is null
              and s.place in ('review', 'adjudicate', 'done') and s.place <> v_to and (p_stage > 1 or c.wanted + p_opinions <= 99)
            order by x.task_no loop
    with gone as (
      update evenhand.assignment a set state = case when a.revision > 1 then 2 else 4 end, revision = greatest(a.revision - 1, 1)
       where a.organization_id = e.organization_id and a.task_id = t.task_id and a.state in (1, 5)
      returning a.person_id)
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
    select e.organization_id, p_now, 21, e.commitment, e.vendor_id, t.task_id, g.person_id, 'manage', 'requeue' from gone g;
    perform from evenhand.slots_drop(e.organization_id, p_project, evenhand.rank_of(t.priority, 0, t.task_no));
    v_no := evenhand.stage_move(e.organization_id, p_project, t.task_id, v_to, 'requeue', e.person_id, 18::smallint, null, null, p_now);
    if p_stage = 1 then
      update evenhand.decision d set opinions = p_opinions
       where d.organization_id = e.organization_id and d.task_id = t.task_id and d.no = v_no;
      update evenhand.consensus c set wanted = c.wanted + p_opinions, version = c.version + 1
       where c.organization_id = e.organization_id and c.task_id = t.task_id and c.queue_id = q.queue_id;
      perform evenhand.slot_put(e.organization_id, q.queue_id, q.queue_no, evenhand.rank_of(t.priority, 1, t.task_no), t.task_id, p_opinions,
                                (t.wanted + p_opinions)::smallint);
    end if;
    changed := changed || t.task_id;
  end loop;
  if changed <> '{}' then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
    values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, changed, 'manage', cardinality(changed), 'requeue:' || v_to);
  end if;
  status := 'ok';
end $$;
alter function tasks_requeue owner to evenhand_work;

-- Take a requeue of tasks back while nobody has taken them up since: they are where they were, want what they wanted, and what stood for
-- those that were done stands again. At most 500 tasks a call; returns which of them. Under the exclusive gate, as what it takes back was.
create function tasks_unqueue(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_now timestamptz, out status text, out changed uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record; t record; v_locked boolean; v_no int;
begin
  changed := '{}';
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select k.queue_id, k.queue_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  perform from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = any (p_tasks)
    order by a.task_id, a.person_id for update;
  perform from evenhand.consensus c where c.organization_id = e.organization_id and c.task_id = any (p_tasks) order by c.task_id for update;
  perform from evenhand.task_stage s where s.organization_id = e.organization_id and s.task_id = any (p_tasks) order by s.task_id for update;
  perform pg_advisory_xact_lock_shared(7003, k.queue_no) from evenhand.queue k
    where k.organization_id = e.organization_id and k.project_id = p_project order by k.queue_no;
  for t in select x.task_id, x.task_no, x.priority, d.from_place, d.to_place, d.opinions,
                  (select r.resolved_id from evenhand.decision r
                    where r.organization_id = d.organization_id and r.task_id = d.task_id and r.no = d.no - 1) as resolved_id
             from evenhand.task x
             join evenhand.task_stage s on s.organization_id = x.organization_id and s.task_id = x.task_id and not s.is_undecided
             join evenhand.decision d on d.organization_id = s.organization_id and d.task_id = s.task_id and d.no = s.moves
                                     and d.by = 'requeue'
            where x.organization_id = e.organization_id and x.project_id = p_project and x.task_id = any (p_tasks) and x.trashed_at is null
              and not exists (select from evenhand.assignment a where a.organization_id = x.organization_id and a.task_id = x.task_id
                                 and (a.state in (1, 5) or a.claimed_at >= d.at))
            order by x.task_no loop
    perform from evenhand.slots_drop(e.organization_id, p_project, evenhand.rank_of(t.priority, 0, t.task_no));
    if t.to_place = 'label' then
      update evenhand.consensus c set wanted = c.wanted - t.opinions, version = c.version + 1
       where c.organization_id = e.organization_id and c.task_id = t.task_id and c.queue_id = q.queue_id;
    end if;
    v_no := evenhand.stage_move(e.organization_id, p_project, t.task_id, t.from_place, 'undo', e.person_id, 18::smallint, null,
                                case t.from_place when 'done' then t.resolved_id end, p_now);
    changed := changed || t.task_id;
  end loop;
  if changed <> '{}' then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
    values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, changed, 'manage', cardinality(changed), 'unqueue');
  end if;
  status := 'ok';
end $$;
alter function tasks_unqueue owner to evenhand_work;

-- Let the tasks of a project go on after the label stage: its later queues, once. What was answered before stays as it is.
create function stages_open(p_project uuid, p_review uuid, p_adjudicate uuid) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  insert into evenhand.queue (organization_id, queue_id, project_id, stage, opinions, lease, ontology_version, guideline_version, is_paused)
  select v_organization, n.queue_id, p_project, n.stage, 1, q.lease, q.ontology_version, q.guideline_version, q.is_paused
    from evenhand.queue q, (values (p_review, 2), (p_adjudicate, 3)) as n(queue_id, stage)
   where q.organization_id = v_organization and q.project_id = p_project and q.stage = 1
  on conflict on constraint queue_of_stage do nothing;
  update evenhand.queue q set is_staged = true
   where q.organization_id = v_organization and q.project_id = p_project and q.stage = 1 and not q.is_staged;
end $$;
alter function stages_open owner to evenhand_work;
grant insert on queue to evenhand_work;
grant execute on function members_tell to evenhand_work;

revoke execute on all functions in schema evenhand from public;
grant execute on function stage_move, stage_slot, slots_drop, rework_over, stage_reached, rank_of, may_rework, slot_put to evenhand_work, evenhand_sweep;
grant execute on function projects_undecided, has_undecided, stage_decide, stage_submit, stages_open, tasks_requeue, tasks_unqueue to evenhand_app;
