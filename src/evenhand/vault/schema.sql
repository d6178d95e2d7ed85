-- vault: wrapped keys. Customer's key -> project-month key -> chunk key -> rows. Nothing here opens anything by itself.

create table project_key (
  organization_id uuid        not null,
  project_key_id  uuid        not null,
  project_id      uuid,                                     -- null: the organization's own directory (names, addresses)
  month           date        not null,
  key_reference   text        not null,                     -- which customer key wraps it
  wrapped         bytea,                                    -- null once destroyed
  created_at      timestamptz not null,
  destroyed_at    timestamptz,
  wrapped_for     int         not null default 1,           -- the version of the key policy that it is wrapped for
  primary key (organization_id, project_key_id),
  constraint a_destroyed_project_key_is_gone check ((wrapped is null) = (destroyed_at is not null))
);
create unique index project_key_of_month on project_key
  (organization_id, coalesce(project_id, '00000000-0000-0000-0000-000000000000'), month) where wrapped is not null;

create table chunk_key (
  organization_id uuid        not null,
  chunk_key_id    uuid        not null,
  project_key_id  uuid        not null,
  key_reference   text,                                     -- null: its month's key wraps it; else that customer key itself
  wrapped         bytea,
  created_at      timestamptz not null,
  destroyed_at    timestamptz,
  wrapped_for     int         not null default 1,
  is_for_rows     boolean     not null default false,       -- of a project's or the directory's own rows; else of one chunk or file
  successor_id    uuid,                                     -- what is sealed from now on with its rows is sealed under this one instead
  primary key (organization_id, chunk_key_id),
  foreign key (organization_id, project_key_id) references project_key,
  constraint a_destroyed_chunk_key_is_gone check ((wrapped is null) = (destroyed_at is not null))
);

create index chunk_key_of_month on chunk_key (organization_id, project_key_id);

-- How an organization keeps its keys. No row: managed, under the installation's own key. The service is a name of the operator's
-- file of key services; addresses and credentials are not in the database.
create table key_policy (
  organization_id uuid        primary key,
  mode            text        not null check (mode in ('managed', 'bring', 'hold')),
  service         text,
  key_reference   text        not null,
  version         int         not null,                     -- every change of it, and every rotation; wraps of an older one are redone
  ceremony        text,                                     -- the place of the entry that says so, `xid.id`: what a release agent wants to see
  revoked_at      timestamptz,                              -- from then on nothing of the organization is opened or sealed
  changed_at      timestamptz not null,
  rewrapped       bigint      not null default 0,           -- keys that were wrapped anew for this version
  rewrapped_to    uuid,                                     -- chunk keys up to this one are done
  rewrapped_at    timestamptz,                              -- when the last of them was; null while it goes on
  problem         text,                                     -- why the last step of rewrapping failed
  constraint key_policy_names_a_service_unless_managed check ((mode = 'managed') = (service is null))
);

-- Which organizations' keys changed when, so that every process drops what it keeps of them: one number for the installation,
-- counted under a row lock so that nobody sees a later one before an earlier, and the newest of it for each organization.
create table key_epoch (
  only_one boolean primary key default true check (only_one),
  epoch    bigint  not null
);
insert into key_epoch (epoch) values (1);
create table key_change (
  organization_id uuid   primary key,
  epoch           bigint not null
);
call close_to_all('key_epoch');
call open_to_role('key_epoch', 'evenhand_sweep');
call close_to_all('key_change');
call open_to_role('key_change', 'evenhand_sweep');
grant select, update on key_epoch to evenhand_sweep;
grant select, insert, update on key_change to evenhand_sweep;

call bind_to_tenant('project_key');
call bind_to_tenant('chunk_key');
call bind_to_tenant('key_policy');
call open_to_role('key_policy', 'evenhand_sweep');
grant select, insert on project_key, chunk_key to evenhand_app;
grant select on key_policy to evenhand_app;
grant select, insert, update on key_policy to evenhand_sweep;
grant select on project_key, chunk_key, key_policy to evenhand_broker;

-- What changed since an epoch: the epoch now, and whose keys. Every process asks every two seconds.
create function key_changes(p_since bigint, out epoch bigint, out organizations uuid[])
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select e.epoch, (select coalesce(array_agg(c.organization_id), '{}') from evenhand.key_change c where c.epoch > p_since)
    from evenhand.key_epoch e $$;
alter function key_changes owner to evenhand_sweep;

-- Say that an organization's keys changed, in the transaction that changes them.
create function key_changed(p_organization uuid) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_epoch bigint;
begin
  update evenhand.key_epoch set epoch = epoch + 1 returning epoch into v_epoch;
  insert into evenhand.key_change (organization_id, epoch) values (p_organization, v_epoch)
  on conflict (organization_id) do update set epoch = excluded.epoch;
end $$;
alter function key_changed owner to evenhand_sweep;

-- Choose how the tenant's keys are kept, or, with the same choice, have all of them wrapped anew (a rotation).
create function key_policy_set(p_mode text, p_service text, p_reference text, p_ceremony text, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; v_version int;
begin
  insert into evenhand.key_policy as k (organization_id, mode, service, key_reference, version, ceremony, changed_at)
  values (v_organization, p_mode, p_service, p_reference, 2, p_ceremony, p_now)
  on conflict (organization_id) do update
     set mode = excluded.mode, service = excluded.service, key_reference = excluded.key_reference, version = k.version + 1,
         ceremony = excluded.ceremony, changed_at = p_now, rewrapped = 0, rewrapped_to = null, rewrapped_at = null, problem = null
  returning k.version into v_version;
  perform evenhand.key_changed(v_organization);
  return v_version;
end $$;
alter function key_policy_set owner to evenhand_sweep;

-- Take back the use of the tenant's key, or give it again (p_at null). Returns whether that changed anything.
create function key_use_revoke(p_at timestamptz, p_reference text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  insert into evenhand.key_policy as k (organization_id, mode, key_reference, version, changed_at, rewrapped_at)
  values (v_organization, 'managed', p_reference, 1, p_now, p_now) on conflict do nothing;
  update evenhand.key_policy k set revoked_at = p_at
   where k.organization_id = v_organization and (k.revoked_at is null) <> (p_at is null);
  if not found then return false; end if;
  perform evenhand.key_changed(v_organization);
  return true;
end $$;
alter function key_use_revoke owner to evenhand_sweep;

-- Organizations with keys to wrap anew. For ten minutes after the last change also those that are done: a transaction that was under way
-- when the policy changed may have made a key the old way.
create function key_rewraps_due(p_now timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select k.organization_id from evenhand.key_policy k
   where k.version > 1 and k.revoked_at is null and (k.rewrapped_at is null or k.changed_at > p_now - interval '10 minutes')
   order by k.changed_at $$;
alter function key_rewraps_due owner to evenhand_sweep;

-- Organizations without a key of their own of whose months some lie under another key than the installation's is now: its key file was
-- renewed. Not those that are being wrapped anew, nor those where that ended with keys that do not open.
create function key_file_due(p_reference text) returns table (organization_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select distinct m.organization_id from evenhand.project_key m left join evenhand.key_policy k using (organization_id)
   where m.wrapped is not null and m.key_reference <> p_reference and coalesce(k.mode, 'managed') = 'managed'
     and (k.organization_id is null
          or (k.rewrapped_at is not null and (k.key_reference <> p_reference or k.problem is null))) $$;
alter function key_file_due owner to evenhand_sweep;

-- How many keys, of whomever, lie under one of these customer keys.
create function keys_under(p_references text[]) returns bigint
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select (select count(*) from evenhand.project_key m where m.wrapped is not null and m.key_reference = any(p_references))
       + (select count(*) from evenhand.chunk_key c where c.wrapped is not null and c.key_reference = any(p_references)) $$;
alter function keys_under owner to evenhand_sweep;

-- Put keys of the tenant in place of the same keys wrapped before. A key that was destroyed or wrapped anew meanwhile is not the old
-- one any more and stays as it is. Returns how many were put.
create function keys_rewrapped(p_version int, p_months uuid[], p_months_old bytea[], p_months_new bytea[], p_reference text,
                               p_chunks uuid[], p_chunks_old bytea[], p_chunks_new bytea[], p_chunk_reference text,
                               p_to uuid, p_is_done boolean, p_problem text, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; v_months int; v_chunks int;
begin
  perform from evenhand.key_policy k where k.organization_id = v_organization and k.version = p_version for update;
  if not found then return 0; end if;                              -- the policy changed again: its own rewrapping does it
  update evenhand.project_key k set wrapped = x.new, key_reference = p_reference, wrapped_for = p_version
    from unnest(p_months, p_months_old, p_months_new) as x(id, old, new)
   where k.organization_id = v_organization and k.project_key_id = x.id and k.wrapped = x.old;
  get diagnostics v_months = row_count;
  update evenhand.chunk_key c set wrapped = x.new, key_reference = p_chunk_reference, wrapped_for = p_version
    from unnest(p_chunks, p_chunks_old, p_chunks_new) as x(id, old, new)
   where c.organization_id = v_organization and c.chunk_key_id = x.id and c.wrapped = x.old;
  get diagnostics v_chunks = row_count;
  update evenhand.key_policy k
     set rewrapped = k.rewrapped + v_months + v_chunks, rewrapped_to = coalesce(p_to, k.rewrapped_to), problem = p_problem,
         rewrapped_at = case when p_is_done then coalesce(k.rewrapped_at, p_now) else k.rewrapped_at end
   where k.organization_id = v_organization;
  return v_months + v_chunks;
end $$;
alter function keys_rewrapped owner to evenhand_sweep;
call open_to_role('project_key', 'evenhand_sweep');
call open_to_role('chunk_key', 'evenhand_sweep');
grant select, update on project_key, chunk_key to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function key_changes to evenhand_app, evenhand_broker;
grant execute on function key_policy_set, key_use_revoke, key_rewraps_due, key_file_due, keys_under, keys_rewrapped to evenhand_app;
