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
revoke execute on all functions in schema evenhand from public;
grant execute on function releases_waiting to evenhand_app;
