-- people: organizations, persons, memberships, credentials. Names and addresses are sealed; they are found by keyed hash.

create table organization (
  organization_id uuid        primary key,
  kind            text        not null check (kind in ('customer', 'vendor', 'operator')),
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- name
  retention_days  int         check (retention_days > 0),
  quota_tasks     bigint      check (quota_tasks >= 0),
  quota_bytes     bigint      check (quota_bytes >= 0),
  quota_members   int         check (quota_members >= 0),
  allows_break_glass boolean  not null default true,        -- whether the operator's people may be let in at all
  requires_passkey boolean    not null default false,       -- whether a password alone opens no session here
  created_at      timestamptz not null
);
call bind_to_tenant('organization');
call open_to_role('organization', 'evenhand_people');
call open_to_role('organization', 'evenhand_wall');

-- What an organization holds, counted in the transaction that stores it: tasks that are not deleted, and bytes as sealed.
create table usage (
  organization_id uuid   primary key references organization,
  tasks           bigint not null default 0,
  bytes           bigint not null default 0
);
call bind_to_tenant('usage');
call open_to_role('usage', 'evenhand_people');

-- A person belongs to one vendor organization and may work for several customers, so the row has no tenant: app cannot
-- read it at all, only the functions below can. person_no is what advisory locks count by.
create table person (
  person_id       uuid        primary key,
  person_no       bigint      not null generated always as identity unique,
  vendor_id       uuid        not null references organization,
  email_hash      bytea       not null constraint person_email_is_taken unique,
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- name, e-mail
  password_hash   text,                                     -- argon2id; null until the invitation is accepted
  preferences     jsonb       not null default '{}',
  is_active       boolean     not null default true,
  created_at      timestamptz not null
);
call close_to_all('person');
call open_to_role('person', 'evenhand_people');
call open_to_role('person', 'evenhand_wall');

-- A person in one customer's organization, under a pseudonym that is this customer's alone. actor_commitment stands for the
-- person in this customer's ledger; its salt and value lie in `disclosure` and can be erased without touching the ledger.
create table membership (
  organization_id  uuid        not null references organization,
  person_id        uuid        not null references person,
  person_no        bigint      not null,
  role             text        not null check (role in ('owner', 'manager', 'annotator', 'reviewer', 'auditor', 'visitor')),
  pseudonym        text        not null,
  annotator_no     int         not null,
  actor_commitment bytea       not null,
  state            text        not null default 'active' check (state in ('invited', 'active', 'removed')),
  joined_at        timestamptz not null,
  until            timestamptz,                             -- visitors only: no session outlives it
  sessions_ended_at timestamptz,                            -- when whoever manages people last ended this one's sessions here
  last_seen_at     timestamptz,
  primary key (organization_id, person_id),
  constraint membership_pseudonym_is_taken unique (organization_id, pseudonym),
  constraint a_visit_has_an_end check ((role = 'visitor') = (until is not null)),
  unique (organization_id, annotator_no)
);
create index membership_of_person on membership (person_id);
call bind_to_tenant('membership');
call open_to_role('membership', 'evenhand_people');
call open_to_role('membership', 'evenhand_work');
call open_to_role('membership', 'evenhand_wall');

-- Break-glass: one of the operator's people is let in to a customer's data for an hour, after two of them have shown a passkey.
-- The row is the customer's. reason: sealed under the customer's key, so that it stays with the customer.
create table break_glass (
  organization_id uuid        not null references organization,
  break_glass_id  uuid        not null,
  operator_id     uuid        not null references organization,
  person_id       uuid        not null references person,   -- who asked, and comes in
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- reason
  asked_at        timestamptz not null,
  lapses_at       timestamptz not null,                     -- what is not approved by then is over
  opened_at       timestamptz,
  until           timestamptz,
  closed_at       timestamptz,
  closed_by       text        check (closed_by in ('operator', 'customer', 'time')),
  primary key (organization_id, break_glass_id),
  constraint break_glass_is_closed_once check ((closed_at is null) = (closed_by is null)),
  constraint break_glass_has_an_end check ((opened_at is null) = (until is null))
);
create unique index break_glass_by_id on break_glass (break_glass_id);
create index break_glass_open on break_glass (until) where opened_at is not null and closed_at is null;
call bind_to_tenant('break_glass');
call open_to_role('break_glass', 'evenhand_people');

create table break_glass_approval (
  organization_id uuid        not null,
  break_glass_id  uuid        not null,
  person_id       uuid        not null references person,
  at              timestamptz not null,
  primary key (organization_id, break_glass_id, person_id),
  foreign key (organization_id, break_glass_id) references break_glass
);
call bind_to_tenant('break_glass_approval');
call open_to_role('break_glass_approval', 'evenhand_people');

-- What a request shows to be believed: a browser session or an API key. One credential is one person in one organization.
-- Only the digest of the token is kept.
create table credential (
  token_sha256    bytea       primary key,
  credential_id   uuid        not null unique,
  kind            text        not null check (kind in ('session', 'key')),
  organization_id uuid        not null,
  person_id       uuid        not null,
  person_no       bigint      not null,
  scopes          text[],                                   -- null: all that the role allows
  csrf            bytea,                                    -- sessions only
  prefix          text,                                     -- keys only: the first characters, to know it again
  chunk_key_id    uuid,
  sealed          bytea,                                    -- keys only: name
  created_at      timestamptz not null,
  expires_at      timestamptz not null,                     -- of a session: moves on as it is used, up to ends_at
  ends_at         timestamptz,                              -- sessions only: the end, used or not
  last_used_at    timestamptz,
  confirmed_at    timestamptz,                              -- sessions only: when the person last showed who she is
  is_strong       boolean     not null default false,       -- sessions only: opened or confirmed by more than a password
  constraint a_session_has_an_end check ((kind = 'session') = (ends_at is not null)),
  foreign key (organization_id, person_id) references membership on delete cascade
);
create index credential_of_person on credential (organization_id, person_id);
call bind_to_tenant('credential');
call open_to_role('credential', 'evenhand_people');
call open_to_role('credential', 'evenhand_work');
call open_to_role('credential', 'evenhand_wall');

-- A passkey of a person: what a browser shows instead of a password. Nothing here opens anything: the private half never leaves
-- the device. organization_id: under whose key the name that the person gave it is sealed.
create table passkey (
  passkey_id      uuid        primary key,
  credential      bytea       not null constraint passkey_is_taken unique,
  person_id       uuid        not null references person,
  organization_id uuid        not null references organization,
  public_key      bytea       not null,                     -- COSE
  sign_count      bigint      not null check (sign_count >= 0),
  is_synced       boolean     not null,                     -- copied between the person's devices by its maker
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- name
  created_at      timestamptz not null,
  last_used_at    timestamptz
);
create index passkey_of_person on passkey (person_id);
call close_to_all('passkey');
call open_to_role('passkey', 'evenhand_people');

-- Whom the operator's provider of single sign-on means by its own name for somebody. Both are keyed hashes.
create table identity (
  subject_hash bytea       primary key,
  issuer_hash  bytea       not null,
  person_id    uuid        not null references person,
  created_at   timestamptz not null,
  constraint identity_is_one_a_person unique (issuer_hash, person_id)
);
call close_to_all('identity');
call open_to_role('identity', 'evenhand_people');

-- A challenge that was answered, until its end: it answers nothing a second time.
create table challenge_used (
  challenge bytea       primary key,
  until     timestamptz not null
);
create index challenge_used_until on challenge_used (until);
call close_to_all('challenge_used');
call open_to_role('challenge_used', 'evenhand_people');

-- A link sent to somebody: an invitation or a password reset. Single use.
create table ticket (
  token_sha256    bytea       primary key,
  purpose         text        not null check (purpose in ('invitation', 'password-reset')),
  organization_id uuid        not null references organization,
  person_id       uuid        not null references person,
  expires_at      timestamptz not null,
  used_at         timestamptz
);
create index ticket_of_person on ticket (organization_id, person_id) where used_at is null;
call bind_to_tenant('ticket');
call open_to_role('ticket', 'evenhand_people');

-- Failed sign-ins in the present window, by keyed hash of the address or of the network: slows guessing, says nothing.
create table sign_in_attempt (
  bucket       bytea       primary key,
  window_start timestamptz not null,
  failures     int         not null
);
call close_to_all('sign_in_attempt');
call open_to_role('sign_in_attempt', 'evenhand_people');

-- What happened that a person may want to know. It names things by id and holds no content.
create table notification (
  organization_id uuid        not null references organization,
  notification_id uuid        not null,
  person_id       uuid        not null,
  kind            text        not null check (kind in ('task.reported', 'task.commented', 'release.ready', 'release.failed',
                                                       'guideline.changed', 'guideline.discussed', 'answer.sent-back', 'answer.decided', 'offer.changed',
                                                       'answer.rejected', 'project.removed', 'appeal.filed', 'appeal.decided', 'member.joined', 'breakglass.opened', 'hold.opened',
                                                       'silence.began')),
  project_id      uuid,
  subject_id      uuid,                                     -- the task, the release, the hold, or the organization it is about
  quantity        int         not null default 1,           -- how often since it was read last
  at              timestamptz not null,
  read_at         timestamptz,
  primary key (organization_id, notification_id)
);
create index notification_of_person on notification (organization_id, person_id, at desc, notification_id desc);
create unique index notification_unread_is_one on notification (organization_id, person_id, kind, project_id, subject_id)
  nulls not distinct where read_at is null;
call bind_to_tenant('notification');
call open_to_role('notification', 'evenhand_sweep');
call open_to_role('notification', 'evenhand_people');

-- Mail that waits to leave: to whom and about what. Addresses stay sealed until it does.
create table mail (
  organization_id uuid        not null references organization,
  mail_id         uuid        not null,
  person_id       uuid        not null,
  kind            text        not null check (kind in ('hold.opened', 'silence.began')),
  at              timestamptz not null,
  next_at         timestamptz not null,
  attempts        int         not null default 0,
  primary key (organization_id, mail_id)
);
create index mail_by_when_it_is_due on mail (next_at);
call bind_to_tenant('mail');
call open_to_role('mail', 'evenhand_people');
call open_to_role('mail', 'evenhand_sweep');
grant select, delete on mail to evenhand_app;
grant insert on mail to evenhand_people;
grant select, update, delete on mail to evenhand_sweep;

grant select on organization, usage to evenhand_app;
grant update (chunk_key_id, sealed, retention_days, allows_break_glass, requires_passkey) on organization to evenhand_app;
grant select, insert, update on usage to evenhand_people;
grant select, insert, update on notification to evenhand_app;
grant select, delete on notification to evenhand_sweep;
grant select, insert, update, delete on notification to evenhand_people;
grant select, insert, update on organization to evenhand_people;
grant select on organization, person, membership, credential to evenhand_wall;
grant select, insert, update on person, membership to evenhand_people;
grant select, insert, update, delete on credential, ticket, sign_in_attempt, passkey, challenge_used to evenhand_people;
grant select, insert on identity to evenhand_people;
grant select, insert, update on break_glass to evenhand_people;
grant select, insert on break_glass_approval to evenhand_people;
grant select on break_glass, break_glass_approval to evenhand_app;
grant select on membership, credential to evenhand_work;
grant select, delete on credential to evenhand_app;
grant select on membership to evenhand_app;

-- Who a token is. Role and state are read afresh every time, so a removed person is out at the next request.
create function actor_of(p_token_sha256 bytea, p_now timestamptz,
                         out organization_id uuid, out person_id uuid, out role text, out pseudonym text, out annotator_no int,
                         out actor_commitment bytea, out vendor_id uuid, out kind text, out scopes text[], out csrf bytea,
                         out credential_id uuid, out expires_at timestamptz, out ends_at timestamptz)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select c.organization_id, c.person_id, m.role, m.pseudonym, m.annotator_no, m.actor_commitment, p.vendor_id, c.kind, c.scopes,
         c.csrf, c.credential_id, c.expires_at, c.ends_at
    from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id
    join evenhand.person p on p.person_id = c.person_id
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now and m.state = 'active' and p.is_active $$;
alter function actor_of owner to evenhand_people;

-- For signing in: the password's hash of an address, by keyed hash. One row or none, in the same time.
create function sign_in_facts(p_email_hash bytea,
                              out person_id uuid, out password_hash text, out is_active boolean, out memberships json,
                              out has_passkey boolean)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.person_id, p.password_hash, p.is_active,
         (select coalesce(json_agg(json_build_object('organization_id', m.organization_id, 'role', m.role,
                                                     'requires_passkey', o.requires_passkey)
                                   order by m.last_seen_at desc nulls last, m.joined_at), '[]')
            from evenhand.membership m join evenhand.organization o on o.organization_id = m.organization_id
           where m.person_id = p.person_id and m.state = 'active'),
         exists (select from evenhand.passkey k where k.person_id = p.person_id)
    from evenhand.person p where p.email_hash = p_email_hash $$;
alter function sign_in_facts owner to evenhand_people;

-- What a person may know of herself: her own row and her organizations. The caller proves who she is by her token.
create function self(p_token_sha256 bytea, p_now timestamptz,
                     out person_id uuid, out vendor_id uuid, out chunk_key_id uuid, out sealed bytea, out preferences jsonb,
                     out memberships json)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.person_id, p.vendor_id, p.chunk_key_id, p.sealed, p.preferences,
         (select json_agg(json_build_object('organization_id', m.organization_id, 'role', m.role,
                                            'chunk_key_id', o.chunk_key_id, 'sealed', encode(o.sealed, 'base64')) order by m.joined_at)
            from evenhand.membership m join evenhand.organization o on o.organization_id = m.organization_id
           where m.person_id = p.person_id and m.state = 'active')
    from evenhand.credential c join evenhand.person p on p.person_id = c.person_id
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now and p.is_active $$;
alter function self owner to evenhand_people;

-- Opens a session after the password or the passkey was checked. Rotation at sign-in and at switching is: a new row, the old one
-- gone. p_confirms: the person just showed who she is; a switch takes over when she last did, and comes in only if that was after
-- her sessions here were last ended: one that is open elsewhere is not a way around. The membership is locked first, so that a
-- session is either there to be ended or opened after it.
-- p_strong: by a passkey or through the provider; a switch takes that over too. Where the organization asks for a passkey nothing
-- less comes in; its row is locked, so that no session slips in beside the change that asks for one.
-- p_idle: how long it lasts unused. 'ok', 'no-member', 'not-confirmed', 'needs-passkey', 'needs-first-passkey'.
create function session_open(p_token_sha256 bytea, p_credential_id uuid, p_organization uuid, p_person uuid, p_csrf bytea,
                             p_now timestamptz, p_ends_at timestamptz, p_idle interval, p_replaces bytea, p_confirms boolean,
                             p_strong boolean) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare m record; v_confirmed_at timestamptz; v_strong boolean; v_asks boolean;
begin
  select x.* into m from evenhand.membership x
   where x.organization_id = p_organization and x.person_id = p_person and x.state = 'active' and (x.until is null or x.until > p_now)
     for update;
  if not found then return 'no-member'; end if;
  v_confirmed_at := case when p_confirms then p_now
    else (select c.confirmed_at from evenhand.credential c where c.token_sha256 = p_replaces and c.person_id = p_person) end;
  if not p_confirms and m.sessions_ended_at >= coalesce(v_confirmed_at, '-infinity') then return 'not-confirmed'; end if;
  v_strong := case when p_confirms then p_strong
    else exists (select from evenhand.credential c where c.token_sha256 = p_replaces and c.person_id = p_person and c.is_strong) end;
  select o.requires_passkey into v_asks from evenhand.organization o where o.organization_id = p_organization for share;
  if v_asks and not v_strong then
    return case when exists (select from evenhand.passkey k where k.person_id = p_person) then 'needs-passkey' else 'needs-first-passkey' end;
  end if;
  insert into evenhand.credential (token_sha256, credential_id, kind, organization_id, person_id, person_no, csrf, created_at, expires_at,
                                   ends_at, confirmed_at, is_strong)
  values (p_token_sha256, p_credential_id, 'session', m.organization_id, m.person_id, m.person_no, p_csrf, p_now,
          least(p_now + p_idle, p_ends_at, m.until), least(p_ends_at, m.until), v_confirmed_at, v_strong);
  -- Only a session is replaced, and only by one that was opened: an API key stays, whoever shows it here.
  delete from evenhand.credential c where c.token_sha256 = p_replaces and c.kind = 'session';
  update evenhand.membership x set last_seen_at = p_now where x.organization_id = p_organization and x.person_id = p_person;
  return 'ok';
end $$;
alter function session_open owner to evenhand_people;

-- A session was used: it lasts from now on as long as one that is not used does, and never beyond its end. Its new end; null: over.
create function session_use(p_token_sha256 bytea, p_now timestamptz, p_idle interval) returns timestamptz
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.credential c set expires_at = greatest(c.expires_at, least(c.ends_at, p_now + p_idle)), last_used_at = p_now
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now returning c.expires_at $$;
alter function session_use owner to evenhand_people;

-- Ends every session of a member in one organization; how many. Keys stay: they are listed and revoked one by one.
create function member_sessions_end(p_organization uuid, p_person uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_count int;
begin
  if p_organization <> current_setting('evenhand.organization')::uuid then return 0; end if;
  update evenhand.membership m set sessions_ended_at = p_now where m.organization_id = p_organization and m.person_id = p_person;
  delete from evenhand.credential c where c.organization_id = p_organization and c.person_id = p_person and c.kind = 'session';
  get diagnostics v_count = row_count;
  return v_count;
end $$;
alter function member_sessions_end owner to evenhand_people;

create function session_end(p_token_sha256 bytea) returns boolean
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (delete from evenhand.credential c where c.token_sha256 = p_token_sha256 and c.kind = 'session' returning 1)
  select exists (select from gone) $$;
alter function session_end owner to evenhand_people;

-- Takes note that the person behind a session has just shown again who she is. p_strong: by a passkey.
create function session_confirm(p_token_sha256 bytea, p_strong boolean, p_now timestamptz) returns boolean
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with told as (update evenhand.credential c set confirmed_at = p_now, is_strong = c.is_strong or p_strong
                 where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now returning 1)
  select exists (select from told) $$;
alter function session_confirm owner to evenhand_people;

-- When the person behind a session last showed who she is, and the hash that her password is compared with. Null for no session.
-- is_too_weak: a password opened it, and she has a passkey that an organization of hers asks for: it must not add or let go of any,
-- or a password that was stolen would come in by a passkey of the thief's.
create function session_facts(p_token_sha256 bytea, p_now timestamptz,
                              out person_id uuid, out email_hash bytea, out password_hash text, out confirmed_at timestamptz,
                              out is_too_weak boolean)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.person_id, p.email_hash, p.password_hash, c.confirmed_at,
         not c.is_strong and exists (select from evenhand.passkey k where k.person_id = p.person_id)
           and exists (select from evenhand.membership m join evenhand.organization o on o.organization_id = m.organization_id
                        where m.person_id = p.person_id and m.state = 'active' and o.requires_passkey)
    from evenhand.credential c join evenhand.person p on p.person_id = c.person_id
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now and p.is_active $$;
alter function session_facts owner to evenhand_people;

-- Sets another password for the person of a session, who has shown what stood before. As with a link, every other session of the
-- person ends, and every link that would set one. False: the session is over, or another password stands by now than was shown.
create function password_change(p_token_sha256 bytea, p_was text, p_password_hash text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_person uuid;
begin
  update evenhand.person p set password_hash = p_password_hash
    from evenhand.credential c
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now and p.person_id = c.person_id and p.is_active
     and p.password_hash is not distinct from p_was
  returning p.person_id into v_person;
  if not found then return false; end if;
  delete from evenhand.credential c where c.person_id = v_person and c.kind = 'session' and c.token_sha256 <> p_token_sha256;
  update evenhand.ticket t set used_at = p_now
   where t.person_id = v_person and t.purpose = 'password-reset' and t.used_at is null;
  return true;
end $$;
alter function password_change owner to evenhand_people;

-- Uses a challenge up. False: it was used before. What is over is forgotten on the way.
create function challenge_use(p_challenge bytea, p_until timestamptz, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  delete from evenhand.challenge_used c where c.until < p_now;
  insert into evenhand.challenge_used (challenge, until) values (p_challenge, p_until) on conflict do nothing;
  return found;
end $$;
alter function challenge_use owner to evenhand_people;

-- Adds a passkey to the person of a session. 'ok', 'no-session', 'used' (its challenge), 'taken', 'too-many'.
create function passkey_add(p_token_sha256 bytea, p_passkey uuid, p_credential bytea, p_public_key bytea, p_sign_count bigint,
                            p_is_synced boolean, p_chunk_key uuid, p_sealed bytea, p_challenge bytea, p_until timestamptz,
                            p_max int, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_person uuid; v_organization uuid; v_locked boolean; v_no bigint;
begin
  select c.person_id, c.organization_id, c.person_no into v_person, v_organization, v_no from evenhand.credential c
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now;
  if not found then return 'no-session'; end if;
  v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;      -- two tabs cannot both add the last one
  if not evenhand.challenge_use(p_challenge, p_until, p_now) then return 'used'; end if;
  if (select count(*) from evenhand.passkey k where k.person_id = v_person) >= p_max then return 'too-many'; end if;
  insert into evenhand.passkey (passkey_id, credential, person_id, organization_id, public_key, sign_count, is_synced, chunk_key_id, sealed,
                                created_at)
  values (p_passkey, p_credential, v_person, v_organization, p_public_key, p_sign_count, p_is_synced, p_chunk_key, p_sealed, p_now)
  on conflict on constraint passkey_is_taken do nothing;
  return case when found then 'ok' else 'taken' end;
end $$;
alter function passkey_add owner to evenhand_people;

-- The first passkey of somebody who signs in by password where an organization of hers asks for more. After the password was checked.
-- 'ok', 'used' (its challenge), 'taken', 'has-one': a password adds none beside one that is there.
create function passkey_enroll(p_person uuid, p_organization uuid, p_passkey uuid, p_credential bytea, p_public_key bytea,
                               p_sign_count bigint, p_is_synced boolean, p_chunk_key uuid, p_sealed bytea, p_challenge bytea,
                               p_until timestamptz, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_no bigint; v_locked boolean;
begin
  select m.person_no into strict v_no from evenhand.membership m
   where m.organization_id = p_organization and m.person_id = p_person and m.state = 'active'
     and p_organization = current_setting('evenhand.organization')::uuid;
  v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;      -- two windows cannot both add the first one
  if not evenhand.challenge_use(p_challenge, p_until, p_now) then return 'used'; end if;
  if exists (select from evenhand.passkey k where k.person_id = p_person) then return 'has-one'; end if;
  insert into evenhand.passkey (passkey_id, credential, person_id, organization_id, public_key, sign_count, is_synced, chunk_key_id, sealed,
                                created_at)
  values (p_passkey, p_credential, p_person, p_organization, p_public_key, p_sign_count, p_is_synced, p_chunk_key, p_sealed, p_now)
  on conflict on constraint passkey_is_taken do nothing;
  return case when found then 'ok' else 'taken' end;
end $$;
alter function passkey_enroll owner to evenhand_people;

-- Forgets every passkey of a person, for the operator's command, when the device is lost; how many.
create function passkeys_forget(p_person uuid) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (delete from evenhand.passkey k where k.person_id = p_person returning 1) select count(*)::int from gone $$;
alter function passkeys_forget owner to evenhand_people;

-- A person's own passkeys, oldest first. The caller proves who she is by her token.
create function passkeys_of(p_token_sha256 bytea, p_now timestamptz)
returns table (passkey_id uuid, credential bytea, organization_id uuid, chunk_key_id uuid, sealed bytea, is_synced boolean,
               created_at timestamptz, last_used_at timestamptz)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select k.passkey_id, k.credential, k.organization_id, k.chunk_key_id, k.sealed, k.is_synced, k.created_at, k.last_used_at
    from evenhand.credential c join evenhand.passkey k on k.person_id = c.person_id
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now
   order by k.created_at, k.passkey_id $$;
alter function passkeys_of owner to evenhand_people;

create function passkey_remove(p_token_sha256 bytea, p_passkey uuid, p_now timestamptz) returns boolean
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (delete from evenhand.passkey k using evenhand.credential c
                 where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now
                   and k.person_id = c.person_id and k.passkey_id = p_passkey returning 1)
  select exists (select from gone) $$;
alter function passkey_remove owner to evenhand_people;

-- For signing in: whose passkey this is, and what checks it.
create function passkey_facts(p_credential bytea,
                              out person_id uuid, out public_key bytea, out sign_count bigint, out is_active boolean, out memberships json)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select k.person_id, k.public_key, k.sign_count, p.is_active,
         (select coalesce(json_agg(json_build_object('organization_id', m.organization_id, 'role', m.role)
                                   order by m.last_seen_at desc nulls last, m.joined_at), '[]')
            from evenhand.membership m where m.person_id = p.person_id and m.state = 'active')
    from evenhand.passkey k join evenhand.person p on p.person_id = k.person_id where k.credential = p_credential $$;
alter function passkey_facts owner to evenhand_people;

-- A passkey was shown and checked: uses its challenge up and keeps its count. False: the challenge was used before, or the
-- passkey was used in between, so that the count which was checked is not the one that stands.
create function passkey_shown(p_credential bytea, p_sign_count_was bigint, p_sign_count bigint, p_challenge bytea,
                              p_until timestamptz, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  if not evenhand.challenge_use(p_challenge, p_until, p_now) then return false; end if;
  update evenhand.passkey k set sign_count = p_sign_count, last_used_at = p_now
   where k.credential = p_credential and k.sign_count = p_sign_count_was;
  return found;
end $$;
alter function passkey_shown owner to evenhand_people;

-- Who of the operator asks: an owner or manager of an operator, by session. Null: nobody who may.
create function operator_of(p_token_sha256 bytea, p_now timestamptz, out person_id uuid, out operator_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select c.person_id, c.organization_id
    from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id
                               and m.state = 'active' and m.role in ('owner', 'manager')
    join evenhand.person p on p.person_id = c.person_id and p.is_active
    join evenhand.organization o on o.organization_id = c.organization_id and o.kind = 'operator'
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now $$;
alter function operator_of owner to evenhand_people;

-- The operator asks to be let in to a customer's data. 'ok', 'not-operator', 'no-customer', 'forbidden', 'member', 'asked-already'.
create function break_glass_ask(p_token_sha256 bytea, p_organization uuid, p_break_glass uuid, p_chunk_key uuid, p_sealed bytea,
                                p_now timestamptz, p_lapses_at timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare o record; v_allows boolean;
begin
  select * into o from evenhand.operator_of(p_token_sha256, p_now);
  if o.person_id is null then return 'not-operator'; end if;
  select c.allows_break_glass into v_allows from evenhand.organization c
   where c.organization_id = p_organization and c.kind = 'customer' for share;
  if not found then return 'no-customer'; end if;
  if not v_allows then return 'forbidden'; end if;
  if exists (select from evenhand.membership m where m.organization_id = p_organization and m.person_id = o.person_id
                and m.state <> 'removed') then return 'member'; end if;
  if exists (select from evenhand.break_glass b where b.organization_id = p_organization and b.person_id = o.person_id
                and b.closed_at is null and coalesce(b.until, b.lapses_at) > p_now) then return 'asked-already'; end if;
  insert into evenhand.break_glass (organization_id, break_glass_id, operator_id, person_id, chunk_key_id, sealed, asked_at, lapses_at)
  values (p_organization, p_break_glass, o.operator_id, o.person_id, p_chunk_key, p_sealed, p_now, p_lapses_at);
  return 'ok';
end $$;
alter function break_glass_ask owner to evenhand_people;

-- What this operator has asked for, newest first.
create function break_glass_of(p_token_sha256 bytea, p_now timestamptz, p_max int)
returns table (organization_id uuid, break_glass_id uuid, is_own boolean, chunk_key_id uuid, sealed bytea, asked_at timestamptz,
               lapses_at timestamptz, opened_at timestamptz, until timestamptz, closed_at timestamptz, closed_by text,
               approvals int, has_approved boolean)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select b.organization_id, b.break_glass_id, b.person_id = o.person_id, b.chunk_key_id, b.sealed, b.asked_at, b.lapses_at, b.opened_at,
         b.until, b.closed_at, b.closed_by, count(a.person_id)::int, coalesce(bool_or(a.person_id = o.person_id), false)
    from evenhand.operator_of(p_token_sha256, p_now) o
    join evenhand.break_glass b on b.operator_id = o.operator_id
    left join evenhand.break_glass_approval a on a.organization_id = b.organization_id and a.break_glass_id = b.break_glass_id
   group by b.organization_id, b.break_glass_id, o.person_id
   order by b.asked_at desc, b.break_glass_id desc limit p_max $$;
alter function break_glass_of owner to evenhand_people;

-- One of the operator's people approves, having shown a passkey. The second one's word opens: whoever asked becomes a visitor until
-- the time is over. The tenant of the transaction is the customer, whose own record is written beside.
-- 'approved', 'opened', 'approved-before', 'not-operator', 'gone' (unknown, lapsed, open or closed), 'forbidden', 'member'.
create function break_glass_approve(p_token_sha256 bytea, p_break_glass uuid, p_pseudonyms text[], p_salt bytea, p_now timestamptz,
                                    p_lasts interval, out status text, out until timestamptz)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare o record; b record; v_allows boolean; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;                 -- the gate: who may see what changes
  select * into o from evenhand.operator_of(p_token_sha256, p_now);
  if o.person_id is null then status := 'not-operator'; return; end if;
  select x.* into b from evenhand.break_glass x
   where x.break_glass_id = p_break_glass and x.operator_id = o.operator_id
     and x.organization_id = current_setting('evenhand.organization')::uuid for update;
  if not found or b.opened_at is not null or b.closed_at is not null or b.lapses_at <= p_now then status := 'gone'; return; end if;
  select c.allows_break_glass into v_allows from evenhand.organization c where c.organization_id = b.organization_id for share;
  if not v_allows then status := 'forbidden'; return; end if;
  insert into evenhand.break_glass_approval (organization_id, break_glass_id, person_id, at)
  values (b.organization_id, p_break_glass, o.person_id, p_now) on conflict do nothing;
  if not found then status := 'approved-before'; return; end if;
  status := 'approved';
  if (select count(*) from evenhand.break_glass_approval a
       where a.organization_id = b.organization_id and a.break_glass_id = p_break_glass) < 2 then return; end if;
  if exists (select from evenhand.membership m where m.organization_id = b.organization_id and m.person_id = b.person_id
                and m.state <> 'removed') then status := 'member'; return; end if;
  until := p_now + p_lasts;
  perform evenhand.visitor_add(b.organization_id, b.person_id, p_pseudonyms, p_salt, until, p_now);
  update evenhand.break_glass x set opened_at = p_now, until = break_glass_approve.until
   where x.organization_id = b.organization_id and x.break_glass_id = p_break_glass;
  status := 'opened';
end $$;
alter function break_glass_approve owner to evenhand_people;

-- Makes one of the operator's people a visitor of a customer. Who visited before keeps pseudonym, number and commitment.
create function visitor_add(p_organization uuid, p_person uuid, p_pseudonyms text[], p_salt bytea, p_until timestamptz,
                            p_now timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_commitment bytea := sha256(p_salt || convert_to(p_person::text, 'UTF8')); v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7010, hashtext(p_organization::text)) is null;
  update evenhand.membership m set role = 'visitor', state = 'active', until = p_until
   where m.organization_id = p_organization and m.person_id = p_person;
  if found then return; end if;
  insert into evenhand.membership (organization_id, person_id, person_no, role, pseudonym, annotator_no, actor_commitment, state,
                                   joined_at, until)
  select p_organization, p.person_id, p.person_no, 'visitor',
         (select u.name from unnest(p_pseudonyms) with ordinality as u(name, place)
           where not exists (select from evenhand.membership x where x.organization_id = p_organization and x.pseudonym = u.name)
           order by u.place limit 1),
         (select coalesce(max(x.annotator_no), 0) + 1 from evenhand.membership x where x.organization_id = p_organization),
         v_commitment, 'active', p_now, p_until
    from evenhand.person p where p.person_id = p_person;
  insert into evenhand.disclosure (organization_id, commitment, field, salt, value)
  values (p_organization, v_commitment, 'actor', p_salt, p_person::text);
end $$;
alter function visitor_add owner to evenhand_people;

-- Ends one: by its operator (a token), by the customer whose transaction this is, or because the time is over. The visitor is out in
-- the same transaction. False: there is none that is not over yet.
create function break_glass_close(p_token_sha256 bytea, p_break_glass uuid, p_by text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare b record; v_operator uuid; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  select o.operator_id into v_operator from evenhand.operator_of(p_token_sha256, p_now) o;
  select x.* into b from evenhand.break_glass x
   where x.break_glass_id = p_break_glass and x.organization_id = current_setting('evenhand.organization')::uuid
     and (p_by <> 'operator' or x.operator_id = v_operator) and (p_by <> 'time' or coalesce(x.until, x.lapses_at) <= p_now)
     and x.closed_at is null for update;
  if not found then return false; end if;
  update evenhand.break_glass x set closed_at = p_now, closed_by = p_by
   where x.organization_id = b.organization_id and x.break_glass_id = p_break_glass;
  update evenhand.membership m set state = 'removed'
   where m.organization_id = b.organization_id and m.person_id = b.person_id and m.role = 'visitor' and m.state = 'active';
  delete from evenhand.credential c where c.organization_id = b.organization_id and c.person_id = b.person_id
     and exists (select from evenhand.membership m where m.organization_id = c.organization_id and m.person_id = c.person_id
                    and m.role = 'visitor');
  return true;
end $$;
alter function break_glass_close owner to evenhand_people;

-- Those whose time is over and that nobody has closed, for the worker.
create function break_glass_over(p_now timestamptz, p_max int) returns table (organization_id uuid, break_glass_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select b.organization_id, b.break_glass_id from evenhand.break_glass b
   where b.closed_at is null and coalesce(b.until, b.lapses_at) <= p_now order by b.asked_at limit p_max $$;
alter function break_glass_over owner to evenhand_people;

-- How often customers' data was opened so, in all and now: what the public log says.
create function break_glass_counts(out opened bigint, out open_now bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select count(*) filter (where b.opened_at is not null), count(*) filter (where b.opened_at is not null and b.closed_at is null)
    from evenhand.break_glass b $$;
alter function break_glass_counts owner to evenhand_people;

-- Whom a provider vouches for: by its own name for the person; the first time by the address that it has verified, and then for
-- good. An address whose person the provider knows under another name finds nobody: it may have been given to somebody else.
-- Null: nobody, or nobody who is in. Otherwise the person, and the organization used last.
create function identity_find(p_issuer_hash bytea, p_subject_hash bytea, p_email_hash bytea, p_now timestamptz) returns json
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_person uuid; v_organization uuid;
begin
  select i.person_id into v_person from evenhand.identity i where i.subject_hash = p_subject_hash;
  if not found then
    insert into evenhand.identity (subject_hash, issuer_hash, person_id, created_at)
    select p_subject_hash, p_issuer_hash, p.person_id, p_now from evenhand.person p
     where p.email_hash = p_email_hash and p.is_active
       and exists (select from evenhand.membership m where m.person_id = p.person_id and m.state = 'active')
    on conflict do nothing
    returning person_id into v_person;
  end if;
  select m.organization_id into v_organization
    from evenhand.membership m join evenhand.person p on p.person_id = m.person_id and p.is_active
   where m.person_id = v_person and m.state = 'active' order by m.last_seen_at desc nulls last, m.joined_at limit 1;
  if not found then return null; end if;
  return json_build_object('person_id', v_person, 'organization_id', v_organization);
end $$;
alter function identity_find owner to evenhand_people;

-- Counts an attempt before its password is looked at, and says how many there were in this window. Counted first, because a
-- hundred attempts at once would all see the same count; one that succeeds is taken back.
create function sign_in_attempted(p_buckets bytea[], p_now timestamptz, p_window interval) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with counted as (
    insert into evenhand.sign_in_attempt as a (bucket, window_start, failures)
    select b, p_now, 1 from unnest(p_buckets) as b order by b
    on conflict (bucket) do update
       set failures = case when a.window_start < p_now - p_window then 1 else a.failures + 1 end,
           window_start = case when a.window_start < p_now - p_window then p_now else a.window_start end
    returning failures)
  select max(failures) from counted $$;
alter function sign_in_attempted owner to evenhand_people;

-- A sign-in that succeeded: its address starts afresh, its network gets the one attempt back.
create function sign_in_succeeded(p_address bytea, p_network bytea) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with cleared as (delete from evenhand.sign_in_attempt a where a.bucket = p_address)
  update evenhand.sign_in_attempt a set failures = greatest(a.failures - 1, 0) where a.bucket = p_network $$;
alter function sign_in_succeeded owner to evenhand_people;

-- A new organization. The owner's membership follows by `member_add`.
create function organization_add(p_organization uuid, p_kind text, p_chunk_key uuid, p_sealed bytea, p_now timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.organization (organization_id, kind, chunk_key_id, sealed, created_at)
  values (p_organization, p_kind, p_chunk_key, p_sealed, p_now) $$;
alter function organization_add owner to evenhand_people;

-- Makes sure a person exists (by keyed hash of the address) and is a member. An address that is known keeps its person,
-- whose sealed name stays her vendor's. Returns the person who now is the member, and what she was here before: null, or the
-- state and role of the membership that stood. An active one is left as it is: roles are changed by member_role_set alone.
-- pseudonym and annotator_no are this customer's alone; the number counts up per organization, under the tenant's lock.
-- p_pseudonyms: drawn at random; the first that nobody here has is taken. One alone would be refused now and then: among a
-- thousand people of two million names, some two share theirs with a chance of one in five.
create function member_add(p_organization uuid, p_vendor uuid, p_person uuid, p_email_hash bytea, p_chunk_key uuid, p_sealed bytea,
                           p_role text, p_state text, p_pseudonyms text[], p_salt bytea, p_now timestamptz,
                           out person_id uuid, out was_state text, out was_role text)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_no bigint; v_locked boolean; v_commitment bytea; v_quota int;
begin
  if p_organization <> current_setting('evenhand.organization')::uuid then raise exception 'not this organization'; end if;
  v_locked := pg_advisory_xact_lock(7010, hashtext(p_organization::text)) is null;
  select o.quota_members into v_quota from evenhand.organization o where o.organization_id = p_organization;
  if v_quota <= (select count(*) from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
                  where m.organization_id = p_organization and m.state <> 'removed' and m.role <> 'visitor'
                    and p.email_hash <> p_email_hash) then
    raise exception 'members' using errcode = 'EVH01', detail = v_quota::text;
  end if;
  insert into evenhand.person as p (person_id, vendor_id, email_hash, chunk_key_id, sealed, created_at)
  values (p_person, p_vendor, p_email_hash, p_chunk_key, p_sealed, p_now)
  on conflict on constraint person_email_is_taken do nothing;
  select p.person_id, p.person_no into person_id, v_no from evenhand.person p where p.email_hash = p_email_hash;
  select m.state, m.role into was_state, was_role from evenhand.membership m
   where m.organization_id = p_organization and m.person_id = member_add.person_id for update;
  if found then
    update evenhand.membership m set role = p_role, state = p_state, until = null
     where m.organization_id = p_organization and m.person_id = member_add.person_id and m.state <> 'active';
    return;
  end if;
  v_commitment := sha256(p_salt || convert_to(member_add.person_id::text, 'UTF8'));
  insert into evenhand.membership (organization_id, person_id, person_no, role, pseudonym, annotator_no, actor_commitment, state, joined_at)
  values (p_organization, member_add.person_id, v_no, p_role,
          (select u.name from unnest(p_pseudonyms) with ordinality as u(name, place)
            where not exists (select from evenhand.membership x where x.organization_id = p_organization and x.pseudonym = u.name)
            order by u.place limit 1),
          (select coalesce(max(x.annotator_no), 0) + 1 from evenhand.membership x where x.organization_id = p_organization),
          v_commitment, p_state, p_now);
  insert into evenhand.disclosure (organization_id, commitment, field, salt, value)
  values (p_organization, v_commitment, 'actor', p_salt, member_add.person_id::text);
end $$;
alter function member_add owner to evenhand_people;

-- Erase what opens the commitment under which somebody who has left stands in the ledger: the salt and the person behind it, and the
-- membership's own memory of it. Entries and tree stay. Null: a member still, nobody's, or erased before.
create function disclosures_erase(p_organization uuid, p_person uuid, p_new bytea) returns bytea
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_old bytea;
begin
  if p_organization <> current_setting('evenhand.organization')::uuid then raise exception 'not this organization'; end if;
  select m.actor_commitment into v_old from evenhand.membership m
   where m.organization_id = p_organization and m.person_id = p_person and m.state = 'removed' for update;
  delete from evenhand.disclosure d where d.organization_id = p_organization and d.commitment = v_old;
  if not found then return null; end if;
  update evenhand.membership m set actor_commitment = p_new where m.organization_id = p_organization and m.person_id = p_person;
  return v_old;
end $$;
alter function disclosures_erase owner to evenhand_people;

-- The same for files, whose size is known once they are whole: a row's sealed bytes are set when it is received.
create function usage_of_files_counted() returns trigger language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare r record; v_quota bigint;
begin
  if tg_op = 'DELETE' then
    for r in select g.organization_id, sum(coalesce(g.sealed_bytes, 0)) as bytes from gone g group by 1 loop
      update evenhand.usage u set bytes = u.bytes - r.bytes where u.organization_id = r.organization_id;
    end loop;
    return null;
  end if;
  for r in select a.organization_id, sum(coalesce(a.sealed_bytes, 0) - coalesce(g.sealed_bytes, 0)) as bytes
             from added a join gone g on g.organization_id = a.organization_id and g.media_id = a.media_id
            where a.sealed_bytes is distinct from g.sealed_bytes group by 1 loop
    insert into evenhand.usage as u (organization_id, bytes) values (r.organization_id, r.bytes)
    on conflict (organization_id) do update set bytes = u.bytes + excluded.bytes returning u.bytes into r.bytes;
    select o.quota_bytes into v_quota from evenhand.organization o where o.organization_id = r.organization_id;
    if r.bytes > v_quota then raise exception 'bytes' using errcode = 'EVH01', detail = v_quota::text; end if;
  end loop;
  return null;
end $$;
alter function usage_of_files_counted owner to evenhand_people;

-- The newest link is the one that works: those before it, for the same purpose, person and organization, are used up.
-- Counts what a statement stored or deleted, and refuses what goes beyond the quota: then the whole statement is undone.
-- For tables with `sealed`: each row is a task. The transition tables are called `added` and `gone`.
create function usage_counted() returns trigger language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare r record; q record;
begin
  if tg_op = 'DELETE' then
    for r in select g.organization_id, count(*) as tasks, sum(length(g.sealed)) as bytes from gone g group by 1 loop
      update evenhand.usage u set tasks = u.tasks - r.tasks, bytes = u.bytes - r.bytes where u.organization_id = r.organization_id;
    end loop;
    return null;
  end if;
  for r in select a.organization_id, count(*) as tasks, sum(length(a.sealed)) as bytes from added a group by 1 loop
    insert into evenhand.usage as u (organization_id, tasks, bytes) values (r.organization_id, r.tasks, r.bytes)
    on conflict (organization_id) do update set tasks = u.tasks + excluded.tasks, bytes = u.bytes + excluded.bytes
    returning u.tasks, u.bytes into r.tasks, r.bytes;
    select o.quota_tasks, o.quota_bytes into q from evenhand.organization o where o.organization_id = r.organization_id;
    if r.tasks > q.quota_tasks then raise exception 'tasks' using errcode = 'EVH01', detail = q.quota_tasks::text; end if;
    if r.bytes > q.quota_bytes then raise exception 'bytes' using errcode = 'EVH01', detail = q.quota_bytes::text; end if;
  end loop;
  return null;
end $$;
alter function usage_counted owner to evenhand_people;

create function ticket_add(p_token_sha256 bytea, p_purpose text, p_organization uuid, p_person uuid, p_now timestamptz,
                           p_expires_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.ticket t set used_at = p_now
   where t.organization_id = p_organization and t.person_id = p_person and t.purpose = p_purpose and t.used_at is null;
  insert into evenhand.ticket (token_sha256, purpose, organization_id, person_id, expires_at)
  values (p_token_sha256, p_purpose, p_organization, p_person, p_expires_at) $$;
alter function ticket_add owner to evenhand_people;

create function ticket_facts(p_token_sha256 bytea, p_now timestamptz,
                             out purpose text, out organization_id uuid, out person_id uuid, out role text, out email_hash bytea,
                             out password_hash text, out vendor_id uuid, out chunk_key_id uuid, out sealed bytea,
                             out organization_chunk_key_id uuid, out organization_sealed bytea)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select t.purpose, t.organization_id, t.person_id, m.role, p.email_hash, p.password_hash, p.vendor_id, p.chunk_key_id, p.sealed,
         o.chunk_key_id, o.sealed
    from evenhand.ticket t
    join evenhand.person p on p.person_id = t.person_id and p.is_active
    join evenhand.membership m on m.organization_id = t.organization_id and m.person_id = t.person_id
    join evenhand.organization o on o.organization_id = t.organization_id
   where t.token_sha256 = p_token_sha256 and t.used_at is null and t.expires_at > p_now and m.state <> 'removed' $$;
alter function ticket_facts owner to evenhand_people;

-- Uses a ticket up: activates the membership, and sets the password. A password that stands is set anew by a reset alone: an
-- invitation's link is known to whoever invited, who must not become the person elsewhere. A new password ends every session
-- and every other reset link of the person.
create function ticket_use(p_token_sha256 bytea, p_password_hash text, p_chunk_key uuid, p_sealed bytea, p_now timestamptz,
                           out organization_id uuid, out person_id uuid)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_purpose text; v_is_set boolean;
begin
  update evenhand.ticket t set used_at = p_now
   where t.token_sha256 = p_token_sha256 and t.used_at is null and t.expires_at > p_now
  returning t.organization_id, t.person_id, t.purpose into organization_id, person_id, v_purpose;
  if not found then return; end if;
  update evenhand.person p
     set password_hash = p_password_hash,
         chunk_key_id = case when p_sealed is null then p.chunk_key_id else p_chunk_key end,
         sealed = coalesce(p_sealed, p.sealed)
   where p.person_id = ticket_use.person_id and p_password_hash is not null
     and (v_purpose = 'password-reset' or p.password_hash is null);
  v_is_set := found;
  update evenhand.membership m set state = 'active'
   where m.organization_id = ticket_use.organization_id and m.person_id = ticket_use.person_id and m.state = 'invited';
  if v_is_set then
    delete from evenhand.credential c where c.person_id = ticket_use.person_id and c.kind = 'session';
    update evenhand.ticket t set used_at = p_now
     where t.person_id = ticket_use.person_id and t.purpose = 'password-reset' and t.used_at is null;
  end if;
end $$;
alter function ticket_use owner to evenhand_people;

-- A person's own sessions, in every organization: she proves who she is by one of them.
create function sessions_of(p_token_sha256 bytea, p_now timestamptz)
returns table (credential_id uuid, organization_id uuid, created_at timestamptz, expires_at timestamptz, is_current boolean)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select s.credential_id, s.organization_id, s.created_at, s.expires_at, s.token_sha256 = p_token_sha256
    from evenhand.credential c join evenhand.credential s on s.person_id = c.person_id and s.kind = 'session' and s.expires_at > p_now
   where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now
   order by s.created_at desc, s.credential_id $$;
alter function sessions_of owner to evenhand_people;

-- Ends one of a person's own sessions, or all but the one she shows (null); how many ended.
create function session_close(p_token_sha256 bytea, p_credential uuid, p_now timestamptz) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (
    delete from evenhand.credential s using evenhand.credential c
     where c.token_sha256 = p_token_sha256 and c.kind = 'session' and c.expires_at > p_now
       and s.person_id = c.person_id and s.kind = 'session'
       and case when p_credential is null then s.token_sha256 <> p_token_sha256 else s.credential_id = p_credential end
    returning 1)
  select count(*)::int from gone $$;
alter function session_close owner to evenhand_people;

-- Tell those who answer for an organization, its owners, managers and auditors, from within the change that they are told of: a
-- notification each, and mail to those who are its own people.
-- Some members learn of something, in the transaction in which it happens.
create function members_tell(p_organization uuid, p_persons uuid[], p_kind text, p_project uuid, p_subject uuid, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.notification as n (organization_id, notification_id, person_id, kind, project_id, subject_id, at)
  select m.organization_id, gen_random_uuid(), m.person_id, p_kind, p_project, p_subject, p_at from evenhand.membership m
   where m.organization_id = p_organization and m.state = 'active' and m.person_id = any (p_persons) order by m.person_id
  on conflict (organization_id, person_id, kind, project_id, subject_id) where read_at is null
  do update set quantity = n.quantity + 1, at = excluded.at $$;
alter function members_tell owner to evenhand_people;

-- What somebody was told at a moment is so no more: unread it goes, and of several that were gathered one less is told. Internal.
create function members_untell(p_organization uuid, p_persons uuid[], p_kind text, p_project uuid, p_subject uuid, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with fewer as (
    update evenhand.notification n set quantity = n.quantity - 1
     where n.organization_id = p_organization and n.person_id = any (p_persons) and n.kind = p_kind and n.project_id = p_project
       and n.subject_id = p_subject and n.at = p_at and n.read_at is null and n.quantity > 1)
  delete from evenhand.notification n
   where n.organization_id = p_organization and n.person_id = any (p_persons) and n.kind = p_kind and n.project_id = p_project
     and n.subject_id = p_subject and n.at = p_at and n.read_at is null and n.quantity = 1 $$;
alter function members_untell owner to evenhand_people;

create function overseers_tell(p_organization uuid, p_kind text, p_subject uuid, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.mail (organization_id, mail_id, person_id, kind, at, next_at)
  select m.organization_id, gen_random_uuid(), m.person_id, p_kind, p_at, p_at
    from evenhand.membership m join evenhand.person p on p.person_id = m.person_id and p.vendor_id = m.organization_id
   where m.organization_id = p_organization and m.state = 'active' and m.role in ('owner', 'manager', 'auditor');
  insert into evenhand.notification as n (organization_id, notification_id, person_id, kind, subject_id, at)
  select m.organization_id, gen_random_uuid(), m.person_id, p_kind, p_subject, p_at
    from evenhand.membership m
   where m.organization_id = p_organization and m.state = 'active' and m.role in ('owner', 'manager', 'auditor') order by m.person_id
  on conflict (organization_id, person_id, kind, project_id, subject_id) where read_at is null
  do update set quantity = n.quantity + 1, at = excluded.at $$;
alter function overseers_tell owner to evenhand_people;

-- Mail of any organization that is due, at most p_max. What is taken is due again later, ever later, so that a sender that is killed
-- leaves nothing behind; what could not be sent in three days is given up.
create function mail_due(p_now timestamptz, p_max int)
returns table (organization_id uuid, mail_id uuid, person_id uuid, kind text)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  delete from evenhand.mail m where m.at < p_now - interval '3 days';
  with due as (
    select m.organization_id, m.mail_id from evenhand.mail m
     where m.next_at <= p_now order by m.next_at limit p_max for update skip locked)
  update evenhand.mail m
     set attempts = m.attempts + 1, next_at = p_now + interval '1 minute' * 2 ^ least(m.attempts, 9)
    from due where m.organization_id = due.organization_id and m.mail_id = due.mail_id
  returning m.organization_id, m.mail_id, m.person_id, m.kind $$;
alter function mail_due owner to evenhand_sweep;

-- Notifications of every organization that are older than they are kept.
create function forget_notifications(p_before timestamptz, p_max int) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (
    delete from evenhand.notification n
     where (n.organization_id, n.notification_id) in (select o.organization_id, o.notification_id from evenhand.notification o
                                                       where o.at < p_before limit p_max)
    returning 1)
  select count(*)::int from gone $$;
alter function forget_notifications owner to evenhand_sweep;

create function preferences_set(p_token_sha256 bytea, p_preferences jsonb, p_now timestamptz) returns jsonb
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  update evenhand.person p set preferences = p.preferences || p_preferences
    from evenhand.credential c
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now and p.person_id = c.person_id
  returning p.preferences $$;
alter function preferences_set owner to evenhand_people;

create function key_add(p_token_sha256 bytea, p_credential_id uuid, p_organization uuid, p_person uuid, p_scopes text[], p_prefix text,
                        p_chunk_key uuid, p_sealed bytea, p_now timestamptz, p_expires_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.credential (token_sha256, credential_id, kind, organization_id, person_id, person_no, scopes, prefix,
                                   chunk_key_id, sealed, created_at, expires_at)
  select p_token_sha256, p_credential_id, 'key', m.organization_id, m.person_id, m.person_no, p_scopes, p_prefix, p_chunk_key,
         p_sealed, p_now, p_expires_at
    from evenhand.membership m
   where m.organization_id = p_organization and m.person_id = p_person and m.state = 'active'
     and p_organization = current_setting('evenhand.organization')::uuid $$;
alter function key_add owner to evenhand_people;

-- The names of this organization's own people; of a vendor's people a customer learns the pseudonym and nothing more.
create function names_of_members(p_organization uuid)
returns table (person_id uuid, vendor_id uuid, chunk_key_id uuid, sealed bytea)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.person_id, p.vendor_id, p.chunk_key_id, p.sealed
    from evenhand.membership m join evenhand.person p on p.person_id = m.person_id
   where m.organization_id = p_organization and p.vendor_id = p_organization
     and p_organization = current_setting('evenhand.organization')::uuid $$;
alter function names_of_members owner to evenhand_people;

-- A role is changed under the exclusive gate; the last owner stays one. Says what was in the way, or 'ok'.
create function member_role_set(p_organization uuid, p_person uuid, p_role text) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean; v_old text;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  if p_organization <> current_setting('evenhand.organization')::uuid then return 'no-person'; end if;
  select m.role into v_old from evenhand.membership m
   where m.organization_id = p_organization and m.person_id = p_person and m.state <> 'removed' for update;
  if not found then return 'no-person'; end if;
  if v_old = 'visitor' then return 'visitor'; end if;              -- comes and goes by break-glass alone
  if v_old = 'owner' and p_role <> 'owner' and not exists (
       select from evenhand.membership m where m.organization_id = p_organization and m.role = 'owner' and m.state = 'active'
          and m.person_id <> p_person) then
    return 'last-owner';
  end if;
  update evenhand.membership m set role = p_role where m.organization_id = p_organization and m.person_id = p_person;
  return 'ok';
end $$;
alter function member_role_set owner to evenhand_people;

revoke execute on all functions in schema evenhand from public;
grant execute on function break_glass_ask, break_glass_of, break_glass_approve, break_glass_close, break_glass_over, break_glass_counts to evenhand_app;
grant execute on function operator_of, visitor_add to evenhand_people;
grant execute on function identity_find, password_change, session_confirm, session_facts, passkey_add, passkey_enroll, passkeys_forget, passkeys_of, passkey_remove, passkey_facts, passkey_shown to evenhand_app;
grant execute on function challenge_use to evenhand_people;
grant execute on function actor_of, sign_in_facts, self, session_open, session_use, member_sessions_end, session_end, sign_in_attempted, sign_in_succeeded,
      organization_add, member_add, disclosures_erase, ticket_add, ticket_facts, ticket_use, preferences_set, key_add, names_of_members, member_role_set,
      sessions_of, session_close, forget_notifications, mail_due
   to evenhand_app;
