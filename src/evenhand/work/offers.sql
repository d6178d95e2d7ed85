-- work: the offer, what somebody is owed for their work and by when it is judged; what is decided against a person, with its evidence; and
-- the appeal to somebody else. docs/decisions/0019-an-offer-is-frozen-at-claim.md says what is decided where.

-- The terms of a project's label stage, a version each. The queue names the one that stands, and a claim writes its number into the
-- assignment: what was dealt under one is owed under that one, whatever is offered later.
create table offer (
  organization_id uuid        not null,
  project_id      uuid        not null,
  offer_no        int         not null check (offer_no > 0),
  rate            bigint      not null check (rate between 0 and 1000000000),     -- in minor units of the currency
  currency        text        not null check (currency ~ '^[A-Z]{3}$'),           -- ISO 4217
  basis           text        not null check (basis in ('task', 'hour')),         -- hour: of active time
  review_hours    int         not null check (review_hours between 1 and 8760),   -- an answer that nobody rejects by then counts for good
  person_id       uuid        not null,                                           -- who made it
  created_at      timestamptz not null,
  primary key (organization_id, project_id, offer_no),
  foreign key (organization_id, project_id) references project
);

-- What was decided against a person: an answer rejected, which then counts no more, or their removal from a project. With a reason of a
-- closed list, and evidence. It stands until it is overturned. Lock order: after the assignment.
create table ruling (
  organization_id uuid        not null,
  ruling_id       uuid        not null,
  project_id      uuid        not null,
  kind            text        not null check (kind in ('rejection', 'removal')),
  person_id       uuid        not null,                     -- against whom
  decided_by      uuid        not null,
  reason          text        not null,
  task_id         uuid,
  annotation_id   uuid,
  question_nos    smallint[],                               -- of a rejection: the votes that it took away, to be given back
  codes           float8[],
  opinions        smallint    not null default 0,           -- how many it asked for instead
  chunk_key_id    uuid,
  sealed          bytea,                                    -- a note; null: there is none
  at              timestamptz not null,
  overturned_at   timestamptz,
  constraint ruling_pkey primary key (organization_id, ruling_id),
  constraint reason_of_a_ruling check (case kind
    when 'rejection' then reason in ('guideline-misread', 'incomplete', 'spam', 'copied', 'machine-written')
    else reason in ('work-quality', 'spam', 'misconduct', 'not-needed') end),
  constraint a_rejection_names_its_answer check ((kind = 'rejection') = (annotation_id is not null) and (annotation_id is null) = (task_id is null)),
  constraint nobody_decides_against_themselves check (person_id <> decided_by)
);
create unique index an_answer_is_rejected_once on ruling (organization_id, task_id, person_id) where kind = 'rejection' and overturned_at is null;
create unique index a_person_is_removed_once on ruling (organization_id, project_id, person_id) where kind = 'removal' and overturned_at is null;
create index ruling_of_person on ruling (organization_id, person_id, at);
create index ruling_of_project on ruling (organization_id, project_id, at);

-- What a ruling rests on: answers, verdicts, gold that they answered, exams they sat, by id; and signals, as they read then.
create table evidence (
  organization_id uuid     not null,
  ruling_id       uuid     not null,
  no              smallint not null,
  kind            text     not null check (kind in ('answer', 'verdict', 'gold', 'exam', 'signal')),
  subject_id      uuid,                                     -- annotation, verdict, task, sitting
  signal          text     check (signal in ('alike', 'run', 'fast')),
  count           int      check (count >= 0),
  out_of          int      check (out_of >= count),
  constraint evidence_pkey primary key (organization_id, ruling_id, no),
  constraint evidence_names_its_subject check ((kind = 'signal') = (subject_id is null) and (kind = 'signal') = (signal is not null)
                                               and (signal is null) = (count is null) and (count is null) = (out_of is null))
);

call bind_to_tenant('offer');
call bind_to_tenant('ruling');
call bind_to_tenant('evidence');
call open_to_role('offer', 'evenhand_sweep');
call open_to_role('ruling', 'evenhand_sweep');
call open_to_role('evidence', 'evenhand_sweep');
grant select on offer, ruling, evidence to evenhand_app;
grant select, insert on offer to evenhand_work;                     -- no update: a version is what it was
grant select, insert on evidence to evenhand_work;
grant select, insert, update on ruling to evenhand_work;
grant select, delete on offer, ruling, evidence to evenhand_sweep;

-- Make an offer; the same terms again change nothing. 'changed': it is not the one that was read (p_read; null: whichever stands). Takes
-- no permission away, so claims go on beside it: each is under the offer that it found. Two managers at once wait at the queue's row.
create function offer_set(p_token_sha256 bytea, p_project uuid, p_rate bigint, p_currency text, p_basis text, p_review_hours int, p_read int,
                          p_now timestamptz, out status text, out offer_no int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'project.write' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select k.queue_id, k.offer_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1 for update;
  if not found then status := 'no-project'; return; end if;
  offer_no := q.offer_no;
  if p_read is not null and p_read <> q.offer_no then status := 'changed'; return; end if;
  status := 'ok';
  if exists (select from evenhand.offer o where o.organization_id = e.organization_id and o.project_id = p_project and o.offer_no = q.offer_no
                and (o.rate, o.currency, o.basis, o.review_hours) = (p_rate, p_currency, p_basis, p_review_hours)) then return; end if;
  offer_no := q.offer_no + 1;
  insert into evenhand.offer (organization_id, project_id, offer_no, rate, currency, basis, review_hours, person_id, created_at)
  values (e.organization_id, p_project, offer_set.offer_no, p_rate, p_currency, p_basis, p_review_hours, e.person_id, p_now);
  update evenhand.queue k set offer_no = offer_set.offer_no where k.organization_id = e.organization_id and k.queue_id = q.queue_id;
  perform evenhand.members_tell(e.organization_id, array(select m.person_id from evenhand.queue_member m
                                                          where m.organization_id = e.organization_id and m.queue_id = q.queue_id
                                                            and m.person_id <> e.person_id),
                                'offer.changed', p_project, p_project, p_now);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule, quantity)
  values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, p_project, 'manage', 'offer', offer_no);
  insert into evenhand.outbox (organization_id, project_id, kind, at) values (e.organization_id, p_project, 9, p_now);
end $$;
alter function offer_set owner to evenhand_work;

revoke execute on function offer_set from public;
grant execute on function offer_set to evenhand_app;
