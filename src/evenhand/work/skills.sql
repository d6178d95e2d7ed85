-- work: skills, the exams that grant them, and the queues that ask for them.

-- What somebody can do, as an organization names it.
create table skill (
  organization_id uuid not null, skill_id uuid not null,
  chunk_key_id uuid not null,
  sealed bytea not null,                                    -- name
  name_hash bytea not null,                                 -- keyed hash: a name is there once
  created_at timestamptz not null,
  primary key (organization_id, skill_id),
  constraint skill_name_is_taken unique (organization_id, name_hash)
);

-- Who has it, and until when. It expires by the clock: nothing needs to be done for it.
create table person_skill (
  organization_id uuid        not null,
  person_id       uuid        not null,
  skill_id        uuid        not null,
  granted_at      timestamptz not null,
  expires_at      timestamptz not null default 'infinity',
  sitting_id      uuid,                                     -- the exam that granted it; null: a manager did
  revoked_at      timestamptz,
  reason          text,                                     -- coded, of a revocation
  primary key (organization_id, person_id, skill_id),
  constraint a_revocation_has_its_reason check ((revoked_at is null) = (reason is null))
);

-- Which skills a queue asks for.
create table queue_skill (
  organization_id uuid not null, queue_id uuid not null, skill_id uuid not null,
  primary key (organization_id, queue_id, skill_id)
);

-- A set of gold tasks, dealt through the exam stage of their project. It has one.
create table exam (
  organization_id uuid        not null,
  exam_id         uuid        not null,
  project_id      uuid        not null,
  queue_id        uuid        not null,
  skill_id        uuid        not null,
  tasks           smallint    not null check (tasks between 1 and 200),      -- how many of the set one sitting deals
  pass_mark       float8      not null check (pass_mark > 0 and pass_mark <= 1),
  basis           text        not null check (basis in ('share', 'lower-bound')),
  needed          smallint    not null,                     -- how many right answers pass: of the three above
  valid_days      int         check (valid_days between 1 and 3650),         -- null: the skill does not expire
  retry_hours     int         not null check (retry_hours between 0 and 8760),
  is_open         boolean     not null default true,
  version         int         not null default 1,
  created_at      timestamptz not null,
  primary key (organization_id, exam_id),
  constraint exam_of_project unique (organization_id, project_id),
  constraint exam_can_be_passed check (needed between 1 and tasks)
);

-- One attempt of one person, with the terms that stood when it began.
create table sitting (
  organization_id uuid        not null,
  sitting_id      uuid        not null,
  exam_id         uuid        not null,
  person_id       uuid        not null,
  tasks           smallint    not null,
  needed          smallint    not null,
  valid_days      int,
  begun_at        timestamptz not null,
  ended_at        timestamptz,
  right_count     smallint,
  is_passed       boolean,
  primary key (organization_id, sitting_id),
  constraint an_ended_sitting_has_its_result check ((ended_at is null) = (is_passed is null) and (ended_at is null) = (right_count is null))
);
create unique index sitting_is_one_at_a_time on sitting (organization_id, exam_id, person_id) where ended_at is null;
create index sitting_of_person on sitting (organization_id, person_id, begun_at);

create table sitting_task (
  organization_id uuid not null, sitting_id uuid not null, task_id uuid not null,
  is_right boolean,                                         -- null: not answered yet
  primary key (organization_id, sitting_id, task_id)
);

do $$
declare t text;
begin
  foreach t in array array['skill', 'person_skill', 'queue_skill', 'exam', 'sitting', 'sitting_task'] loop
    call bind_to_tenant(t);
  end loop;
end $$;
grant select on skill, person_skill, queue_skill, exam, sitting, sitting_task to evenhand_app, evenhand_work;
grant insert on skill to evenhand_app;
grant insert, update on person_skill, exam, sitting, sitting_task to evenhand_work;
grant insert, delete on queue_skill to evenhand_work;
grant insert on queue to evenhand_work;

-- Until when somebody has every skill that a queue asks for. Internal.
create function eligible_until(p_organization uuid, p_queue uuid, p_person uuid) returns timestamptz
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select case when exists (select from evenhand.queue q where q.organization_id = p_organization and q.queue_id = p_queue
                              and evenhand.is_removed(p_organization, q.project_id, p_person)) then '-infinity'
              else coalesce(min(coalesce(case when s.revoked_at is null then s.expires_at end, '-infinity')), 'infinity') end
    from evenhand.queue_skill k
    left join evenhand.person_skill s on s.organization_id = k.organization_id and s.skill_id = k.skill_id and s.person_id = p_person
   where k.organization_id = p_organization and k.queue_id = p_queue $$;
alter function eligible_until owner to evenhand_work;

-- Whoever comes onto a queue, by whichever way, comes with what they may do. Rare: once a person and queue.
create function member_is_eligible() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  new.eligible_until := evenhand.eligible_until(new.organization_id, new.queue_id, new.person_id);
  return new;
end $$;
alter function member_is_eligible owner to evenhand_work;
create trigger member_is_eligible before insert on queue_member for each row execute function member_is_eligible();

-- A person's skills changed: every queue that asks for any knows. Internal; under the person's lock, or the exclusive gate.
create function skills_changed(p_organization uuid, p_person uuid) returns void
language sql set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.queue_member m set eligible_until = evenhand.eligible_until(p_organization, m.queue_id, p_person)
   where m.organization_id = p_organization and m.person_id = p_person
     and exists (select from evenhand.queue_skill k where k.organization_id = p_organization and k.queue_id = m.queue_id) $$;
alter function skills_changed owner to evenhand_work;

-- Who manages people and projects. Internal. Under the exclusive gate: it may take permission away.
create function manager_enter(p_token_sha256 bytea, p_scope text, p_now timestamptz, out status text, out organization_id uuid,
                              out commitment bytea, out vendor_id uuid)
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  organization_id := e.organization_id; commitment := e.commitment; vendor_id := e.vendor_id;
  status := case when e.organization_id is null then 'no-session'
                 when e.role not in ('owner', 'manager') or (e.scopes is not null and not p_scope = any (e.scopes)) then 'not-allowed'
                 else 'ok' end;
end $$;
alter function manager_enter owner to evenhand_work;

-- The queue of a project's audits, which comes with the first of them, or with what it asks of auditors. Internal. Suggestions are
-- somebody's answers too: an auditor is dealt none.
create function audit_queue(p_organization uuid, p_project uuid, p_queue uuid) returns void
language sql set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.queue (organization_id, queue_id, project_id, stage, opinions, lease, ontology_version, guideline_version, is_open,
                              is_paused, suggestions_hidden)
  select p_organization, p_queue, p_project, 5, 1, k.lease, k.ontology_version, k.guideline_version, true, k.is_paused, 1
    from evenhand.queue k where k.organization_id = p_organization and k.project_id = p_project and k.stage = 1
  on conflict on constraint queue_of_stage do nothing $$;
alter function audit_queue owner to evenhand_work;

-- Say which skills the queue of one stage of a project asks for. 'no-skill': one of them is not there; 'no-stage': the project has no such
-- stage yet. p_queue: of the audits' queue, where there is none.
create function skills_ask(p_token_sha256 bytea, p_project uuid, p_stage smallint, p_queue uuid, p_skills uuid[], p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_queue uuid;
begin
  e := evenhand.manager_enter(p_token_sha256, 'project.write', p_now);
  if e.status <> 'ok' then return e.status; end if;
  if not exists (select from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1) then
    return 'no-project';
  end if;
  if p_stage = 5 then perform evenhand.audit_queue(e.organization_id, p_project, p_queue); end if;
  select k.queue_id into v_queue from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = p_stage;
  if not found then return 'no-stage'; end if;
  if exists (select from unnest(p_skills) u where not exists (select from evenhand.skill s where s.organization_id = e.organization_id
                                                                 and s.skill_id = u)) then return 'no-skill'; end if;
  delete from evenhand.queue_skill k where k.organization_id = e.organization_id and k.queue_id = v_queue;
  insert into evenhand.queue_skill (organization_id, queue_id, skill_id) select distinct e.organization_id, v_queue, u from unnest(p_skills) u;
  update evenhand.queue_member m set eligible_until = evenhand.eligible_until(e.organization_id, v_queue, m.person_id)
   where m.organization_id = e.organization_id and m.queue_id = v_queue;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule)
  values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, p_project, 'manage', 'skills');
  return 'ok';
end $$;
alter function skills_ask owner to evenhand_work;

-- Grant a skill by hand, or take it away with a reason. What is held stays held: the next claim is refused.
create function skill_set(p_token_sha256 bytea, p_person uuid, p_skill uuid, p_expires_at timestamptz, p_reason text, p_now timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record;
begin
  e := evenhand.manager_enter(p_token_sha256, 'people.write', p_now);
  if e.status <> 'ok' then return e.status; end if;
  if not exists (select from evenhand.skill s where s.organization_id = e.organization_id and s.skill_id = p_skill) then return 'no-skill'; end if;
  if not exists (select from evenhand.membership m where m.organization_id = e.organization_id and m.person_id = p_person
                    and m.state = 'active') then return 'no-person'; end if;
  if p_reason is null then
    insert into evenhand.person_skill as s (organization_id, person_id, skill_id, granted_at, expires_at)
    values (e.organization_id, p_person, p_skill, p_now, coalesce(p_expires_at, 'infinity'))
    on conflict (organization_id, person_id, skill_id) do update
       set granted_at = excluded.granted_at, expires_at = excluded.expires_at, sitting_id = null, revoked_at = null, reason = null;
  else
    update evenhand.person_skill s set revoked_at = p_now, reason = p_reason
     where s.organization_id = e.organization_id and s.person_id = p_person and s.skill_id = p_skill and s.revoked_at is null;
    if not found then return 'not-held'; end if;
  end if;
  perform evenhand.skills_changed(e.organization_id, p_person);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
  values (e.organization_id, p_now, 14, e.commitment, e.vendor_id, p_skill, p_person, 'manage', coalesce('skill-revoked:' || p_reason, 'skill-granted'));
  return 'ok';
end $$;
alter function skill_set owner to evenhand_work;

-- Set the exam of a project, or change it: its tasks are gold that nobody was dealt as work since, and leave the circle of the label
-- stage. Sittings that began keep their terms. 'not-gold': one of the tasks is no gold, or was given to somebody as it. 'too-few'.
create function exam_set(p_token_sha256 bytea, p_project uuid, p_exam uuid, p_queue uuid, p_skill uuid, p_gold uuid[], p_tasks smallint,
                         p_mark float8, p_basis text, p_needed smallint, p_valid_days int, p_retry_hours int, p_open boolean, p_now timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; l record; v_exam uuid; v_queue uuid; v_task uuid;
begin
  e := evenhand.manager_enter(p_token_sha256, 'task.manage', p_now);
  if e.status <> 'ok' then return e.status; end if;
  select k.* into l from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then return 'no-project'; end if;
  if not exists (select from evenhand.skill s where s.organization_id = e.organization_id and s.skill_id = p_skill) then return 'no-skill'; end if;
  if cardinality(p_gold) < p_tasks then return 'too-few'; end if;
  insert into evenhand.queue (organization_id, queue_id, project_id, stage, opinions, lease, ontology_version, guideline_version, is_open, is_paused)
  values (e.organization_id, p_queue, p_project, 4, 1, l.lease, l.ontology_version, l.guideline_version, true, l.is_paused)
  on conflict on constraint queue_of_stage do nothing;
  select k.queue_id into v_queue from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 4;
  if exists (select from unnest(p_gold) u
              where not exists (select from evenhand.gold_answer g where g.organization_id = e.organization_id and g.project_id = p_project
                                   and g.task_id = u and g.retired_at is null)
                 or exists (select from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = u
                               and a.rank is null and a.queue_id = l.queue_id)) then return 'not-gold'; end if;
  insert into evenhand.exam as x (organization_id, exam_id, project_id, queue_id, skill_id, tasks, pass_mark, basis, needed, valid_days,
                                  retry_hours, is_open, created_at)
  values (e.organization_id, p_exam, p_project, v_queue, p_skill, p_tasks, p_mark, p_basis, p_needed, p_valid_days, p_retry_hours, p_open, p_now)
  on conflict on constraint exam_of_project do update
     set skill_id = excluded.skill_id, tasks = excluded.tasks, pass_mark = excluded.pass_mark, basis = excluded.basis, needed = excluded.needed,
         valid_days = excluded.valid_days, retry_hours = excluded.retry_hours, is_open = excluded.is_open, version = x.version + 1;
  -- What was of the exam and is no more goes back to the circle of unannounced gold, unless somebody met it in an exam.
  for v_task in select g.task_id from evenhand.gold g where g.organization_id = e.organization_id and g.queue_id = v_queue
                   and g.task_id <> all (p_gold) loop
    delete from evenhand.gold g where g.organization_id = e.organization_id and g.queue_id = v_queue and g.task_id = v_task;
    if not exists (select from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = v_task and a.queue_id = v_queue) then
      perform evenhand.gold_place(e.organization_id, l.queue_id, v_task);
    end if;
  end loop;
  delete from evenhand.gold g where g.organization_id = e.organization_id and g.queue_id = l.queue_id and g.task_id = any (p_gold);
  perform evenhand.gold_place(e.organization_id, v_queue, u) from unnest(p_gold) u
    where not exists (select from evenhand.gold g where g.organization_id = e.organization_id and g.queue_id = v_queue and g.task_id = u);
  perform evenhand.gold_pace(e.organization_id, p_project);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule)
  values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, p_project, 'manage', 'exam');
  return 'ok';
end $$;
alter function exam_set owner to evenhand_work;

-- What of a sitting is answered is marked; with its last task it ends, and may grant the skill. Internal: under the person's lock, so
-- that of two answers at once the second sees the first. A task that was skipped or given back is wrong.
create function exam_settle(p_organization uuid, p_queue uuid, p_person uuid, p_commitment bytea, p_vendor uuid, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare s record; v_right smallint;
begin
  select g.sitting_id, g.tasks, g.needed, g.valid_days, x.skill_id into s
    from evenhand.sitting g join evenhand.exam x on x.organization_id = g.organization_id and x.exam_id = g.exam_id
   where g.organization_id = p_organization and x.queue_id = p_queue and g.person_id = p_person and g.ended_at is null;
  if not found then return; end if;
  update evenhand.sitting_task t
     set is_right = a.state = 2 and not exists (
           select from evenhand.gold_answer g
             join evenhand.gold_code c on c.organization_id = g.organization_id and c.project_id = g.project_id and c.task_no = g.task_no
             join evenhand.annotation n on n.organization_id = a.organization_id and n.task_id = a.task_id and n.person_id = a.person_id
              and n.version = a.revision
             left join evenhand.vote v on v.organization_id = c.organization_id and v.project_id = c.project_id
              and v.question_no = c.question_no and v.task_no = c.task_no and v.annotator_no = n.annotator_no
            where g.organization_id = a.organization_id and g.task_id = a.task_id and not coalesce(v.code between c.low and c.high, false))
    from evenhand.assignment a
   where t.organization_id = p_organization and t.sitting_id = s.sitting_id and t.is_right is null
     and a.organization_id = p_organization and a.task_id = t.task_id and a.person_id = p_person and a.state in (2, 4, 6, 7);
  if (select count(t.is_right) from evenhand.sitting_task t
       where t.organization_id = p_organization and t.sitting_id = s.sitting_id) < s.tasks then return; end if;
  select count(*) into v_right from evenhand.sitting_task t
   where t.organization_id = p_organization and t.sitting_id = s.sitting_id and t.is_right;
  update evenhand.sitting g set ended_at = p_now, right_count = v_right, is_passed = v_right >= s.needed
   where g.organization_id = p_organization and g.sitting_id = s.sitting_id;
  if v_right < s.needed then return; end if;
  insert into evenhand.person_skill as k (organization_id, person_id, skill_id, granted_at, expires_at, sitting_id)
  values (p_organization, p_person, s.skill_id, p_now, coalesce(p_now + make_interval(days => s.valid_days), 'infinity'), s.sitting_id)
  on conflict (organization_id, person_id, skill_id) do update
     set granted_at = excluded.granted_at, expires_at = excluded.expires_at, sitting_id = excluded.sitting_id, revoked_at = null, reason = null;
  perform evenhand.skills_changed(p_organization, p_person);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose, rule)
  values (p_organization, p_now, 14, p_commitment, p_vendor, s.skill_id, p_person, 'label', 'skill-granted');
end $$;
alter function exam_settle owner to evenhand_work;

-- The next task of an exam for this person: of the sitting they are in, or of a new one where they may begin it. Internal; null: none.
-- They may when it is open, the wait after the last failure or revocation is over, the skill does not hold for two weeks more, and
-- there are enough tasks that they never had.
create function exam_next(p_organization uuid, p_queue uuid, p_person uuid, p_commitment bytea, p_vendor uuid, p_now timestamptz) returns uuid
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare x record; s record; v_task uuid;
begin
  perform evenhand.exam_settle(p_organization, p_queue, p_person, p_commitment, p_vendor, p_now);
  select * into x from evenhand.exam k where k.organization_id = p_organization and k.queue_id = p_queue;
  if not found then return null; end if;
  select g.sitting_id, g.tasks into s from evenhand.sitting g
   where g.organization_id = p_organization and g.exam_id = x.exam_id and g.person_id = p_person and g.ended_at is null;
  if not found then
    if not x.is_open
       or exists (select from evenhand.sitting g where g.organization_id = p_organization and g.exam_id = x.exam_id and g.person_id = p_person
                     and not g.is_passed and g.ended_at + make_interval(hours => x.retry_hours) > p_now)
       or exists (select from evenhand.person_skill k where k.organization_id = p_organization and k.person_id = p_person
                     and k.skill_id = x.skill_id
                     and (k.revoked_at + make_interval(hours => x.retry_hours) > p_now
                          or (k.revoked_at is null and k.expires_at > p_now + interval '14 days')))
       or (select count(*) from evenhand.gold g where g.organization_id = p_organization and g.queue_id = p_queue
              and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = g.task_id
                                 and a.person_id = p_person)) < x.tasks then
      return null;
    end if;
    insert into evenhand.sitting (organization_id, sitting_id, exam_id, person_id, tasks, needed, valid_days, begun_at)
    values (p_organization, gen_random_uuid(), x.exam_id, p_person, x.tasks, x.needed, x.valid_days, p_now)
    returning sitting_id, tasks into s.sitting_id, s.tasks;
  end if;
  -- One whose hold ran out comes again.
  select t.task_id into v_task from evenhand.sitting_task t
    join evenhand.assignment a on a.organization_id = t.organization_id and a.task_id = t.task_id and a.person_id = p_person and a.state = 3
   where t.organization_id = p_organization and t.sitting_id = s.sitting_id and t.is_right is null limit 1;
  if found then return v_task; end if;
  if (select count(*) from evenhand.sitting_task t where t.organization_id = p_organization and t.sitting_id = s.sitting_id) >= s.tasks then
    return null;
  end if;
  select g.task_id into v_task from evenhand.gold g
   where g.organization_id = p_organization and g.queue_id = p_queue
     and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = g.task_id
                        and a.person_id = p_person)
   order by random() limit 1;
  if v_task is not null then
    insert into evenhand.sitting_task (organization_id, sitting_id, task_id) values (p_organization, s.sitting_id, v_task);
  end if;
  return v_task;
end $$;
alter function exam_next owner to evenhand_work;

revoke execute on function eligible_until, member_is_eligible, skills_changed, manager_enter, skills_ask, skill_set, exam_set, exam_settle, exam_next from public;
grant execute on function eligible_until, skills_changed, manager_enter, exam_settle, exam_next to evenhand_work;
grant execute on function skills_ask, skill_set, exam_set to evenhand_app;
