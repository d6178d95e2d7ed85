-- walls: who must stay away from whom, who has touched what, and the minting of grants.
-- The register of interests is filled by later work; the tables, the epoch and the judgement are in use from the start.

-- The register's version. Every change bumps it under the exclusive gate; a pass given under an older one is judged again.
create table wall_epoch (
  only_one boolean primary key default true check (only_one),
  epoch    int     not null,
  changed_at timestamptz not null
);
insert into wall_epoch (epoch, changed_at) values (1, now());
call close_to_all('wall_epoch');
call open_to_role('wall_epoch', 'evenhand_wall');
call open_to_role('wall_epoch', 'evenhand_work');

-- Both directions are stored, so one index answers "who is in conflict with b".
create table conflict (
  organization_a uuid not null,
  organization_b uuid not null,
  basis          text not null,
  primary key (organization_a, organization_b),
  constraint nobody_conflicts_with_themselves check (organization_a <> organization_b)
);
call close_to_all('conflict');
call open_to_role('conflict', 'evenhand_wall');

-- The ownership graph, already solved: party a counts as party b for walls.
create table affiliation (
  organization_a uuid not null,
  organization_b uuid not null,
  rule           text not null,
  primary key (organization_a, organization_b)
);
call close_to_all('affiliation');
call open_to_role('affiliation', 'evenhand_wall');

-- A person's own interests: shares, offices, former employers inside the cooling-off period.
create table person_interest (
  person_id       uuid        not null,
  organization_id uuid        not null,
  until           timestamptz not null default 'infinity',
  primary key (person_id, organization_id)
);
call close_to_all('person_interest');
call open_to_role('person_interest', 'evenhand_wall');

-- Brewer-Nash history, never deleted.
create table touch (
  person_id       uuid        not null,
  organization_id uuid        not null,
  first_at        timestamptz not null,
  primary key (person_id, organization_id)
);
call close_to_all('touch');
call open_to_role('touch', 'evenhand_wall');

grant select on person_interest, affiliation, conflict to evenhand_wall;
grant select, insert on touch, conflict to evenhand_wall;
grant select, update on wall_epoch to evenhand_wall;
grant select on wall_epoch to evenhand_work;

-- Judge a person against an organization. Null means allowed; otherwise the rule that fired.
create function wall_rule(p_person uuid, p_organization uuid, p_now timestamptz) returns text
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select x.rule from (
    select 'history:' || c.basis as rule                       -- has touched a rival of this organization
      from evenhand.touch t join evenhand.conflict c on c.organization_a = t.organization_id and c.organization_b = p_organization
     where t.person_id = p_person
    union all
    select 'interest:' || c.basis                              -- owns, serves or served a rival
      from evenhand.person_interest i
      join evenhand.conflict c on c.organization_a = i.organization_id and c.organization_b = p_organization
     where i.person_id = p_person and i.until > p_now
    union all
    select 'interest-through:' || a.rule                       -- the same, through the ownership graph
      from evenhand.person_interest i
      join evenhand.affiliation a on a.organization_a = i.organization_id
      join evenhand.conflict c on c.organization_a = a.organization_b and c.organization_b = p_organization
     where i.person_id = p_person and i.until > p_now
    union all
    select 'vendor:' || a.rule                                 -- the vendor belongs to a rival's group
      from evenhand.person p
      join evenhand.affiliation a on a.organization_a = p.vendor_id
      join evenhand.conflict c on c.organization_a = a.organization_b and c.organization_b = p_organization
     where p.person_id = p_person
    union all
    select 'vendor:' || c.basis                                -- the vendor itself is named
      from evenhand.person p
      join evenhand.conflict c on c.organization_a = p.vendor_id and c.organization_b = p_organization
     where p.person_id = p_person
  ) x limit 1 $$;
alter function wall_rule owner to evenhand_wall;

-- Judge, and remember the touch of whoever is let in.
-- The caller holds the gate (so the register stands still) and the person's lock (so two tenants cannot judge at once).
create function wall_enter(p_person uuid, p_organization uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_rule text;
begin
  v_rule := evenhand.wall_rule(p_person, p_organization, p_now);
  if v_rule is null then
    insert into evenhand.touch (person_id, organization_id, first_at) values (p_person, p_organization, p_now) on conflict do nothing;
  end if;
  return v_rule;
end $$;
alter function wall_enter owner to evenhand_wall;

-- Declare a conflict. The exclusive gate waits for every claim and answer in flight and holds back new ones, so nothing
-- is granted under the old register after this commits. Milliseconds. Leases it forbids are taken back by `work`, which hears
-- of every new epoch in the same transaction.
create function conflict_declare(p_a uuid, p_b uuid, p_basis text, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_epoch int; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  insert into evenhand.conflict values (p_a, p_b, p_basis), (p_b, p_a, p_basis) on conflict do nothing;
  update evenhand.wall_epoch set epoch = epoch + 1, changed_at = p_now returning epoch into v_epoch;
  return v_epoch;
end $$;
alter function conflict_declare owner to evenhand_wall;

-- Mint a grant: lock the person, ask the walls, write the entry. The caller runs it as one statement outside a transaction,
-- so that when the row comes back it is committed: no record, no data. A denial returns and is recorded too: an exception
-- would roll the record back. The grant's id is the entry's place, so that a broker in another process can look it up.
create function grant_mint(p_token_sha256 bytea, p_action smallint, p_purpose text, p_objects uuid[], p_now timestamptz,
                           out status text, out organization_id uuid, out person_id uuid, out xid xid8, out id bigint, out rule text)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_epoch int; v_commitment bytea; v_vendor uuid; v_no bigint; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock_shared(7001) is null;          -- gate before credential
  select c.organization_id, c.person_id, c.person_no, m.actor_commitment, p.vendor_id
    into organization_id, person_id, v_no, v_commitment, v_vendor
    from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id and m.state = 'active'
    join evenhand.person p on p.person_id = c.person_id and p.is_active
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now;
  if not found then status := 'no-session'; return; end if;
  v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;
  select e.epoch into v_epoch from evenhand.wall_epoch e;
  rule := evenhand.wall_enter(person_id, organization_id, p_now);
  insert into evenhand.ledger_inbox as i (organization_id, at, action, actor_commitment, actor_organization_id, object_id, object_ids,
                                          purpose, wall_epoch, decision, rule)
  values (grant_mint.organization_id, p_now, case when rule is null then p_action else 8 end, v_commitment, v_vendor,
          case when cardinality(p_objects) = 1 then p_objects[1] end, case when cardinality(p_objects) > 1 then p_objects end,
          p_purpose, v_epoch, case when rule is null then 'allow' else 'deny' end, grant_mint.rule)
  returning i.xid, i.id into xid, id;
  status := case when rule is null then 'ok' else 'walled' end;
end $$;
alter function grant_mint owner to evenhand_wall;

-- The same for the software itself (a relay, a release, the check of an answer): no person, hence no wall, but the record.
create function grant_mint_for_software(p_organization uuid, p_action smallint, p_purpose text, p_objects uuid[], p_now timestamptz,
                                        out xid xid8, out id bigint)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.ledger_inbox (organization_id, at, action, object_id, object_ids, purpose, wall_epoch, decision)
  select p_organization, p_now, p_action, case when cardinality(p_objects) = 1 then p_objects[1] end,
         case when cardinality(p_objects) > 1 then p_objects end, p_purpose, e.epoch, 'allow' from evenhand.wall_epoch e
  returning ledger_inbox.xid, ledger_inbox.id $$;
alter function grant_mint_for_software owner to evenhand_wall;

-- The newest look of one person at one object that is on record since a moment and was allowed under the present register.
create function grant_covering(p_organization uuid, p_object uuid, p_commitment bytea, p_since timestamptz, p_epoch int,
                               out xid xid8, out id bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select i.xid, i.id from (
    select i.xid, i.id, i.at from evenhand.ledger_inbox i
     where i.organization_id = p_organization and i.object_id = p_object and i.actor_commitment = p_commitment
       and i.at >= p_since and i.action = 1 and i.decision = 'allow' and i.wall_epoch = p_epoch
    union all
    select i.xid, i.id, i.at from evenhand.ledger_inbox i
     where i.object_ids @> array[p_object] and i.organization_id = p_organization and i.actor_commitment = p_commitment
       and i.at >= p_since and i.action = 1 and i.decision = 'allow' and i.wall_epoch = p_epoch) i
  order by i.at desc limit 1 $$;
alter function grant_covering owner to evenhand_wall;

-- What a broker asks before it unwraps: is this grant recorded, for whom, and for which objects.
create function grant_facts(p_xid xid8, p_id bigint,
                            out organization_id uuid, out purpose text, out object_id uuid, out object_ids uuid[], out at timestamptz)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select i.organization_id, i.purpose, i.object_id, i.object_ids, i.at
    from evenhand.ledger_inbox i where i.xid = p_xid and i.id = p_id and i.decision is distinct from 'deny' $$;
alter function grant_facts owner to evenhand_wall;

revoke execute on all functions in schema evenhand from public;
grant execute on function wall_enter, grant_covering to evenhand_work;
grant execute on function grant_mint, grant_mint_for_software to evenhand_app;
grant execute on function grant_facts to evenhand_broker;
