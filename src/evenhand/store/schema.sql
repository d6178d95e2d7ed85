-- store: what every room's tables stand on. Run by the owner role, first.
-- `roles.sql` has made the roles; this file makes the schema and says who may look into it.

create schema evenhand authorization current_user;
revoke all on schema evenhand from public;
grant usage on schema evenhand
   to evenhand_work, evenhand_sweep, evenhand_wall, evenhand_people, evenhand_app, evenhand_sequencer, evenhand_broker, evenhand_backup;
-- Functions are made as the owner and then given to the role in whose name they run: that role must be able to hold them.
grant create on schema evenhand to evenhand_work, evenhand_sweep, evenhand_wall, evenhand_people;

set search_path = evenhand;

-- One row a step that this database has taken, with the digest of its text: a changed file is refused, not rerun.
create table migration (
  number     int         primary key,
  name       text        not null,
  sha256     bytea       not null,
  applied_at timestamptz not null default now()
);

-- The installation itself: one row, made on the first start.
create table installation (
  only_one        boolean primary key default true check (only_one),
  installation_id uuid not null,
  created_at      timestamptz not null,
  -- The newest release of the software that has run here; an older one refuses to start.
  software        text not null,
  -- Which key file belongs to this database, by the digest of its public half: another file is refused, not tried.
  key_reference   text not null
);

-- The tenant of the statement. No tenant set is an error, never an empty or a full table: the one-argument form of
-- current_setting raises, and after a commit the empty string fails the cast.
create function tenant() returns uuid language sql stable parallel safe
set search_path = pg_catalog as $$ select current_setting('evenhand.organization')::uuid $$;

-- Forces row-level security on a table and binds it to the tenant. A sub-select makes the setting one InitPlan a
-- statement instead of one call a row.
create procedure bind_to_tenant(p_table text) language plpgsql set search_path = evenhand, pg_catalog as $$
begin
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  execute format('create policy tenant on %I using (organization_id = (select current_setting(''evenhand.organization'')::uuid))
                  with check (organization_id = (select current_setting(''evenhand.organization'')::uuid))', p_table);
  call open_to_backup(p_table);
end $$;

-- Forces row-level security on a table without opening it to anybody: `open_to_role` names who sees it, and all of it.
create procedure close_to_all(p_table text) language plpgsql set search_path = evenhand, pg_catalog as $$
begin
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  call open_to_backup(p_table);
end $$;

-- A backup reads every row, sealed as it is.
create procedure open_to_backup(p_table text) language plpgsql set search_path = evenhand, pg_catalog as $$
begin
  execute format('create policy for_backup on %I for select to evenhand_backup using (true)', p_table);
  execute format('grant select on %I to evenhand_backup', p_table);
end $$;

create procedure open_to_role(p_table text, p_role text) language plpgsql set search_path = evenhand, pg_catalog as $$
begin
  execute format('create policy %I on %I to %I using (true) with check (true)', 'for_' || p_role, p_table, p_role);
end $$;

grant select on installation to evenhand_app, evenhand_sequencer, evenhand_backup;
grant select on migration to evenhand_app, evenhand_backup;
revoke execute on all functions in schema evenhand from public;
revoke execute on all procedures in schema evenhand from public;
grant execute on function tenant() to evenhand_app, evenhand_work, evenhand_sweep, evenhand_wall, evenhand_people;
