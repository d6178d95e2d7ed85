-- work: audits. Random tasks that are done are answered once more, by an expert who has not seen the answers.
-- docs/decisions/0018-an-audit-is-a-stage-of-its-own.md says why. `quality.auditing` says what follows from the numbers.

-- What was asked, and of how many tasks. The rate was fixed before any lot was drawn.
create table audit (
  organization_id uuid        not null,
  audit_id        uuid        not null,
  project_id      uuid        not null,
  person_id       uuid        not null,                     -- who asked
  share           float8      not null check (share > 0 and share < 1),       -- what the statement is to say at most is wrong
  delta           float8      not null check (delta > 0 and delta < 1),       -- the risk that it is ever wrong
  rate            float8      not null check (rate > 0 and rate <= 1),
  tasks           int         not null check (tasks > 0),   -- how many were done: those that the statement is about
  asked_at        timestamptz not null,
  primary key (organization_id, audit_id)
);
create index audit_of_project on audit (organization_id, project_id, asked_at);

-- The tasks whose lot fell, each with its label as it stood then: a code a question, NaN where answers were tied.
create table audit_task (
  organization_id uuid       not null,
  audit_id        uuid       not null,
  task_id         uuid       not null,
  project_id      uuid       not null,
  question_nos    smallint[] not null,
  codes           float8[]   not null,
  primary key (organization_id, audit_id, task_id),
  constraint label_of_an_audit_is_columns check (cardinality(question_nos) = cardinality(codes))
);
create index audit_task_of_task on audit_task (organization_id, task_id);

-- What the expert answered. The key is the promise "audited once"; a later audit that draws the same task reads the same answer.
create table audit_answer (
  organization_id uuid        not null,
  task_id         uuid        not null,
  project_id      uuid        not null,
  person_id       uuid        not null,
  annotation_id   uuid        not null,
  question_nos    smallint[]  not null,
  codes           float8[]    not null,
  at              timestamptz not null,
  constraint audit_answer_pkey primary key (organization_id, task_id),
  constraint answer_of_an_audit_is_columns check (cardinality(question_nos) = cardinality(codes))
);

do $$
declare t text;
begin
  foreach t in array array['audit', 'audit_task', 'audit_answer'] loop
    call bind_to_tenant(t);
  end loop;
end $$;
grant select on audit, audit_task, audit_answer to evenhand_app, evenhand_work;
grant insert on audit, audit_task, audit_answer to evenhand_work;
grant select, delete on audit, audit_task, audit_answer to evenhand_sweep;
call open_to_role('audit', 'evenhand_sweep');
call open_to_role('audit_task', 'evenhand_sweep');
call open_to_role('audit_answer', 'evenhand_sweep');

-- Ask for an audit: the lots have been drawn, by a key that nobody who labels knows. p_tasks: those whose lot fell; p_code_tasks, …: their
-- labels, one row a question. 'repeated': it is there already.
create function audit_ask(p_token_sha256 bytea, p_project uuid, p_audit uuid, p_queue uuid, p_share float8, p_delta float8, p_rate float8,
                          p_population int, p_tasks uuid[], p_code_tasks uuid[], p_questions smallint[], p_codes float8[], p_now timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record; v_person uuid;
begin
  e := evenhand.manager_enter(p_token_sha256, 'task.manage', p_now);
  if e.status <> 'ok' then return e.status; end if;
  select c.person_id into v_person from evenhand.credential c where c.token_sha256 = p_token_sha256;
  if exists (select from evenhand.audit a where a.organization_id = e.organization_id and a.audit_id = p_audit) then return 'repeated'; end if;
  if not exists (select from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1) then
    return 'no-project';
  end if;
  perform evenhand.audit_queue(e.organization_id, p_project, p_queue);
  select k.queue_id, k.queue_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 5;
  insert into evenhand.audit (organization_id, audit_id, project_id, person_id, share, delta, rate, tasks, asked_at)
  values (e.organization_id, p_audit, p_project, v_person, p_share, p_delta, p_rate, p_population, p_now);
  -- What an earlier audit drew is answered, or waits already.
  perform evenhand.slot_put(e.organization_id, q.queue_id, q.queue_no, evenhand.rank_of(t.priority, 0, t.task_no), t.task_id,
                            1::smallint, 1::smallint)
     from evenhand.task t
    where t.organization_id = e.organization_id and t.project_id = p_project and t.task_id = any (p_tasks) and t.trashed_at is null
      and not exists (select from evenhand.audit_task x where x.organization_id = e.organization_id and x.task_id = t.task_id);
  insert into evenhand.audit_task (organization_id, audit_id, task_id, project_id, question_nos, codes)
  select e.organization_id, p_audit, t.task_id, p_project,
         coalesce(array_agg(c.question_no order by c.question_no) filter (where c.question_no is not null), '{}'),
         coalesce(array_agg(c.code order by c.question_no) filter (where c.question_no is not null), '{}')
    from evenhand.task t
    left join unnest(p_code_tasks, p_questions, p_codes) as c(task_id, question_no, code) on c.task_id = t.task_id
   where t.organization_id = e.organization_id and t.project_id = p_project and t.task_id = any (p_tasks)
   group by t.task_id;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, quantity, rule)
  values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, p_project, 'manage', cardinality(p_tasks), 'audit');
  return 'ok';
end $$;
alter function audit_ask owner to evenhand_work;

-- Take a task that goes to the trash out of the audit queue, or put it back when it is restored. Internal: the caller has its assignments
-- locked. A task in the trash stays one that nobody has audited, which counts as wrong.
create function audit_slot(p_organization uuid, p_project uuid, p_task uuid, p_is_there boolean) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record;
begin
  select k.queue_id, k.queue_no into q from evenhand.queue k
   where k.organization_id = p_organization and k.project_id = p_project and k.stage = 5;
  if not found then return; end if;
  delete from evenhand.slot s where s.organization_id = p_organization and s.queue_id = q.queue_id and s.task_id = p_task;
  if p_is_there then
    perform evenhand.slot_put(p_organization, q.queue_id, q.queue_no, evenhand.rank_of(t.priority, 0, t.task_no), p_task, 1::smallint, 1::smallint)
       from evenhand.task t
      where t.organization_id = p_organization and t.task_id = p_task
        and exists (select from evenhand.audit_task x where x.organization_id = p_organization and x.task_id = p_task)
        and not exists (select from evenhand.audit_answer x where x.organization_id = p_organization and x.task_id = p_task);
  end if;
end $$;
alter function audit_slot owner to evenhand_work;

revoke execute on function audit_ask, audit_slot from public;
grant execute on function audit_slot to evenhand_work;
grant execute on function audit_ask to evenhand_app;
