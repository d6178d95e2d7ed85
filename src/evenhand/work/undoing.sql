-- work: a verdict that was just sent is taken back by whoever said it, while nothing followed from it. It counts nowhere then: of it remain
-- its move and the one back in the task's history, and its entries in the ledger. Decision 17 says what a move is.

-- A reviewer holds again what they just judged. 'late': that was longer ago than p_within. 'followed': somebody took up what it asked for,
-- or a release, an audit, an appeal or a ruling rests on it. Said again it changes nothing.
create function verdict_take_back(p_token_sha256 bytea, p_project uuid, p_task uuid, p_within interval, p_now timestamptz,
                                  out status text, out place text, out lease_until timestamptz)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; a record; s record; d record; v_rule text; v_epoch int;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  if e.role not in ('owner', 'manager', 'reviewer') or (e.scopes is not null and not 'task.review' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  perform from evenhand.assignment x where x.organization_id = e.organization_id and x.task_id = p_task order by x.person_id for update;
  select x.state, x.lease_until, x.rank is null as is_known, k.lease, k.is_paused, case k.stage when 2 then 'review' else 'adjudicate' end as place
    into a
    from evenhand.assignment x
    join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id and k.project_id = p_project and k.stage in (2, 3)
    join evenhand.task t on t.organization_id = x.organization_id and t.task_id = x.task_id and t.trashed_at is null
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id;
  -- What went on to an adjudicator was let go of: they may take it up there too (`stage_slot`).
  if not found or a.state not in (1, 2, 3) or (a.state = 3 and a.is_known) then status := 'not-yours'; return; end if;
  place := a.place;
  if a.state = 1 then status := 'ok'; lease_until := a.lease_until; return; end if;
  if a.is_paused or evenhand.is_removed(e.organization_id, p_project, e.person_id) then status := 'not-yours'; return; end if;
  v_rule := evenhand.wall_enter(e.person_id, e.organization_id, p_now);
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  if v_rule is not null then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, wall_epoch,
                                       decision, rule)
    values (e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_task, a.place, v_epoch, 'deny', v_rule);
    status := 'walled'; return;
  end if;
  if a.is_known then
    status := evenhand.known_take_back(e.organization_id, p_project, p_task, e.person_id, p_within, p_now);
  else
    perform from evenhand.consensus x where x.organization_id = e.organization_id and x.task_id = p_task order by x.queue_id for update;
    select x.moves into s from evenhand.task_stage x where x.organization_id = e.organization_id and x.task_id = p_task for update;
    select x.no, x.at, x.to_place, x.opinions into d from evenhand.decision x
     where x.organization_id = e.organization_id and x.task_id = p_task and x.no = s.moves and x.person_id = e.person_id
       and x.by = case a.place when 'review' then 'review' else 'adjudication' end;
    status := case when not found and a.state = 3 then 'not-yours'
                   when not found then 'followed'
                   when d.at + p_within <= p_now then 'late'
                   when evenhand.verdict_has_followed(e.organization_id, p_project, p_task, e.person_id, d.no, d.at, d.to_place, d.opinions) then 'followed'
                   else 'ok' end;
    if status = 'ok' then
      perform evenhand.verdict_drop(e.organization_id, p_project, p_task, e.person_id, a.place, d.no, d.at, d.to_place, d.opinions, p_now);
    end if;
  end if;
  if status <> 'ok' then return; end if;
  lease_until := p_now + a.lease;
  -- The key of the verdict stays: sent again because its reply was lost, it is known, and changes nothing.
  update evenhand.assignment x
     set state = 1, lease_until = verdict_take_back.lease_until, wall_epoch = evenhand.wall_pass(e.organization_id, v_epoch, p_now)
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule)
  values (e.organization_id, p_now, 28, e.commitment, e.vendor_id, p_task, a.place, 'undone');
end $$;
alter function verdict_take_back owner to evenhand_work;

-- Whether anything came of a verdict that moved a task. Internal: its assignments are locked, and what was asked of others is from here on.
create function verdict_has_followed(p_organization uuid, p_project uuid, p_task uuid, p_person uuid, p_no int, p_at timestamptz, p_to text,
                                     p_opinions smallint) returns boolean
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_free int := 0; t record; k record; v_frozen timestamptz;
begin
  if p_to in ('label', 'adjudicate') then                           -- whoever takes a slot has it locked: what is free is told after them
    select evenhand.rank_of(x.priority, 0, x.task_no) as planned, evenhand.rank_of(x.priority, 1, x.task_no) as asked into t
      from evenhand.task x where x.organization_id = p_organization and x.task_id = p_task;
    for k in select x.free from evenhand.slot x
               join evenhand.queue q on q.organization_id = x.organization_id and q.queue_id = x.queue_id
              where q.organization_id = p_organization and q.project_id = p_project and q.stage = case p_to when 'label' then 1 else 3 end
                and x.rank in (t.planned, t.asked)
              order by x.rank for update of x loop
      v_free := v_free + k.free;
    end loop;
    if v_free <> (case p_to when 'label' then p_opinions else 1 end) then return true; end if;
  elsif p_to = 'rework' and exists (
    select from evenhand.verdict v
      join evenhand.assignment x on x.organization_id = v.organization_id and x.task_id = v.task_id and x.person_id = v.author_id
     where v.organization_id = p_organization and v.task_id = p_task and v.no = p_no and v.verdict = 'send-back'
       and not (x.is_rework and x.state = 5)) then
    return true;
  end if;
  -- Not waited for: whoever changes the project's row may wait for the gate. A release that is just being asked for counts as one.
  select p.frozen_at into v_frozen from evenhand.project p
   where p.organization_id = p_organization and p.project_id = p_project for share skip locked;
  return not found or v_frozen >= p_at
      or exists (select from evenhand.audit_task x join evenhand.audit u on u.organization_id = x.organization_id and u.audit_id = x.audit_id
                  where x.organization_id = p_organization and x.task_id = p_task and u.asked_at >= p_at)
      or exists (select from evenhand.ruling r where r.organization_id = p_organization and r.task_id = p_task and r.at >= p_at)
      or exists (select from evenhand.verdict v
                   join evenhand.appeal x on x.organization_id = v.organization_id and x.subject_id = v.verdict_id
                  where v.organization_id = p_organization and v.task_id = p_task and v.no = p_no)
      or exists (select from evenhand.verdict v
                   join evenhand.evidence x on x.organization_id = v.organization_id and x.subject_id = v.verdict_id and x.kind = 'verdict'
                  where v.organization_id = p_organization and v.task_id = p_task and v.no = p_no);
end $$;
alter function verdict_has_followed owner to evenhand_work;

-- Undo what a verdict did: its task is where it was, with the same person. Internal: everything is locked, and nothing followed.
create function verdict_drop(p_organization uuid, p_project uuid, p_task uuid, p_person uuid, p_place text, p_no int, p_at timestamptz, p_to text,
                             p_opinions smallint, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_authors uuid[];
begin
  perform from evenhand.task t, evenhand.slots_drop(p_organization, p_project, evenhand.rank_of(t.priority, 0, t.task_no))
    where t.organization_id = p_organization and t.task_id = p_task;
  if p_to = 'label' then
    update evenhand.consensus x set wanted = x.wanted - p_opinions, version = x.version + 1
      from evenhand.queue k
     where x.organization_id = p_organization and x.task_id = p_task
       and k.organization_id = p_organization and k.queue_id = x.queue_id and k.stage = 1;
  end if;
  with gone as (
    delete from evenhand.verdict v where v.organization_id = p_organization and v.task_id = p_task and v.no = p_no
    returning v.author_id, v.verdict)
  select array_agg(distinct g.author_id) into v_authors from gone g;
  delete from evenhand.owed_verdict j where j.organization_id = p_organization and j.task_id = p_task and j.person_id = p_person and j.no = p_no;
  update evenhand.assignment x set state = 2, revision = x.revision - 1, is_rework = false
   where x.organization_id = p_organization and x.task_id = p_task and x.person_id = any (v_authors) and x.is_rework and x.state = 5;
  perform evenhand.members_untell(p_organization, v_authors, u, p_project, p_task, p_at)
     from unnest(array['answer.sent-back', 'answer.decided']) u;
  update evenhand.task_stage x
     set place = p_place, is_undecided = false, moves = x.moves + 1, since = p_now, resolved_id = null, back_to = null,
         rounds = x.rounds - case when p_to = 'rework' and p_place = 'review' then 1 else 0 end
   where x.organization_id = p_organization and x.task_id = p_task;
  insert into evenhand.decision (organization_id, task_id, no, project_id, at, by, person_id, from_place, to_place)
  values (p_organization, p_task, p_no + 1, p_project, p_now, 'undo', p_person, p_to, p_place);
  insert into evenhand.outbox (organization_id, project_id, kind, task_id, from_place, to_place, at)
  values (p_organization, p_project, 18, p_task, p_to, p_place, p_now);
end $$;
alter function verdict_drop owner to evenhand_work;

-- The same of a known task, which is at no stage: the counts go back as they would for work. Internal.
create function known_take_back(p_organization uuid, p_project uuid, p_task uuid, p_person uuid, p_within interval, p_now timestamptz) returns text
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v record;
begin
  select x.outcome, x.at into v from evenhand.known_verdict x
   where x.organization_id = p_organization and x.task_id = p_task and x.reviewer_id = p_person limit 1;
  if not found then return 'followed'; end if;
  if v.at + p_within <= p_now then return 'late'; end if;
  delete from evenhand.known_verdict x where x.organization_id = p_organization and x.task_id = p_task and x.reviewer_id = p_person;
  delete from evenhand.owed_verdict j where j.organization_id = p_organization and j.task_id = p_task and j.person_id = p_person and j.no = 0;
  insert into evenhand.outbox (organization_id, project_id, kind, task_id, from_place, to_place, at)
  values (p_organization, p_project, 22, p_task, v.outcome, 'review', p_now);
  return 'ok';
end $$;
alter function known_take_back owner to evenhand_work;

grant delete on verdict, known_verdict to evenhand_work;
grant update (frozen_at) on project to evenhand_work;
grant execute on function members_untell to evenhand_work;

revoke execute on function verdict_take_back, verdict_has_followed, verdict_drop, known_take_back from public;
grant execute on function verdict_has_followed, verdict_drop, known_take_back to evenhand_work;
grant execute on function verdict_take_back to evenhand_app;
