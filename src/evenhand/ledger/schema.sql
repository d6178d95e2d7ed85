-- ledger: the inbox that every recorded event is written to, in the transaction that it records.
-- Columns, not JSON: the sequencer renders the canonical entry from them, so the hot path neither builds nor parses text.

-- The closed list of actions. `ledger.actions` holds the same list for Python; a test compares the two.
create table ledger_action (
  action smallint primary key,
  name   text not null unique
);
insert into ledger_action (action, name) values
  (1, 'asset.release'), (2, 'asset.render'), (3, 'label.write'), (4, 'export.create'), (5, 'key.unwrap'), (6, 'key.destroy'),
  (7, 'assign.allow'), (8, 'assign.deny'), (9, 'policy.change'), (10, 'ownership.change'), (11, 'breakglass.open'),
  (12, 'breakglass.close'), (13, 'admin.login'), (14, 'member.change'), (15, 'delivery.sign'), (16, 'deletion.certify'),
  (17, 'software.deploy'), (18, 'log.reconcile'), (19, 'task.import'), (20, 'lease.expire'), (21, 'lease.revoke'),
  (22, 'lease.return'), (23, 'project.change'), (24, 'content.write'), (25, 'log.root'), (26, 'key.rotate'), (27, 'wall.hold'), (28, 'verdict.write'),
  (29, 'ruling.write'), (30, 'appeal.write');

-- Whether something was allowed. A type, so that the closed list costs an insert nothing: PostgreSQL reads the checks of a table anew
-- for every statement that writes to it.
create type ledger_decision as enum ('allow', 'deny');

-- xid first: rows commit out of order, and a reader that follows the id alone loses some without any error.
-- It is written twice for every answer, so what guards it is cheap: the lengths are part of the types (an entry stays below 64 KiB,
-- whatever has to be escaped in it), and `action` is no foreign key, which would lock one shared row in every answer: the functions
-- that write here name theirs, and those that are told one ask `ledger_action_known`.
create table ledger_inbox (
  xid              xid8        not null default pg_current_xact_id(),
  id               bigint      not null generated always as identity (cache 100),
  organization_id  uuid        not null,
  at               timestamptz not null default now(),
  action           smallint    not null,                    -- one of ledger_action
  actor_commitment bytea,                                   -- salted SHA-256; null: the software itself
  actor_organization_id uuid,
  object_id        uuid,                                    -- the one object, usually a task
  object_ids       uuid[],                                  -- or up to 500 of them
  subject_id       uuid,                                    -- what was made of it: annotation, batch, release, person
  object_digest    bytea,                                   -- SHA-256 of the sealed bytes
  purpose          varchar(100),                            -- a word of the closed list `ledger.purposes`
  lease_until      timestamptz,
  wall_epoch       int,
  policy_version   int         not null default 1,
  decision         ledger_decision,
  rule             varchar(4000),                             -- for a denial: the rule that fired
  quantity         bigint,
  software         varchar(500) not null default coalesce(current_setting('evenhand.software', true), ''),
  constraint ledger_inbox_pkey primary key (xid, id),
  constraint ledger_inbox_names_at_most_500_objects check (cardinality(object_ids) <= 500)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_threshold = 20000);
-- "Who looked at this" is asked by people, item by item.
create index ledger_inbox_of_object on ledger_inbox (organization_id, object_id) where object_id is not null;
create index ledger_inbox_of_objects on ledger_inbox using gin (object_ids) where object_ids is not null;
-- "Who looked at all, newest first", of everybody, of one person, and those that were refused: what opened content, sent it away, used
-- a key, or was denied. Entries of an organization, and of a person, come in the order of time: each index grows at its end.
create index ledger_inbox_looks on ledger_inbox (organization_id, at, xid, id) where action in (1, 2, 4, 5, 8);
create index ledger_inbox_looks_of_actor on ledger_inbox (organization_id, actor_commitment, at, xid, id) where action in (1, 2, 4, 5, 8);
create index ledger_inbox_denials on ledger_inbox (organization_id, at, xid, id) where action = 8;
call bind_to_tenant('ledger_inbox');
call open_to_role('ledger_inbox', 'evenhand_wall');
call open_to_role('ledger_inbox', 'evenhand_sweep');
call open_to_role('ledger_inbox', 'evenhand_sequencer');

-- The same for what the whole world may know of an installation: who owns and runs it, which rules and which software are in force,
-- what was done with keys. Each row becomes an entry of the public governance log, with `body` in it word for word: the filing
-- room gives canonical JSON (RFC 8785), and of personal values nothing but salted commitments.
create table governance_inbox (
  xid      xid8        not null default pg_current_xact_id(),
  id       bigint      not null generated always as identity (cache 1),
  at       timestamptz not null,
  action   smallint    not null references ledger_action,
  body     json        not null,
  software text        not null default coalesce(current_setting('evenhand.software', true), ''),
  constraint governance_inbox_pkey primary key (xid, id),
  constraint governance_inbox_body_is_an_object check (json_typeof(body) = 'object'),
  constraint governance_inbox_body_fits_an_entry check (octet_length(body::text) <= 60000 and octet_length(software) <= 500)
);
call close_to_all('governance_inbox');
call open_to_role('governance_inbox', 'evenhand_work');
call open_to_role('governance_inbox', 'evenhand_sequencer');
call open_to_role('governance_inbox', 'evenhand_app');
call open_to_role('governance_inbox', 'evenhand_sweep');
grant select, insert on governance_inbox to evenhand_work;
grant select on governance_inbox to evenhand_sequencer, evenhand_app, evenhand_sweep;

-- ---------------------------------------------------------------------------------------------------------------- logs --
-- What the sequencer makes of the inboxes. It alone writes here, as a role of its own: app can read its tenant's part.
-- The governance log stands under the organization 00000000-0000-0000-0000-000000000000, which is nobody's.

-- One log of an organization, made at its first entry. A log that was reconciled with a new beginning has a next generation.
-- size, frontier: the tree as it stands. published_size: what the file `checkpoint` says, or what it is about to say.
-- A stopped log keeps its place among the inbox's rows; what comes after it waits there until the log is reconciled.
create table ledger_log (
  organization_id uuid        not null,
  generation      int         not null default 1,
  opaque          text        not null check (opaque ~ '^[a-z0-9-]{1,64}$'),
  origin          text        not null,
  salt            bytea       not null check (octet_length(salt) = 32),
  size            bigint      not null default 0 check (size >= 0),
  frontier        bytea[]     not null default '{}',
  published_size  bigint      not null default 0,
  state           text        not null default 'open' check (state in ('open', 'stopped', 'closed')),
  reason          text,
  stopped_era     int,
  stopped_xid     xid8,
  stopped_id      bigint,
  made_at         timestamptz not null,
  constraint ledger_log_pkey primary key (organization_id, generation)
);
create unique index ledger_log_one_is_open on ledger_log (organization_id) where state <> 'closed';
call bind_to_tenant('ledger_log');
call open_to_role('ledger_log', 'evenhand_sequencer');
call open_to_role('ledger_log', 'evenhand_sweep');

-- One entry's place in its tree. entry_id is unique: no row of the inbox becomes two entries.
create table ledger_leaf (
  organization_id uuid   not null,
  generation      int    not null,
  index           bigint not null,
  hash            bytea  not null,
  entry_id        bytea  not null,
  xid             xid8   not null,
  id              bigint not null,
  constraint ledger_leaf_pkey primary key (organization_id, generation, index),
  constraint ledger_leaf_is_one_entry unique (organization_id, generation, entry_id)
);
call bind_to_tenant('ledger_leaf');
call open_to_role('ledger_leaf', 'evenhand_sequencer');
call open_to_role('ledger_leaf', 'evenhand_sweep');

-- What was signed. The files that it speaks of are durable before its row is; it is published after it.
create table ledger_checkpoint (
  organization_id uuid        not null,
  generation      int         not null,
  size            bigint      not null,
  root            bytea       not null check (octet_length(root) = 32),
  note            text        not null,
  made_at         timestamptz not null,
  constraint ledger_checkpoint_pkey primary key (organization_id, generation, size)
);
call bind_to_tenant('ledger_checkpoint');
call open_to_role('ledger_checkpoint', 'evenhand_sequencer');

-- How far each inbox is sequenced. floors: where each era of it begins, by id; a restored database counts its transactions anew,
-- so that (xid, id) orders rows within one era alone. The last of them is the present one.
create table ledger_cursor (
  inbox  text     primary key check (inbox in ('customers', 'governance')),
  floors bigint[] not null default '{0}',
  xid    xid8     not null default '0',
  id     bigint   not null default 0
);
insert into ledger_cursor (inbox) values ('customers'), ('governance');
call close_to_all('ledger_cursor');
call open_to_role('ledger_cursor', 'evenhand_sequencer');
call open_to_role('ledger_cursor', 'evenhand_sweep');

-- The witnesses of this installation, and how many of them a policy asks for. Every change is on public record.
create table ledger_witness (
  name     text        primary key check (name ~ '^[A-Za-z0-9._-]{1,64}$'),
  vkey     text        not null,
  url      text        not null,
  added_at timestamptz not null
);
create table ledger_quorum (
  only_one  boolean primary key default true check (only_one),
  threshold int     not null check (threshold >= 0)
);
insert into ledger_quorum (threshold) values (0);

-- What each witness last did about each log. signature: its last cosignature, a line of a note, over the checkpoint of cosigned_size.
create table ledger_witnessed (
  organization_id uuid        not null,
  generation      int         not null,
  witness         text        not null,
  held_size       bigint      not null,
  outcome         text        not null,
  reason          text        not null,
  asked_at        timestamptz not null,
  cosigned_size   bigint,
  cosigned_at     timestamptz,
  signature       text,
  constraint ledger_witnessed_pkey primary key (organization_id, generation, witness)
);
call bind_to_tenant('ledger_witnessed');
do $$
declare t text;
begin
  foreach t in array array['ledger_witness', 'ledger_quorum'] loop
    call close_to_all(t);
    call open_to_role(t, 'evenhand_app');
  end loop;
  foreach t in array array['ledger_witness', 'ledger_quorum', 'ledger_witnessed'] loop
    call open_to_role(t, 'evenhand_sequencer');
  end loop;
end $$;

-- Every ten minutes one hash over the checkpoints of all customers goes into the governance log, so that a history of one
-- customer's own would have to fork the log that everybody reads. What a customer needs to find its checkpoint in it: salt and proof.
create table ledger_root (
  number bigint      primary key,
  root   bytea       not null,
  size   int         not null,
  at     timestamptz not null
);
call close_to_all('ledger_root');
create table ledger_root_leaf (
  organization_id uuid    not null,
  number          bigint  not null,
  generation      int     not null,
  checkpoint_size bigint  not null,
  index           int     not null,
  salt            bytea   not null,
  proof           bytea[] not null,
  constraint ledger_root_leaf_pkey primary key (organization_id, number)
);
call bind_to_tenant('ledger_root_leaf');
call open_to_role('ledger_root', 'evenhand_app');
call open_to_role('ledger_root', 'evenhand_sequencer');
call open_to_role('ledger_root_leaf', 'evenhand_sequencer');
grant select on ledger_root, ledger_root_leaf to evenhand_app;
grant select, insert, delete on ledger_root, ledger_root_leaf to evenhand_sequencer;

grant select on ledger_log, ledger_leaf, ledger_checkpoint, ledger_witness, ledger_quorum, ledger_witnessed to evenhand_app;
grant select, insert, delete on ledger_witness to evenhand_sequencer;
grant select, update on ledger_quorum to evenhand_sequencer;
grant select, insert, update, delete on ledger_witnessed to evenhand_sequencer;
grant select, insert, update on ledger_log to evenhand_sequencer;
grant select, insert on ledger_leaf, ledger_checkpoint to evenhand_sequencer;
grant select, update on ledger_cursor to evenhand_sequencer;
grant select, update on ledger_log, ledger_cursor to evenhand_sweep;
grant select on ledger_leaf to evenhand_sweep;

-- Personal values behind the commitments of the ledger. Erasing a row here leaves every entry as it is.
create table disclosure (
  organization_id uuid  not null,
  commitment      bytea not null,
  field           text  not null,
  salt            bytea not null,
  value           text  not null,
  primary key (organization_id, commitment)
);
call bind_to_tenant('disclosure');
call open_to_role('disclosure', 'evenhand_people');

grant select on ledger_action to evenhand_backup;
grant select on ledger_action, ledger_inbox to evenhand_app, evenhand_wall, evenhand_sweep, evenhand_work, evenhand_sequencer;
grant insert on ledger_inbox to evenhand_work, evenhand_sweep, evenhand_wall;
grant select, insert, delete on disclosure to evenhand_people;
grant select, delete on disclosure to evenhand_app;

-- An action that a caller names, when the closed list has it. Raises foreign_key_violation.
create function ledger_action_known(p_action smallint) returns smallint
language plpgsql stable set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  if not exists (select from evenhand.ledger_action a where a.action = p_action) then
    raise exception 'the ledger has no action %', p_action using errcode = 'foreign_key_violation';
  end if;
  return p_action;
end $$;

-- One entry from Python: the event of a cold verb, in that verb's own transaction. Returns the entry's place.
create function ledger_note(p_action smallint, p_actor_commitment bytea, p_actor_organization uuid, p_object uuid, p_subject uuid,
                            p_digest bytea, p_purpose text, p_decision text, p_rule text, p_quantity bigint, p_at timestamptz,
                            out xid xid8, out id bigint)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                     object_digest, purpose, decision, rule, quantity)
  values (current_setting('evenhand.organization')::uuid, p_at, evenhand.ledger_action_known(p_action), p_actor_commitment,
          p_actor_organization, p_object, p_subject, p_digest, p_purpose, p_decision::evenhand.ledger_decision, p_rule, p_quantity)
  returning ledger_inbox.xid, ledger_inbox.id $$;
alter function ledger_note owner to evenhand_work;

-- One entry of the public governance log, in the transaction of the change. Returns the entry's place.
create function ledger_note_public(p_action smallint, p_body json, p_at timestamptz, out xid xid8, out id bigint)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.governance_inbox (at, action, body) values (p_at, p_action, p_body)
  returning governance_inbox.xid, governance_inbox.id $$;
alter function ledger_note_public owner to evenhand_work;

-- The entry with which a log that had stopped begins anew, or goes on.
create function ledger_note_reconciled(p_organization uuid, p_rule text, p_quantity bigint, p_at timestamptz, out xid xid8, out id bigint)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.ledger_inbox (organization_id, at, action, purpose, rule, quantity)
  values (p_organization, p_at, 18, 'manage', p_rule, p_quantity)
  returning ledger_inbox.xid, ledger_inbox.id $$;
alter function ledger_note_reconciled owner to evenhand_sweep;

-- The software that runs from now on, by the name it gives itself in its connections: one entry when it is another than the last.
-- The lock lets one of several processes that start at once write it.
create function ledger_note_software(p_at timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7102);
  if (select g.software from evenhand.governance_inbox g where g.action = 17 order by g.at desc, g.xid desc, g.id desc limit 1)
     is not distinct from current_setting('evenhand.software') then
    return false;
  end if;
  -- Spelled as canonical JSON has it: the functions of PostgreSQL that build objects put spaces into them.
  perform evenhand.ledger_note_public(17::smallint, ('{"software":' || to_json(current_setting('evenhand.software')) || '}')::json, p_at);
  return true;
end $$;
alter function ledger_note_software owner to evenhand_work;

-- What an operator watches of the ledger. waiting: rows that have no place in a log yet, counted up to 100,000, and the age of the
-- first; unpublished: the age of the oldest entry that is in no published checkpoint; stopped: logs that wait for somebody.
create function ledger_facts(p_now timestamptz, out ledger_waiting_rows bigint, out ledger_waiting_seconds float8,
                             out ledger_unpublished_seconds float8, out ledger_logs_stopped bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with waiting as (
    (select i.at from evenhand.ledger_cursor c join evenhand.ledger_inbox i
         on (i.xid, i.id) > (c.xid, c.id) and i.id >= c.floors[cardinality(c.floors)] where c.inbox = 'customers' limit 100000)
    union all
    (select i.at from evenhand.ledger_cursor c join evenhand.governance_inbox i
         on (i.xid, i.id) > (c.xid, c.id) and i.id >= c.floors[cardinality(c.floors)] where c.inbox = 'governance' limit 100000)),
  unpublished as (
    select coalesce(i.at, g.at) as at from evenhand.ledger_log l
      join evenhand.ledger_leaf f on f.organization_id = l.organization_id and f.generation = l.generation and f.index = l.published_size
      left join evenhand.ledger_inbox i on i.xid = f.xid and i.id = f.id and i.organization_id = f.organization_id
      left join evenhand.governance_inbox g on g.xid = f.xid and g.id = f.id and l.opaque like 'governance%'
     where l.state = 'open' and l.size > l.published_size)
  select (select count(*) from waiting),
         coalesce((select greatest(extract(epoch from p_now - min(w.at)), 0) from waiting w), 0),
         coalesce((select greatest(extract(epoch from p_now - min(u.at)), 0) from unpublished u), 0),
         (select count(*) from evenhand.ledger_log l where l.state = 'stopped') $$;
alter function ledger_facts owner to evenhand_sweep;

-- The id of an entry, as `ledger.entry` computes it: the place of its row, salted.
create function ledger_entry_id(p_salt bytea, p_xid xid8, p_id bigint) returns bytea
language sql immutable parallel safe set search_path = pg_catalog as $$
  select substr(sha256('evenhand-entry/1'::bytea || p_salt || xid8send(p_xid) || int8send(p_id)), 1, 16) $$;

-- What happened to one object, newest first, both as the one object and as one of many.
-- It runs as `wall`, whose policy is plain: under a tenant policy the array operator, not being leakproof, could not use
-- its index. The tenant is therefore in the WHERE clause, twice.
create function looks_of(p_object uuid, p_limit int)
returns table (at timestamptz, action smallint, purpose text, actor_commitment bytea, subject_id uuid, decision text, rule text, xid xid8, id bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  (select i.at, i.action, i.purpose, i.actor_commitment, i.subject_id, i.decision::text, i.rule, i.xid, i.id
     from evenhand.ledger_inbox i
    where i.organization_id = current_setting('evenhand.organization')::uuid and i.object_id = p_object
   union all
   select i.at, i.action, i.purpose, i.actor_commitment, i.subject_id, i.decision::text, i.rule, i.xid, i.id
     from evenhand.ledger_inbox i
    where i.object_ids @> array[p_object] and i.organization_id = current_setting('evenhand.organization')::uuid)
  order by 1 desc, 8 desc, 9 desc limit p_limit $$;
alter function looks_of owner to evenhand_wall;

-- Looks of the tenant, newest first, from a place on (exclusive) back to a time: at one object, of one person, those denied, or all.
-- It walks p_limit rows of one index and no more, whatever there is (for an object: what concerns it); what else is asked for, the
-- caller picks out of those. Like `looks_of` it runs as `wall`: xid8 and arrays have no leakproof operators, without which a tenant
-- policy would not let the order use its index.
create function looks_walked(p_object uuid, p_actor bytea, p_denied boolean, p_since timestamptz, p_at timestamptz, p_xid xid8, p_id bigint,
                             p_limit int)
returns setof ledger_inbox
language plpgsql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  if p_object is not null then
    return query select i.* from (
        select x.* from evenhand.ledger_inbox x where x.organization_id = v_organization and x.object_id = p_object
        union all
        select x.* from evenhand.ledger_inbox x where x.object_ids @> array[p_object] and x.organization_id = v_organization) i
     where i.action in (1, 2, 4, 5, 8) and i.at >= p_since and (i.at, i.xid, i.id) < (p_at, p_xid, p_id)
     order by i.at desc, i.xid desc, i.id desc limit p_limit;
  elsif p_actor is not null then
    return query select i.* from evenhand.ledger_inbox i
     where i.organization_id = v_organization and i.actor_commitment = p_actor and i.action in (1, 2, 4, 5, 8)
       and i.at >= p_since and (i.at, i.xid, i.id) < (p_at, p_xid, p_id)
     order by i.at desc, i.xid desc, i.id desc limit p_limit;
  elsif p_denied then
    return query select i.* from evenhand.ledger_inbox i
     where i.organization_id = v_organization and i.action = 8 and i.at >= p_since and (i.at, i.xid, i.id) < (p_at, p_xid, p_id)
     order by i.at desc, i.xid desc, i.id desc limit p_limit;
  else
    return query select i.* from evenhand.ledger_inbox i
     where i.organization_id = v_organization and i.action in (1, 2, 4, 5, 8)
       and i.at >= p_since and (i.at, i.xid, i.id) < (p_at, p_xid, p_id)
     order by i.at desc, i.xid desc, i.id desc limit p_limit;
  end if;
end $$;
alter function looks_walked owner to evenhand_wall;

-- After a restore: another server numbers its transactions anew, so the order by (xid, id) holds within what was restored and
-- within what comes after, not across. One entry for each log says where: everything with a smaller id was in the backup.
-- Every log stops: what was signed after the backup is not in it, and going on from here could contradict it.
create function ledger_restored(p_now timestamptz, p_inbox_floor bigint, p_governance_floor bigint) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.ledger_log l
     set state = 'stopped', reason = 'restored', stopped_era = cardinality(c.floors), stopped_xid = c.xid, stopped_id = c.id
    from evenhand.ledger_cursor c
   where l.state = 'open'
     and c.inbox = case l.organization_id when '00000000-0000-0000-0000-000000000000' then 'governance' else 'customers' end;
  update evenhand.ledger_cursor c
     set xid = '0', id = 0,
         floors = floors || case c.inbox when 'governance' then p_governance_floor else p_inbox_floor end;
  with told as (
    insert into evenhand.ledger_inbox (organization_id, at, action, purpose, quantity)
    select i.organization_id, p_now, 18, 'manage', count(*) from evenhand.ledger_inbox i group by 1
    returning 1)
  select count(*)::int from told $$;
alter function ledger_restored owner to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function ledger_note, looks_of, looks_walked, ledger_note_public, ledger_note_software, ledger_entry_id, ledger_facts to evenhand_app;
grant execute on function ledger_action_known to evenhand_work, evenhand_wall;
grant execute on function ledger_note to evenhand_people;
grant execute on function ledger_note_public to evenhand_people, evenhand_wall, evenhand_sweep, evenhand_work, evenhand_sequencer;
grant execute on function ledger_note_reconciled to evenhand_sequencer;
