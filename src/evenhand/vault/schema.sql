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
  primary key (organization_id, project_key_id),
  constraint a_destroyed_project_key_is_gone check ((wrapped is null) = (destroyed_at is not null))
);
create unique index project_key_of_month on project_key
  (organization_id, coalesce(project_id, '00000000-0000-0000-0000-000000000000'), month) where wrapped is not null;

create table chunk_key (
  organization_id uuid        not null,
  chunk_key_id    uuid        not null,
  project_key_id  uuid        not null,
  wrapped         bytea,
  created_at      timestamptz not null,
  destroyed_at    timestamptz,
  primary key (organization_id, chunk_key_id),
  foreign key (organization_id, project_key_id) references project_key,
  constraint a_destroyed_chunk_key_is_gone check ((wrapped is null) = (destroyed_at is not null))
);

call bind_to_tenant('project_key');
call bind_to_tenant('chunk_key');
grant select, insert on project_key, chunk_key to evenhand_app;
grant select on project_key, chunk_key to evenhand_broker;
