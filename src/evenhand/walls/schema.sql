-- walls: who must stay away from whom, who has touched what, and the minting of grants.
--
-- A party is a record of the register of interests, by its BODS recordId; an organization is one, or the party of its own id.
-- Who is in conflict with whom is said by customers; who is tied to whom is solved from statements, outside, and kept here.

-- The register's version. Every change bumps it under the exclusive gate; a pass given under an older one is judged again.
-- What the last change was about, so that only holds it can concern are judged again; null: it may concern any.
create table wall_epoch (
  only_one boolean primary key default true check (only_one),
  epoch    int     not null,
  changed_at    timestamptz not null,
  parties       text[],
  organizations uuid[],
  persons       uuid[]
);
insert into wall_epoch (epoch, changed_at) values (1, now());
call close_to_all('wall_epoch');
call open_to_role('wall_epoch', 'evenhand_wall');
call open_to_role('wall_epoch', 'evenhand_work');

-- Which record an organization is. Without a row it is the party named by its own id.
create table party (
  organization_id uuid        primary key references organization,
  record_id       text        not null,
  declared_by     uuid        not null,
  mapped_at       timestamptz not null
);
call close_to_all('party');
call open_to_role('party', 'evenhand_wall');

-- Statements of ownership, as they decide: what is personal in them was left out when they were filed.
-- register: all zeros for the public one; a customer's own id for what it claims until the operator confirms it.
create table ownership_statement (
  register     uuid        not null,
  statement_id text        not null,
  challenge_id uuid,
  declared_by  uuid        not null,
  record_id    text        not null,
  record_type  text        not null check (record_type in ('entity', 'person', 'relationship')),
  document     text        not null,                       -- canonical JSON
  filed_at     timestamptz not null,
  epoch        int         not null,
  ended_epoch  int,                                         -- withdrawn, closed, or replaced by a newer one of its record
  primary key (register, statement_id)
);
create index ownership_statement_of_record on ownership_statement (register, record_id) where ended_epoch is null;
call close_to_all('ownership_statement');
call open_to_role('ownership_statement', 'evenhand_wall');

-- What a customer claims of the ownership of others, with its source. Only its own walls hear of it until it is confirmed.
create table challenge (
  organization_id uuid        not null references organization,
  challenge_id    uuid        not null,
  source          text        not null,
  state           text        not null check (state in ('open', 'confirmed', 'refused', 'withdrawn')),
  filed_at        timestamptz not null,
  decided_at      timestamptz,
  note            text,
  primary key (organization_id, challenge_id)
);
call bind_to_tenant('challenge');
call open_to_role('challenge', 'evenhand_wall');

-- How a customer wants its walls. Without a row: 5, 10, 180, hold.
create table wall_policy (
  organization_id uuid        primary key references organization,
  notice_percent  float8      not null check (notice_percent between 1 and 100),
  wall_percent    float8      not null check (wall_percent between 1 and 100),
  cool_off_days   int         not null check (cool_off_days between 0 and 3650),
  on_change       text        not null check (on_change in ('block', 'hold', 'notify')),
  changed_at      timestamptz not null,
  constraint notice_comes_before_the_wall check (notice_percent <= wall_percent)
);
call bind_to_tenant('wall_policy');
call open_to_role('wall_policy', 'evenhand_wall');

-- Whom a customer is in conflict with. It works both ways, and is nobody's but its declarer's to read.
create table conflict (
  organization_id uuid        not null references organization,
  party           text        not null,
  basis           text        not null,
  since           timestamptz not null,
  until           timestamptz not null default 'infinity',  -- withdrawn: when its cooling-off ends
  primary key (organization_id, party)
);
create index conflict_of_party on conflict (party);
call bind_to_tenant('conflict');
call open_to_role('conflict', 'evenhand_wall');

-- What a customer lets pass although it is walled: a party or one person, tied to one rival or to any.
create table waiver (
  organization_id uuid        not null references organization,
  waiver_id       uuid        not null,
  party           text,
  person_id       uuid,
  rival           text,
  reason          text        not null,
  granted_by      bytea       not null,                     -- commitment of the owner who signed it
  since           timestamptz not null,
  until           timestamptz not null,
  hold_id         uuid,                                     -- countersigned with this hold
  primary key (organization_id, waiver_id),
  constraint a_waiver_is_for_a_party_or_a_person check ((party is null) <> (person_id is null))
);
call bind_to_tenant('waiver');
call open_to_role('waiver', 'evenhand_wall');

-- A change of control that a customer has not answered yet. chain: the ties that it was told of, each with the statements
-- that make it. While one is open, nothing of this customer is dealt or shown to annotators, and nothing is taken from them.
create table wall_hold (
  organization_id uuid        not null references organization,
  hold_id         uuid        not null,
  change_id       uuid        not null,                     -- one for all customers whom one change concerns
  epoch           int         not null,
  opened_at       timestamptz not null,
  chain           jsonb       not null,
  countersigned_at timestamptz,
  countersigned_by bytea,                                   -- commitment of the owner who signed it
  note            text,
  primary key (organization_id, hold_id)
);
create index wall_hold_open on wall_hold (organization_id) where countersigned_at is null;
call bind_to_tenant('wall_hold');
call open_to_role('wall_hold', 'evenhand_wall');
call open_to_role('wall_hold', 'evenhand_work');

-- What a customer was told of its walls, in versions: canonical JSON, whose SHA-256 is the digest of a policy.change entry.
create table wall_document (
  organization_id uuid        not null references organization,
  version         int         not null,
  epoch           int         not null,
  at              timestamptz not null,
  body            text        not null,
  primary key (organization_id, version)
);
call bind_to_tenant('wall_document');

-- The ownership graph, solved: how strongly two parties are tied, and by which statements. Both directions are stored.
-- register: as of statements; a customer's own holds only what its challenges tie more strongly than the public one.
create table affiliation (
  register     uuid        not null,
  party_a      text        not null,
  party_b      text        not null,
  rule         text        not null,
  low          float8      not null,                        -- percent, unknown counted as nothing: for favors
  high         float8      not null,                        -- percent, unknown counted as all: for walls
  chain        jsonb       not null,
  graph_sha256 bytea       not null,
  epoch        int         not null,
  primary key (register, party_a, party_b)
);
create index affiliation_of_party on affiliation (party_a);
call close_to_all('affiliation');
call open_to_role('affiliation', 'evenhand_wall');

-- A person's own interests: shares, offices, former employers. until: when it ended; 'infinity' while it lasts.
-- sealed: what was said of it besides.
create table person_interest (
  person_id    uuid        not null,
  interest_id  uuid        not null,
  party        text        not null,
  kind         text        not null check (kind in ('employment', 'shares', 'office', 'other')),
  percent      float8      not null default 100,            -- of shares; unknown: 100
  since        date,
  until        timestamptz not null default 'infinity',
  declared_by  text        not null check (declared_by in ('self', 'vendor')),
  commitment   bytea       not null,
  sealed_in    uuid        not null,                        -- the organization in which it was declared, whose key seals it
  chunk_key_id uuid,
  sealed       bytea,
  withdrawn_at timestamptz,
  primary key (person_id, interest_id)
);
call close_to_all('person_interest');
call open_to_role('person_interest', 'evenhand_wall');

-- Whom a person worked for before: the vendor she left, and when. It counts as long as a customer's cooling-off says.
create table employment (
  person_id uuid        not null,
  vendor_id uuid        not null,
  until     timestamptz not null,
  primary key (person_id, vendor_id)
);
call close_to_all('employment');
call open_to_role('employment', 'evenhand_wall');

-- "Nothing changed": what a vendor or the operator says every quarter. Silence is an alarm.
create table quarter_statement (
  organization_id uuid        not null references organization,
  quarter         text        not null,
  at              timestamptz not null,
  signed_by       bytea       not null,
  primary key (organization_id, quarter)
);
call bind_to_tenant('quarter_statement');
call open_to_role('quarter_statement', 'evenhand_wall');

-- Who was silent for longer than a quarter: since when, when a statement was due, and when everybody was told. One row a silence.
create table silence (
  organization_id uuid        not null references organization,
  since           timestamptz not null,
  due_at          timestamptz not null,
  told_at         timestamptz not null,
  ended_at        timestamptz,
  primary key (organization_id, since)
);
call close_to_all('silence');
call open_to_role('silence', 'evenhand_wall');

-- Brewer-Nash history, never deleted.
create table touch (
  person_id       uuid        not null,
  organization_id uuid        not null,
  first_at        timestamptz not null,
  primary key (person_id, organization_id)
);
call close_to_all('touch');
call open_to_role('touch', 'evenhand_wall');

grant select, insert, update, delete on party, affiliation, person_interest, silence to evenhand_wall;
grant select, insert, update on ownership_statement, challenge, employment to evenhand_wall;
grant select, insert on touch, wall_hold to evenhand_wall;
grant select on wall_policy, conflict, waiver, quarter_statement to evenhand_wall;
grant select, update on wall_epoch to evenhand_wall;
grant update (vendor_id, chunk_key_id, sealed) on person to evenhand_wall;
grant insert on disclosure to evenhand_wall;
call open_to_role('disclosure', 'evenhand_wall');
grant select on wall_epoch, wall_hold to evenhand_work;
grant select, insert, update on wall_policy, conflict, waiver to evenhand_app;
grant select, insert, update on challenge to evenhand_app;
grant select, insert on wall_document, quarter_statement to evenhand_app;
grant select, update (countersigned_at, countersigned_by, note) on wall_hold to evenhand_app;

-- The party that an organization is.
create function party_of(p_organization uuid) returns text
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select coalesce((select y.record_id from evenhand.party y where y.organization_id = p_organization), p_organization::text) $$;
alter function party_of owner to evenhand_wall;

-- What ties a person to parties: her vendor and those she left within the days, customers she has seen data of, her own interests.
-- A customer's own people are not kept from it by what it owns; shares of hers count from the percentage on.
create function ties_of(p_person uuid, p_organization uuid, p_percent float8, p_days int, p_now timestamptz)
returns table (word text, party text)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select 'vendor', evenhand.party_of(p.vendor_id) from evenhand.person p where p.person_id = p_person and p.vendor_id <> p_organization
  union all
  select 'employer', evenhand.party_of(e.vendor_id) from evenhand.employment e
   where e.person_id = p_person and e.vendor_id <> p_organization and e.until + make_interval(days => p_days) > p_now
  union all
  select 'history', evenhand.party_of(t.organization_id) from evenhand.touch t
   where t.person_id = p_person and t.organization_id <> p_organization
  union all
  select 'interest', i.party from evenhand.person_interest i
   where i.person_id = p_person and i.withdrawn_at is null and (i.kind <> 'shares' or i.percent >= p_percent)
     and case when i.kind = 'employment' and i.until < 'infinity' then i.until + make_interval(days => p_days) else i.until end > p_now $$;
alter function ties_of owner to evenhand_wall;

-- Judge a person against an organization. Null means allowed; otherwise the rule that fired, in words of the organization's own
-- conflicts alone: of a conflict that somebody else declared it says no more than what ties the person.
-- Time alone never raises a wall except by the end of a waiver; `wall_pass` keeps passes that lean on one from being remembered.
create function wall_rule(p_person uuid, p_organization uuid, p_now timestamptz) returns text
language plpgsql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_party text; v_percent float8; v_days int; v_on_change text; v_rule text;
begin
  if not exists (select from evenhand.conflict) then return null; end if;
  v_party := evenhand.party_of(p_organization);
  select w.wall_percent, w.cool_off_days, w.on_change into v_percent, v_days, v_on_change
    from evenhand.wall_policy w where w.organization_id = p_organization;
  v_percent := coalesce(v_percent, 10); v_days := coalesce(v_days, 180); v_on_change := coalesce(v_on_change, 'hold');
  -- its own conflicts
  select t.word || ':' || c.basis into v_rule
    from evenhand.ties_of(p_person, p_organization, v_percent, v_days, p_now) t
    join evenhand.conflict c on c.organization_id = p_organization and c.until > p_now
   cross join lateral (select max(x.high) as high from evenhand.affiliation x
                        where x.party_a = t.party and x.party_b = c.party
                          and x.register in ('00000000-0000-0000-0000-000000000000', p_organization)) a
   where (c.party = t.party or (t.word <> 'vendor' or v_on_change <> 'notify') and a.high >= v_percent)
     and not exists (select from evenhand.waiver x
                      where x.organization_id = p_organization and x.until > p_now and (x.rival is null or x.rival = c.party)
                        and (x.party = t.party or x.person_id = p_person))
     -- What a hold is about is the customer's to answer: while it is open, `wall_enter` lets nobody in; once it is countersigned,
     -- the ties of its chain are accepted, as strong as they were then.
     and (c.party = t.party or t.word <> 'vendor'
          or not exists (select from evenhand.wall_hold h
                          cross join lateral jsonb_to_recordset(h.chain) as k(party text, rival text, high float8)
                          where h.organization_id = p_organization and k.party = t.party and k.rival = c.party and k.high >= a.high))
   order by t.word, c.basis limit 1;
  if v_rule is not null then return v_rule; end if;
  -- somebody else's, who named this organization's party or one that it is tied to
  with against as materialized (
    select c.organization_id, c.party, coalesce(w.wall_percent, 10) as percent, coalesce(w.cool_off_days, 180) as days,
           evenhand.party_of(c.organization_id) as declarer
      from (select v_party as party, 'infinity'::float8 as high, '00000000-0000-0000-0000-000000000000'::uuid as register
            union all
            select a.party_b, a.high, a.register from evenhand.affiliation a where a.party_a = v_party) n
      join evenhand.conflict c on c.party = n.party and c.organization_id <> p_organization and c.until > p_now
      left join evenhand.wall_policy w on w.organization_id = c.organization_id
     where n.high >= coalesce(w.wall_percent, 10) and n.register in ('00000000-0000-0000-0000-000000000000', c.organization_id))
  select t.word into v_rule
    from against c
   cross join lateral evenhand.ties_of(p_person, p_organization, c.percent, c.days, p_now) t
   where (t.party = c.declarer
          or exists (select from evenhand.affiliation a where a.party_a = t.party and a.party_b = c.declarer and a.high >= c.percent
                        and a.register in ('00000000-0000-0000-0000-000000000000', c.organization_id)))
     and not exists (select from evenhand.waiver x
                      where x.organization_id = c.organization_id and x.until > p_now and x.person_id = p_person
                        and (x.rival is null or x.rival = c.party))
   order by t.word limit 1;
  return v_rule;
end $$;
alter function wall_rule owner to evenhand_wall;

-- Under REPEATABLE READ a lock that was waited for says nothing: the snapshot is older than what its holder did. Then nobody is
-- judged at all. Under SERIALIZABLE the server itself sees the conflict and ends one of the two.
create function sees_what_is_committed() returns void
language plpgsql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  if current_setting('transaction_isolation') = 'repeatable read' then
    raise exception 'walls are not judged under repeatable read' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $$;
alter function sees_what_is_committed owner to evenhand_wall;

-- Judge, and remember the touch of whoever is let in.
-- The caller holds the gate (so the register stands still) and the person's lock (so two tenants cannot judge at once).
-- `hold`: a change of control waits for the customer's word; until then nobody who labels or reviews is let in.
create function wall_enter(p_person uuid, p_organization uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_rule text;
begin
  perform evenhand.sees_what_is_committed();
  v_rule := evenhand.wall_rule(p_person, p_organization, p_now);
  if v_rule is null
     and exists (select from evenhand.wall_hold h where h.organization_id = p_organization and h.countersigned_at is null)
     and exists (select from evenhand.membership m where m.organization_id = p_organization and m.person_id = p_person
                    and m.role in ('annotator', 'reviewer')) then
    v_rule := 'hold';
  end if;
  if v_rule is null then
    insert into evenhand.touch (person_id, organization_id, first_at) values (p_person, p_organization, p_now) on conflict do nothing;
  end if;
  return v_rule;
end $$;
alter function wall_enter owner to evenhand_wall;

-- The epoch that a pass just given is remembered under. None, where the organization has waivers that end: with them time alone
-- raises a wall, and whoever was let in by one is judged again each time.
create function wall_pass(p_organization uuid, p_epoch int, p_now timestamptz) returns int
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select case when exists (select from evenhand.waiver x where x.organization_id = p_organization and x.until > p_now
                              and x.until < 'infinity') then 0 else p_epoch end $$;
alter function wall_pass owner to evenhand_wall;

-- Begin to change the register: the exclusive gate waits for every claim and answer in flight and holds back new ones, so nothing
-- is granted under the old register after this commits. False: somebody changed it since the caller computed; nothing is locked
-- for longer than its transaction, so it computes again. `p_base`: the epoch that was computed on; null: no matter which.
create function register_begin(p_base int) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean;
begin
  perform evenhand.sees_what_is_committed();
  v_locked := pg_advisory_xact_lock(7001) is null;
  return p_base is null or p_base = (select e.epoch from evenhand.wall_epoch e);
end $$;
alter function register_begin owner to evenhand_wall;

-- The register's new version, and what it is about (null: anything). Leases that it forbids are taken back by `work`, which
-- hears of every new epoch in the same transaction.
create function register_bump(p_parties text[], p_organizations uuid[], p_persons uuid[], p_now timestamptz) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.wall_epoch
     set epoch = epoch + 1, changed_at = p_now, parties = p_parties, organizations = p_organizations, persons = p_persons
  returning epoch $$;
alter function register_bump owner to evenhand_wall;

-- Which of the ties that are new or stronger concern which customers, and how: `wall` where it is at least what its policy says,
-- `notice` below. Those of vendors whose people work for the customer, and of the operator; the rest concerns nobody here.
-- p_ties: [{"register", "a", "b", "rule", "low", "high", "was", "chain"}], one direction each is enough.
create function register_concerns(p_ties jsonb, p_now timestamptz)
returns table (organization_id uuid, effect text, on_change text, kind text, party text, rival text, rule text, low float8, high float8,
               statements jsonb)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with tie as (
    select t.register, t.a, t.b, t.rule, t.low, t.high, t.was, t.chain
      from jsonb_to_recordset(p_ties) as t(register uuid, a text, b text, rule text, low float8, high float8, was float8, chain jsonb)
    union all
    select t.register, t.b, t.a, t.rule, t.low, t.high, t.was, t.chain
      from jsonb_to_recordset(p_ties) as t(register uuid, a text, b text, rule text, low float8, high float8, was float8, chain jsonb)),
  source as (                                               -- organizations behind the parties that got new ties
    select o.organization_id, o.kind, x.party from (select distinct tie.a as party from tie) x
      join evenhand.organization o on o.kind in ('vendor', 'operator') and evenhand.party_of(o.organization_id) = x.party)
  select distinct c.organization_id, case when t.high >= l.wall_percent then 'wall' else 'notice' end, l.on_change, s.kind, s.party, c.party,
         t.rule, t.low, t.high, t.chain
    from source s
    join tie t on t.a = s.party
    join evenhand.conflict c on c.party = t.b and c.until > p_now
    left join evenhand.wall_policy w on w.organization_id = c.organization_id
   cross join lateral (select coalesce(w.notice_percent, 5) as notice_percent, coalesce(w.wall_percent, 10) as wall_percent,
                              coalesce(w.on_change, 'hold') as on_change) l
   where t.register in ('00000000-0000-0000-0000-000000000000', c.organization_id)
     and t.high >= l.notice_percent
     and (t.was < case when t.high >= l.wall_percent then l.wall_percent else l.notice_percent end
          -- stronger than what was countersigned
          or t.high >= l.wall_percent
             and exists (select from evenhand.wall_hold h
                          where h.organization_id = c.organization_id
                            and h.chain @> jsonb_build_array(jsonb_build_object('party', s.party, 'rival', c.party))))
     and (s.kind = 'operator'
          or exists (select from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
                      where m.organization_id = c.organization_id and m.state <> 'removed' and p.vendor_id = s.organization_id))
     and not exists (select from evenhand.waiver x
                      where x.organization_id = c.organization_id and x.until > p_now and x.party = s.party
                        and (x.rival is null or x.rival = c.party))
   order by 1, 5, 6 $$;
alter function register_concerns owner to evenhand_wall;

-- Tell one customer of ties in its own log, and open a hold where it asked for one. digest: SHA-256 of the canonical chain.
create function hold_open(p_organization uuid, p_hold uuid, p_change uuid, p_effect text, p_chain jsonb, p_digest bytea, p_epoch int,
                          p_now timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  if p_effect = 'hold' then
    insert into evenhand.wall_hold (organization_id, hold_id, change_id, epoch, opened_at, chain)
    values (p_organization, p_hold, p_change, p_epoch, p_now, p_chain);
  end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, subject_id, object_digest, purpose, wall_epoch, rule)
  values (p_organization, p_now, 10, p_hold, p_digest, 'manage', p_epoch, p_effect);
end $$;
alter function hold_open owner to evenhand_wall;

-- ------------------------------------------------------------------------------------------------------- the register --
-- What the register holds now, for the solver: public statements, and those of customers beside them.
create function register_statements() returns table (register uuid, declared_by uuid, statement_id text, document text)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select s.register, s.declared_by, s.statement_id, s.document from evenhand.ownership_statement s
   where s.ended_epoch is null order by s.register, s.epoch, s.statement_id $$;
alter function register_statements owner to evenhand_wall;

-- The parties that verdicts ask about: organizations, parties in conflict with somebody, parties that people have interests in.
-- A set, so that it says nothing of whose they are.
create function register_points() returns table (party text)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select y.record_id from evenhand.party y union select c.party from evenhand.conflict c
  union select i.party from evenhand.person_interest i where i.withdrawn_at is null
  union select o.organization_id::text from evenhand.organization o
         where not exists (select from evenhand.party y where y.organization_id = o.organization_id) $$;
alter function register_points owner to evenhand_wall;

create function register_ties() returns table (register uuid, party_a text, party_b text, rule text, low float8, high float8, chain jsonb)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select a.register, a.party_a, a.party_b, a.rule, a.low, a.high, a.chain from evenhand.affiliation a $$;
alter function register_ties owner to evenhand_wall;

create function register_epoch() returns int
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$ select e.epoch from evenhand.wall_epoch e $$;
alter function register_epoch owner to evenhand_wall;

-- Put what was filed: new statements, the ends of others, which records organizations are. The caller has begun.
create function register_file(p_statements jsonb, p_ended jsonb, p_parties jsonb, p_epoch int, p_now timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.ownership_statement s set ended_epoch = p_epoch
    from jsonb_to_recordset(p_ended) as e(register uuid, statement_id text)
   where s.register = e.register and s.statement_id = e.statement_id and s.ended_epoch is null;
  insert into evenhand.ownership_statement (register, statement_id, challenge_id, declared_by, record_id, record_type, document, filed_at, epoch,
                                            ended_epoch)
  select n.register, n.statement_id, n.challenge_id, n.declared_by, n.record_id, n.record_type, n.document, p_now, p_epoch,
         case when n.is_closed then p_epoch end
    from jsonb_to_recordset(p_statements) as n(register uuid, statement_id text, challenge_id uuid, declared_by uuid, record_id text,
                                               record_type text, document text, is_closed boolean);
  delete from evenhand.party y using jsonb_to_recordset(p_parties) as n(organization_id uuid, record_id text)
   where y.organization_id = n.organization_id and n.record_id is null;
  insert into evenhand.party as y (organization_id, record_id, declared_by, mapped_at)
  select n.organization_id, n.record_id, n.declared_by, p_now
    from jsonb_to_recordset(p_parties) as n(organization_id uuid, record_id text, declared_by uuid) where n.record_id is not null
  on conflict (organization_id) do update set record_id = excluded.record_id, declared_by = excluded.declared_by, mapped_at = p_now;
end $$;
alter function register_file owner to evenhand_wall;

-- Put the graph as it was solved: ties that are gone, ties that are new or changed; both directions.
create function register_solve(p_gone jsonb, p_ties jsonb, p_graph bytea, p_epoch int) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  delete from evenhand.affiliation x using jsonb_to_recordset(p_gone) as g(register uuid, a text, b text)
   where x.register = g.register and (x.party_a, x.party_b) in ((g.a, g.b), (g.b, g.a));
  insert into evenhand.affiliation as x (register, party_a, party_b, rule, low, high, chain, graph_sha256, epoch)
  select n.register, d.a, d.b, n.rule, n.low, n.high, n.chain, p_graph, p_epoch
    from jsonb_to_recordset(p_ties) as n(register uuid, a text, b text, rule text, low float8, high float8, chain jsonb)
   cross join lateral (values (n.a, n.b), (n.b, n.a)) as d(a, b)
  on conflict (register, party_a, party_b) do update
     set rule = excluded.rule, low = excluded.low, high = excluded.high, chain = excluded.chain, graph_sha256 = excluded.graph_sha256,
         epoch = excluded.epoch $$;
alter function register_solve owner to evenhand_wall;

-- ------------------------------------------------------------------------------------------------ people's interests --
-- Declare an interest: one's own, or as the vendor that a person belongs to. The caller has begun.
create function interest_put(p_token_sha256 bytea, p_person uuid, p_interest uuid, p_party text, p_kind text, p_percent float8, p_since date,
                             p_until timestamptz, p_commitment bytea, p_chunk_key uuid, p_sealed bytea, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_who text;
begin
  v_who := evenhand.interest_declarer(p_token_sha256, p_person, p_now);
  if v_who is null then return 'no-person'; end if;
  insert into evenhand.person_interest (person_id, interest_id, party, kind, percent, since, until, declared_by, commitment, sealed_in, chunk_key_id,
                                        sealed)
  select p_person, p_interest, p_party, p_kind, p_percent, p_since, p_until, v_who, p_commitment, c.organization_id, p_chunk_key, p_sealed
    from evenhand.credential c where c.token_sha256 = p_token_sha256
  on conflict do nothing;
  return case when found then 'ok' else 'repeated' end;
end $$;

-- Who may declare for a person: `self`, or `vendor` for an owner or manager of hers; null for anybody else. Internal.
create function interest_declarer(p_token_sha256 bytea, p_person uuid, p_now timestamptz) returns text
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select case when c.person_id = p_person then 'self' else 'vendor' end
    from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id and m.state = 'active'
    join evenhand.person p on p.person_id = p_person
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now
     and (c.person_id = p_person or (p.vendor_id = c.organization_id and m.role in ('owner', 'manager'))) $$;
alter function interest_declarer owner to evenhand_wall;
alter function interest_put owner to evenhand_wall;

-- An interest has ended: from now on it counts only as long as a cooling-off says. By whoever declared it. The caller has begun.
create function interest_end(p_token_sha256 bytea, p_person uuid, p_interest uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_who text;
begin
  v_who := evenhand.interest_declarer(p_token_sha256, p_person, p_now);
  update evenhand.person_interest i set until = p_now
   where i.person_id = p_person and i.interest_id = p_interest and i.declared_by = v_who and i.until > p_now;
  return case when found then 'ok' else 'no-interest' end;
end $$;
alter function interest_end owner to evenhand_wall;

create function interests_of(p_token_sha256 bytea, p_person uuid, p_now timestamptz)
returns table (person_id uuid, interest_id uuid, party text, kind text, percent float8, since date, until timestamptz, declared_by text,
               commitment bytea, sealed_in uuid, chunk_key_id uuid, sealed bytea)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select i.person_id, i.interest_id, i.party, i.kind, i.percent, i.since, i.until, i.declared_by, i.commitment, i.sealed_in, i.chunk_key_id, i.sealed
    from evenhand.person_interest i
   where i.person_id = p_person and i.withdrawn_at is null and evenhand.interest_declarer(p_token_sha256, p_person, p_now) is not null
   order by i.interest_id $$;
alter function interests_of owner to evenhand_wall;

-- A person goes from one vendor to another. What she was stays on record; her sealed name is the new vendor's. By an owner of the
-- operator. The caller has begun.
create function vendor_change(p_token_sha256 bytea, p_person uuid, p_vendor uuid, p_chunk_key uuid, p_sealed bytea, p_salt bytea, p_commitment bytea,
                              p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_old uuid;
begin
  if not evenhand.is_operators_owner(p_token_sha256, p_now) then return 'not-allowed'; end if;
  if not exists (select from evenhand.organization o where o.organization_id = p_vendor) then return 'no-vendor'; end if;
  select p.vendor_id into v_old from evenhand.person p where p.person_id = p_person for update;
  if not found then return 'no-person'; end if;
  if v_old = p_vendor then return 'repeated'; end if;
  insert into evenhand.employment as e (person_id, vendor_id, until) values (p_person, v_old, p_now)
  on conflict (person_id, vendor_id) do update set until = excluded.until;
  update evenhand.person p set vendor_id = p_vendor, chunk_key_id = p_chunk_key, sealed = p_sealed where p.person_id = p_person;
  insert into evenhand.disclosure (organization_id, commitment, field, salt, value) values (v_old, p_commitment, 'vendor', p_salt, p_person::text);
  return 'ok';
end $$;

-- Whether a credential is that of an owner of the operator. Internal.
create function is_operators_owner(p_token_sha256 bytea, p_now timestamptz) returns boolean
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select exists (select from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id and m.state = 'active' and m.role = 'owner'
    join evenhand.organization o on o.organization_id = c.organization_id and o.kind = 'operator'
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now) $$;
alter function is_operators_owner owner to evenhand_wall;
alter function vendor_change owner to evenhand_wall;

-- What the move of a person needs: her sealed row and whose it is. For an owner of the operator.
create function person_to_move(p_token_sha256 bytea, p_person uuid, p_now timestamptz,
                               out vendor_id uuid, out chunk_key_id uuid, out sealed bytea)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.vendor_id, p.chunk_key_id, p.sealed from evenhand.person p
   where p.person_id = p_person and evenhand.is_operators_owner(p_token_sha256, p_now) $$;
alter function person_to_move owner to evenhand_wall;

-- --------------------------------------------------------------------------------------------------------- challenges --
-- What customers claim and nobody has decided on, for an owner of the operator, with the statements that were filed.
create function challenges_open(p_token_sha256 bytea, p_now timestamptz)
returns table (organization_id uuid, challenge_id uuid, source text, filed_at timestamptz, statements json)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select c.organization_id, c.challenge_id, c.source, c.filed_at,
         (select json_agg(s.document order by s.statement_id) from evenhand.ownership_statement s
           where s.register = c.organization_id and s.challenge_id = c.challenge_id)
    from evenhand.challenge c
   where c.state = 'open' and evenhand.is_operators_owner(p_token_sha256, p_now) order by c.filed_at, c.challenge_id $$;
alter function challenges_open owner to evenhand_wall;

-- Confirm or refuse a challenge; its statements end as the customer's own. Confirmed ones the caller files anew, publicly.
create function challenge_decide(p_token_sha256 bytea, p_challenge uuid, p_state text, p_note text, p_epoch int, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid;
begin
  if not evenhand.is_operators_owner(p_token_sha256, p_now) or p_state not in ('confirmed', 'refused') then return 'not-allowed'; end if;
  update evenhand.challenge c set state = p_state, note = p_note, decided_at = p_now
   where c.challenge_id = p_challenge and c.state = 'open' returning c.organization_id into v_organization;
  if not found then return 'no-challenge'; end if;
  update evenhand.ownership_statement s set ended_epoch = p_epoch
   where s.register = v_organization and s.challenge_id = p_challenge and s.ended_epoch is null;
  return 'ok';
end $$;
alter function challenge_decide owner to evenhand_wall;

-- ----------------------------------------------------------------------------------------------------------- silence --
-- Vendors and the operator that have said nothing for longer than p_after, and were not told of yet: each once.
create function silences_begin(p_after interval, p_now timestamptz)
returns table (organization_id uuid, since timestamptz, due_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.silence s set ended_at = p_now where s.ended_at is null and evenhand.spoke_at(s.organization_id) > s.since;
  return query
    insert into evenhand.silence as s (organization_id, since, due_at, told_at)
    select o.organization_id, k.at, k.at + p_after, p_now
      from evenhand.organization o cross join lateral (select evenhand.spoke_at(o.organization_id) as at) k
     where o.kind in ('vendor', 'operator') and k.at + p_after <= p_now
    on conflict do nothing returning s.organization_id, s.since, s.due_at;
end $$;

-- When an organization last said how it is owned: a filing, a quarterly statement, at first the day it came. Internal.
create function spoke_at(p_organization uuid) returns timestamptz
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select greatest((select o.created_at from evenhand.organization o where o.organization_id = p_organization),
                  (select max(q.at) from evenhand.quarter_statement q where q.organization_id = p_organization),
                  (select max(s.filed_at) from evenhand.ownership_statement s where s.declared_by = p_organization)) $$;
alter function spoke_at owner to evenhand_wall;
alter function silences_begin owner to evenhand_wall;

-- The customers that somebody works for: the operator for all, a vendor for those in which its people are members. Internal.
create function customers_of(p_organization uuid) returns setof uuid
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select c.organization_id from evenhand.organization o join evenhand.organization c on c.kind = 'customer'
   where o.organization_id = p_organization
     and (o.kind = 'operator'
          or exists (select from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
                      where m.organization_id = c.organization_id and m.state <> 'removed' and p.vendor_id = o.organization_id))
   order by c.organization_id $$;
alter function customers_of owner to evenhand_wall;

-- What the public register calls a party; null where it has no entity of that record in force. Internal.
create function name_in_register(p_party text) returns text
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select e.document::jsonb -> 'recordDetails' ->> 'name' from evenhand.ownership_statement e
   where e.register = '00000000-0000-0000-0000-000000000000' and e.record_id = p_party and e.record_type = 'entity'
     and e.ended_epoch is null order by e.filed_at desc limit 1 $$;
alter function name_in_register owner to evenhand_wall;

-- The vendors whose people are or were members of this organization, each as the public register names it.
create function vendors_here() returns table (organization_id uuid, party text, name text)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select o.organization_id, y.party, evenhand.name_in_register(y.party)
    from evenhand.organization o cross join lateral (select evenhand.party_of(o.organization_id) as party) y
   where o.kind = 'vendor'
     and exists (select from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
                  where m.organization_id = current_setting('evenhand.organization')::uuid and p.vendor_id = o.organization_id)
   order by o.organization_id $$;
alter function vendors_here owner to evenhand_wall;

-- Who of those that work for this organization owes a statement, itself among them. name: as the public register has it.
create function silences_here()
returns table (organization_id uuid, kind text, party text, name text, since timestamptz, due_at timestamptz)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select s.organization_id, o.kind, y.party, evenhand.name_in_register(y.party), s.since, s.due_at
    from evenhand.silence s join evenhand.organization o on o.organization_id = s.organization_id
   cross join lateral (select evenhand.party_of(s.organization_id) as party) y
   where s.ended_at is null
     and (s.organization_id = current_setting('evenhand.organization')::uuid
          or current_setting('evenhand.organization')::uuid in (select evenhand.customers_of(s.organization_id)))
   order by s.due_at, s.organization_id $$;
alter function silences_here owner to evenhand_wall;

-- Numbers of the register, for metrics and whoever watches them.
create function register_facts(out epoch int, out statements bigint, out ties bigint, out holds_open bigint, out challenges_open bigint,
                               out silent bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select (select e.epoch from evenhand.wall_epoch e),
         (select count(*) from evenhand.ownership_statement s where s.ended_epoch is null),
         (select count(*) / 2 from evenhand.affiliation),
         (select count(*) from evenhand.wall_hold h where h.countersigned_at is null),
         (select count(*) from evenhand.challenge c where c.state = 'open'),
         (select count(*) from evenhand.silence s where s.ended_at is null) $$;
alter function register_facts owner to evenhand_wall;

-- The ties that stand between one customer and its vendors, its operator and their people, for the customer's own eyes.
create function walls_in_force(p_now timestamptz)
returns table (kind text, organization_id uuid, party text, rival text, rule text, low float8, high float8, chain jsonb, register uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select o.kind, o.organization_id, a.party_a, a.party_b, a.rule, a.low, a.high, a.chain, a.register
    from evenhand.conflict c
    join evenhand.affiliation a on a.party_b = c.party and a.register in ('00000000-0000-0000-0000-000000000000', c.organization_id)
    join evenhand.organization o on o.kind in ('vendor', 'operator') and evenhand.party_of(o.organization_id) = a.party_a
   where c.organization_id = current_setting('evenhand.organization')::uuid and c.until > p_now
     and (o.kind = 'operator'
          or exists (select from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
                      where m.organization_id = c.organization_id and m.state <> 'removed' and p.vendor_id = o.organization_id))
   order by a.high desc, a.party_a, a.party_b $$;
alter function walls_in_force owner to evenhand_wall;

-- What is filed about parties and between them, for a customer who is told how they are tied; with what has ended since of that
-- which is named. Its own register beside the public one; of what says who a party is, the newest.
create function statements_between(p_parties text[], p_named text[]) returns table (document text)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with mine as (
    select s.* from evenhand.ownership_statement s
     where s.register in ('00000000-0000-0000-0000-000000000000', current_setting('evenhand.organization')::uuid))
  select m.document from mine m
   where m.record_type = 'relationship' and m.document::jsonb -> 'recordDetails' ->> 'subject' = any (p_parties)
     and m.document::jsonb -> 'recordDetails' ->> 'interestedParty' = any (p_parties)
     and (m.ended_epoch is null or m.statement_id = any (p_named))
  union all
  select p.document from (
    select distinct on (m.record_id) m.record_id, m.document from mine m
     where m.record_type <> 'relationship' and m.record_id = any (p_parties)
     order by m.record_id, m.ended_epoch is not null, m.filed_at desc) p $$;
alter function statements_between owner to evenhand_wall;

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
  values (grant_mint.organization_id, p_now, case when rule is null then evenhand.ledger_action_known(p_action) else 8 end, v_commitment,
          v_vendor, case when cardinality(p_objects) = 1 then p_objects[1] end, case when cardinality(p_objects) > 1 then p_objects end,
          p_purpose, v_epoch, case when rule is null then 'allow' else 'deny' end::evenhand.ledger_decision, grant_mint.rule)
  returning i.xid, i.id into xid, id;
  status := case when rule is null then 'ok' when rule = 'hold' then 'held' else 'walled' end;
end $$;
alter function grant_mint owner to evenhand_wall;

-- The same for the software itself (a relay, a release, the check of an answer): no person, hence no wall, but the record.
create function grant_mint_for_software(p_organization uuid, p_action smallint, p_purpose text, p_objects uuid[], p_now timestamptz,
                                        out xid xid8, out id bigint)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.ledger_inbox (organization_id, at, action, object_id, object_ids, purpose, wall_epoch, decision)
  select p_organization, p_now, evenhand.ledger_action_known(p_action), case when cardinality(p_objects) = 1 then p_objects[1] end,
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
grant execute on function wall_enter, wall_rule, wall_pass, grant_covering to evenhand_work;
grant execute on function grant_mint, grant_mint_for_software, party_of, register_begin, register_bump, register_concerns, hold_open, register_statements,
      register_points, register_ties, register_epoch, register_file, register_solve, interest_declarer, interest_put, interest_end, interests_of, vendor_change,
      person_to_move, challenges_open, challenge_decide, silences_begin, register_facts, walls_in_force,
      statements_between, silences_here, vendors_here to evenhand_app;
grant execute on function grant_facts to evenhand_broker;
