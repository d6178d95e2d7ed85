-- delivery: releases and their files. A release is frozen at the moment it is asked for; a worker writes its files sealed, in
-- parts of 1 MiB, and flips the state when the signed statement over all of them is there. Nothing of it changes after that.
create table release (
  organization_id uuid        not null,
  release_id      uuid        not null,
  project_id      uuid        not null,
  number          int         not null,
  state           text        not null check (state in ('building', 'ready', 'failed')),
  include         text        not null check (include in ('done', 'all')),
  frozen_at       timestamptz not null,
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- note; once ready also manifest and statement
  version         int         not null default 1,
  person_id       uuid        not null,
  fit_no          int,                                      -- of the fit that stood when it was cut: its labels are made by it
  primary key (organization_id, release_id),
  constraint release_number_is_taken unique (organization_id, project_id, number),
  foreign key (organization_id, project_id) references project
);

create table release_file (
  organization_id uuid   not null,
  release_id      uuid   not null,
  file_no         int    not null,
  name            text   not null,                          -- of the closed list of file names; none is a person's
  bytes           bigint not null,
  sha256          bytea  not null,
  primary key (organization_id, release_id, file_no),
  foreign key (organization_id, release_id) references release
);

create table release_part (
  organization_id uuid  not null,
  release_id      uuid  not null,
  file_no         int   not null,
  part_no         int   not null,
  sealed          bytea not null,
  primary key (organization_id, release_id, file_no, part_no)
);
alter table release_part alter column sealed set storage external;

call bind_to_tenant('release');
call bind_to_tenant('release_file');
call bind_to_tenant('release_part');
call open_to_role('release', 'evenhand_sweep');
grant select on release to evenhand_sweep;
grant select, insert, update on release to evenhand_app;
grant select, insert, delete on release_file, release_part to evenhand_app;

-- What is done stays as it is: the state leaves 'building' once, and a finished release is never written again.
create function release_is_immutable() returns trigger language plpgsql set search_path = pg_catalog, evenhand as $$
begin
  -- Deleted it is only whole, with its project (below), by the one role that may delete.
  if tg_op = 'DELETE' and current_user = 'evenhand_sweep' then return old; end if;
  if old.state <> 'building' then raise exception 'a finished release is immutable' using errcode = 'check_violation'; end if;
  return new;
end $$;
create trigger release_is_immutable before update or delete on release for each row execute function release_is_immutable();

-- Releases that wait to be built, of every organization: for the worker.
create function releases_waiting() returns table (organization_id uuid, release_id uuid, project_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select r.organization_id, r.release_id, r.project_id from evenhand.release r where r.state = 'building'
   order by r.frozen_at limit 20 $$;
alter function releases_waiting owner to evenhand_sweep;
-- ------------------------------------------------------------------------------------------------ deleting for good --
-- What hangs on a project, deleted with it. The ledger and its disclosures are not among them.
do $$
declare t text;
begin
  foreach t in array array['ontology_version', 'guideline_version', 'queue_member', 'task_tag', 'gold', 'gold_answer', 'gold_code', 'annotation', 'consensus', 'vote',
                           'remark', 'release_file', 'release_part', 'organization'] loop
    call open_to_role(t, 'evenhand_sweep');
  end loop;
end $$;
grant select, delete on project, ontology_version, guideline_version, batch, queue, queue_member, task, task_tag, slot, gold, gold_answer, gold_code, assignment,
      annotation, draft, consensus, vote, remark, outbox, project_count, project_hour, notification, release, release_file, release_part
   to evenhand_sweep;
grant select, update on project, project_key, chunk_key, gold_answer to evenhand_sweep;
grant select on organization to evenhand_sweep;
grant usage on sequence task_position to evenhand_sweep;

-- Projects whose days in the trash are over.
create function projects_due(p_before timestamptz, p_max int) returns table (organization_id uuid, project_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.organization_id, p.project_id from evenhand.project p
   where p.state = 'trashed' and p.trashed_at < p_before order by p.trashed_at limit p_max $$;
alter function projects_due owner to evenhand_sweep;

-- What an organization keeps no longer goes into the trash: projects that were put into the archive so many days ago.
create function projects_retain(p_now timestamptz) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with over as (
    update evenhand.project p set state = 'trashed', trashed_at = p_now, version = p.version + 1
      from evenhand.organization o
     where o.organization_id = p.organization_id and p.state = 'archived'
       and p.archived_at < p_now - make_interval(days => o.retention_days)
    returning p.organization_id, p.project_id),
  told as (
    insert into evenhand.ledger_inbox (organization_id, at, action, object_id, purpose, rule)
    select x.organization_id, p_now, 23, x.project_id, 'manage', 'retention' from over x)
  select count(*)::int from over $$;
alter function projects_retain owner to evenhand_sweep;

-- Drafts that nobody came back to. A draft of a task that is held now is kept.
create function drafts_forget(p_before timestamptz, p_max int) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (
    delete from evenhand.draft d
     where (d.organization_id, d.task_id, d.person_id) in (
           select x.organization_id, x.task_id, x.person_id from evenhand.draft x
            where x.saved_at < p_before
              and not exists (select from evenhand.assignment a where a.organization_id = x.organization_id and a.task_id = x.task_id
                                 and a.person_id = x.person_id and a.state in (1, 5))
            limit p_max)
    returning 1)
  select count(*)::int from gone $$;
alter function drafts_forget owner to evenhand_sweep;

-- Destroy a project's keys, with their entry. Repeated it finds none and says nothing.
create function project_keys_destroy(p_organization uuid, p_project uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_keys int;
begin
  if not exists (select from evenhand.project p where p.organization_id = p_organization and p.project_id = p_project
                    and p.state = 'trashed' for update) then
    return 0;
  end if;
  update evenhand.chunk_key c set wrapped = null, destroyed_at = p_now
    from evenhand.project_key k
   where k.organization_id = p_organization and k.project_id = p_project
     and c.organization_id = p_organization and c.project_key_id = k.project_key_id and c.wrapped is not null;
  get diagnostics v_keys = row_count;
  update evenhand.project_key k set wrapped = null, destroyed_at = p_now
   where k.organization_id = p_organization and k.project_id = p_project and k.wrapped is not null;
  if v_keys > 0 then
    insert into evenhand.ledger_inbox (organization_id, at, action, object_id, purpose, quantity)
    values (p_organization, p_now, 6, p_project, 'manage', v_keys);
    perform evenhand.key_changed(p_organization);
  end if;
  return v_keys;
end $$;
alter function project_keys_destroy owner to evenhand_sweep;

-- Delete at most p_max tasks of a project with all that hangs on them, or else a part of what hangs on the project itself; with
-- the last of it the project goes and the entry that certifies it is written. Returns whether something is left.
create function project_delete_some(p_organization uuid, p_project uuid, p_max int, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_tasks uuid[]; v_nos bigint[]; v_queues uuid[]; v_rows int;
begin
  if not exists (select from evenhand.project p where p.organization_id = p_organization and p.project_id = p_project
                    and p.state = 'trashed' for update) then
    return false;                                                  -- gone already, or taken out of the trash meanwhile
  end if;
  select array_agg(x.task_id), array_agg(x.task_no) into v_tasks, v_nos from (
    select t.task_id, t.task_no from evenhand.task t
     where t.organization_id = p_organization and t.project_id = p_project order by t.task_no limit p_max) x;
  if v_tasks is not null then
    delete from evenhand.assignment x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.draft x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.annotation x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.consensus x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.task_stage x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.decision x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.route x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.verdict x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.verdict_code x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.owed_verdict x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.remark x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.check_record x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.check_run x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.gold_answer x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.planted_flaw x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.known_review x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.known_verdict x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.audit_answer x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.audit_task x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    delete from evenhand.gold_code x where x.organization_id = p_organization and x.project_id = p_project and x.task_no = any (v_nos);
    delete from evenhand.vote x where x.organization_id = p_organization and x.project_id = p_project and x.task_no = any (v_nos);
    delete from evenhand.task_tag x where x.organization_id = p_organization and x.project_id = p_project and x.task_id = any (v_tasks);
    delete from evenhand.task x where x.organization_id = p_organization and x.task_id = any (v_tasks);
    return true;
  end if;
  delete from evenhand.release_part x where x.ctid in (
    select y.ctid from evenhand.release_part y join evenhand.release r on r.organization_id = y.organization_id and r.release_id = y.release_id
     where r.organization_id = p_organization and r.project_id = p_project limit 50);
  get diagnostics v_rows = row_count;
  if v_rows > 0 then return true; end if;
  select array_agg(q.queue_id) into v_queues from evenhand.queue q where q.organization_id = p_organization and q.project_id = p_project;
  delete from evenhand.slot x where x.ctid in (
    select y.ctid from evenhand.slot y where y.organization_id = p_organization and y.queue_id = any (v_queues) limit p_max);
  get diagnostics v_rows = row_count;
  if v_rows > 0 then return true; end if;
  delete from evenhand.release_file x using evenhand.release r
   where r.organization_id = p_organization and r.project_id = p_project and x.organization_id = p_organization and x.release_id = r.release_id;
  delete from evenhand.release x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.gold x where x.organization_id = p_organization and x.queue_id = any (v_queues);
  delete from evenhand.queue_member x where x.organization_id = p_organization and x.queue_id = any (v_queues);
  delete from evenhand.queue x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.evidence x using evenhand.ruling r
   where r.organization_id = p_organization and r.project_id = p_project and x.organization_id = p_organization and x.ruling_id = r.ruling_id;
  delete from evenhand.ruling x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.appeal x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.offer x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.audit x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.batch x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.ontology_version x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.guideline_version x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.remark x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.guideline_picture x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_fit x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_estimate x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.task_label x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_slice x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_task x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_person x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_manner x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_question x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_target x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.quality_sweep x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.project_hour x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.project_count x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.notification x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.outbox x where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.import_run x where x.organization_id = p_organization and x.project_id = p_project;
  -- Neither tasks nor guidelines show its files any more: the next tidying deletes them, and need not wait until their time is over.
  update evenhand.media x set is_used = false, expires_at = least(x.expires_at, p_now)
   where x.organization_id = p_organization and x.project_id = p_project;
  delete from evenhand.project x where x.organization_id = p_organization and x.project_id = p_project;
  insert into evenhand.ledger_inbox (organization_id, at, action, object_id, purpose)
  values (p_organization, p_now, 16, p_project, 'manage');
  return false;
end $$;
alter function project_delete_some owner to evenhand_sweep;

-- ------------------------------------------------------------------------------------------------------- shredding --
-- A deletion that somebody asked for, or of a project that lay in the trash: of one item, a project, or everything. A worker does it and leaves the signed certificate.
create table shredding (
  organization_id uuid        not null,
  shredding_id    uuid        not null,
  scope           text        not null check (scope in ('task', 'project', 'organization')),
  subject_id      uuid        not null,                     -- the task, the project, the organization
  project_id      uuid,
  chunk_key_id    uuid,                                     -- of an item: the key that goes
  person_id       uuid,                                     -- who asked; null: its thirty days in the trash were over
  asked_at        timestamptz not null,
  begins_at       timestamptz not null,
  keys            int,
  method          text,
  certificate     json,                                     -- a DSSE envelope, word for word
  finished_at     timestamptz,
  primary key (organization_id, shredding_id),
  constraint a_finished_shredding_has_its_certificate check ((certificate is null) = (finished_at is null))
);
create index shredding_waiting on shredding (begins_at) where finished_at is null;
call bind_to_tenant('shredding');
call open_to_role('shredding', 'evenhand_sweep');
grant select, insert on shredding to evenhand_app;
grant select, update on shredding to evenhand_sweep;

-- Shreddings that may begin, of every organization: for the worker.
create function shreddings_due(p_now timestamptz) returns table (organization_id uuid, shredding_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select s.organization_id, s.shredding_id from evenhand.shredding s
   where s.finished_at is null and s.begins_at <= p_now order by s.begins_at limit 20 $$;
alter function shreddings_due owner to evenhand_sweep;

-- Name the key that takes the place of another. False when it has one already, or is destroyed.
create function chunk_key_retire(p_chunk uuid, p_successor uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  update evenhand.chunk_key c set successor_id = p_successor
   where c.organization_id = v_organization and c.chunk_key_id = p_chunk and c.successor_id is null and c.wrapped is not null;
  if not found then return false; end if;
  perform evenhand.key_changed(v_organization);
  return true;
end $$;
alter function chunk_key_retire owner to evenhand_sweep;

-- Put rows in place of the same rows sealed under another key. A row that was changed meanwhile is not the old one and stays.
create function rows_resealed(p_chunk uuid, p_successor uuid, p_kinds text[], p_ids uuid[], p_people uuid[], p_old bytea[], p_new bytea[])
returns int language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; v_rows int := 0; v_some int;
begin
  update evenhand.task t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'task' and t.organization_id = v_organization and t.task_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_rows = row_count;
  update evenhand.annotation t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'annotation' and t.organization_id = v_organization and t.annotation_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  v_rows := v_rows + v_some;
  update evenhand.remark t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'remark' and t.organization_id = v_organization and t.remark_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  v_rows := v_rows + v_some;
  update evenhand.check_record t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'check' and t.organization_id = v_organization and t.check_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  v_rows := v_rows + v_some;
  update evenhand.draft t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_people, p_old, p_new) as x(kind, id, person, old, new)
   where x.kind = 'draft' and t.organization_id = v_organization and t.task_id = x.id and t.person_id = x.person
     and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  v_rows := v_rows + v_some;
  update evenhand.gold_answer t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'gold' and t.organization_id = v_organization and t.task_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  v_rows := v_rows + v_some;
  update evenhand.planted_flaw t set sealed = x.new, chunk_key_id = p_successor
    from unnest(p_kinds, p_ids, p_old, p_new) as x(kind, id, old, new)
   where x.kind = 'flaw' and t.organization_id = v_organization and t.flaw_id = x.id and t.chunk_key_id = p_chunk and t.sealed = x.old;
  get diagnostics v_some = row_count;
  return v_rows + v_some;
end $$;
alter function rows_resealed owner to evenhand_sweep;

-- Destroy the key of an item's chunk and delete the item, once nothing else is sealed under it. Returns how many keys were destroyed;
-- 0 when something is still sealed under it, or the item was taken out of the trash.
create function item_shred(p_task uuid, p_chunk uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; t record; v_keys int;
begin
  select x.task_id, x.task_no, x.project_id into t from evenhand.task x
   where x.organization_id = v_organization and x.task_id = p_task and x.trashed_at is not null for update;
  if not found
     or exists (select from evenhand.task x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.annotation x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.remark x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.check_record x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.draft x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.gold_answer x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     or exists (select from evenhand.planted_flaw x where x.organization_id = v_organization and x.chunk_key_id = p_chunk and x.task_id <> p_task)
     -- A project's own rows have keys of their own; a key that is not one of a chunk is never destroyed with an item.
     or exists (select from evenhand.chunk_key c where c.organization_id = v_organization and c.chunk_key_id = p_chunk and c.is_for_rows)
  then return 0; end if;
  update evenhand.chunk_key c set wrapped = null, destroyed_at = p_now
   where c.organization_id = v_organization and c.wrapped is not null
     and (c.chunk_key_id = p_chunk
          or c.chunk_key_id in (select m.chunk_key_id from evenhand.media m join evenhand.task_media s using (organization_id, media_id)
                                 where m.organization_id = v_organization and s.task_id = p_task
                                   and not exists (select from evenhand.task_media o where o.organization_id = v_organization
                                                      and o.media_id = m.media_id and o.task_id <> p_task)));
  get diagnostics v_keys = row_count;
  delete from evenhand.assignment x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.draft x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.annotation x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.consensus x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.task_stage x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.decision x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.verdict x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.verdict_code x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.owed_verdict x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.evidence x using evenhand.ruling r
   where r.organization_id = v_organization and r.task_id = p_task and x.organization_id = v_organization and x.ruling_id = r.ruling_id;
  delete from evenhand.ruling x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.appeal x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.remark x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.check_record x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.check_run x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.gold_answer x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.planted_flaw x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.known_review x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.known_verdict x where x.organization_id = v_organization and x.task_id = p_task;
  delete from evenhand.vote x where x.organization_id = v_organization and x.project_id = t.project_id and x.task_no = t.task_no;
  delete from evenhand.task_tag x where x.organization_id = v_organization and x.project_id = t.project_id and x.task_id = p_task;
  delete from evenhand.task x where x.organization_id = v_organization and x.task_id = p_task;
  perform evenhand.key_changed(v_organization);
  return v_keys;
end $$;
alter function item_shred owner to evenhand_sweep;

-- Destroy every key of the tenant. Repeated it destroys what was made since.
create function organization_keys_destroy(p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; v_chunks int; v_months int;
begin
  update evenhand.chunk_key c set wrapped = null, destroyed_at = p_now where c.organization_id = v_organization and c.wrapped is not null;
  get diagnostics v_chunks = row_count;
  update evenhand.project_key k set wrapped = null, destroyed_at = p_now where k.organization_id = v_organization and k.wrapped is not null;
  get diagnostics v_months = row_count;
  perform evenhand.key_changed(v_organization);
  return v_chunks + v_months;
end $$;
alter function organization_keys_destroy owner to evenhand_sweep;

-- Keep the certificate of a shredding that is done. Once it is there it stays as it is.
create function shredding_finish(p_shredding uuid, p_keys int, p_method text, p_certificate text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.shredding s set keys = p_keys, method = p_method, certificate = p_certificate::json, finished_at = p_now
   where s.organization_id = current_setting('evenhand.organization')::uuid and s.shredding_id = p_shredding and s.finished_at is null;
  return found;
end $$;
alter function shredding_finish owner to evenhand_sweep;
grant update (sealed, chunk_key_id) on task, annotation, remark, draft to evenhand_sweep;
grant select on media, task_media to evenhand_sweep;

-- ----------------------------------------------------------------------------------------------------- for the broker --
-- Which of these keys seal something that a committed grant names: of tasks and what hangs on them, and of files, exactly those. Keys
-- of a project's or the directory's own rows (names, ontologies, guidelines) go with any grant of their organization.
create function granted_chunk_keys(p_xid xid8, p_id bigint, p_organization uuid, p_chunks uuid[]) returns setof uuid
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with g as (
    select coalesce(i.object_ids, array[i.object_id]) as objects from evenhand.ledger_inbox i
     where i.xid = p_xid and i.id = p_id and i.organization_id = p_organization and i.decision is distinct from 'deny'),
  asked as (
    -- A key that takes the place of another goes with what the other sealed.
    select c.chunk_key_id as asked, c.chunk_key_id as seals from evenhand.chunk_key c
     where c.organization_id = p_organization and c.chunk_key_id = any (p_chunks)
    union all
    select c.successor_id, c.chunk_key_id from evenhand.chunk_key c
     where c.organization_id = p_organization and c.successor_id = any (p_chunks)),
  covered as (
    select t.chunk_key_id from g, evenhand.task t where t.organization_id = p_organization and t.task_id = any (g.objects)
    union all
    select n.chunk_key_id from g, evenhand.annotation n where n.organization_id = p_organization and n.task_id = any (g.objects)
    union all
    select d.chunk_key_id from g, evenhand.draft d where d.organization_id = p_organization and d.task_id = any (g.objects)
    union all
    select r.chunk_key_id from g, evenhand.remark r where r.organization_id = p_organization and r.task_id = any (g.objects)
    union all
    select r.chunk_key_id from g, evenhand.check_record r where r.organization_id = p_organization and r.task_id = any (g.objects)
    union all
    select m.chunk_key_id from g, evenhand.media m where m.organization_id = p_organization and m.media_id = any (g.objects)
    union all
    select m.chunk_key_id from g, evenhand.task_media s join evenhand.media m using (organization_id, media_id)
     where s.organization_id = p_organization and s.task_id = any (g.objects))
  select distinct a.asked from asked a, g
   where a.seals in (select chunk_key_id from covered)
      or exists (select from evenhand.chunk_key c join evenhand.project_key k using (organization_id, project_key_id)
                  where c.organization_id = p_organization and c.chunk_key_id = a.seals and (c.is_for_rows or k.project_id is null)) $$;
alter function granted_chunk_keys owner to evenhand_sweep;

-- One entry for the keys that were unwrapped for one grant, where a customer counts them at its own service too.
create function key_unwrapped(p_organization uuid, p_chunks uuid[], p_purpose text, p_now timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.ledger_inbox (organization_id, at, action, object_ids, purpose, quantity)
  values (p_organization, p_now, 5, p_chunks, p_purpose, cardinality(p_chunks)) $$;
alter function key_unwrapped owner to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function releases_waiting, projects_due, projects_retain, drafts_forget, project_keys_destroy, project_delete_some,
      shreddings_due, chunk_key_retire, rows_resealed, item_shred, organization_keys_destroy, shredding_finish
   to evenhand_app;
grant execute on function granted_chunk_keys, key_unwrapped to evenhand_broker;
