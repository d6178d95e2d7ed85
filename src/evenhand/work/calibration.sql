-- work: reviewers are calibrated. Gold that annotators answered comes to reviewers as if it were work: with answers that were really given,
-- of which comparing codes says which are right. It takes the turn of work, by the circle of the review queue (`gold`, in `claim_next`),
-- so that neither its place nor the time that a claim takes tells it; it is at no stage, and a verdict on it moves nothing and reaches nobody.

-- Which of the answers to a gold task reviewers are shown. Who was dealt it before a later choice keeps the one of their claim.
create table known_review (
  organization_id uuid        not null,
  task_id         uuid        not null,
  no              smallint    not null,
  project_id      uuid        not null,
  annotation_ids  uuid[]      not null check (cardinality(annotation_ids) between 1 and 99),
  made_at         timestamptz not null,
  constraint known_review_pkey primary key (organization_id, task_id, no)
);
create index known_review_of_project on known_review (organization_id, project_id);

-- What a reviewer said of one of them. outcome: what they were told that the task did.
create table known_verdict (
  organization_id uuid        not null,
  verdict_id      uuid        not null,
  task_id         uuid        not null,
  project_id      uuid        not null,
  annotation_id   uuid        not null,
  author_id       uuid        not null,
  reviewer_id     uuid        not null,
  verdict         text        not null check (verdict in ('accept', 'fix', 'send-back')),
  reason          text        check (reason in ('slip', 'guideline-misread', 'guideline-silent', 'task-unclear', 'incomplete', 'spam')),
  remark_id       uuid,
  resolved_id     uuid,
  outcome         text        not null check (outcome in ('done', 'rework', 'adjudicate')),
  at              timestamptz not null,
  is_settled      boolean     not null default false,       -- the project's counts, which moved with it as with work, were put right
  constraint known_verdict_pkey primary key (organization_id, verdict_id),
  constraint one_verdict_of_a_reviewer_on_a_known_answer unique (organization_id, task_id, reviewer_id, annotation_id)
);
create index known_verdict_of_project on known_verdict (organization_id, project_id);
create index known_verdict_unsettled on known_verdict (at) where not is_settled;

-- An answer to a gold task that somebody wrote to be wrong: reviewers are dealt it among the known answers, under its id as under that of an
-- annotation. It is none: no vote, no stage and no annotator's work has it.
create table planted_flaw (
  organization_id  uuid        not null,
  task_id          uuid        not null,
  flaw_id          uuid        not null,
  project_id       uuid        not null,
  author_id        uuid        not null,
  ontology_version int         not null,
  chunk_key_id     uuid        not null,
  sealed           bytea       not null,                    -- answers, as those of an annotation are
  reason           text        check (reason in ('slip', 'guideline-misread', 'guideline-silent', 'task-unclear', 'incomplete', 'spam')),
  planted_at       timestamptz not null,
  constraint one_planted_flaw_of_a_task primary key (organization_id, task_id),
  constraint planted_flaw_id_is_taken unique (organization_id, flaw_id)
);
create index planted_flaw_of_project on planted_flaw (organization_id, project_id);

do $$
declare t text;
begin
  foreach t in array array['known_review', 'known_verdict', 'planted_flaw'] loop
    call bind_to_tenant(t);
  end loop;
  foreach t in array array['known_review', 'known_verdict', 'planted_flaw'] loop
    call open_to_role(t, 'evenhand_sweep');
  end loop;
end $$;
grant select, insert on known_review, known_verdict to evenhand_work;
grant update (outcome) on known_verdict to evenhand_work;
grant select on known_review, known_verdict to evenhand_app;
grant select, update, delete on known_verdict to evenhand_sweep;
grant select, delete on known_review to evenhand_sweep;
grant delete on known_review to evenhand_work;
grant select, insert, delete on planted_flaw to evenhand_work;
grant select on planted_flaw to evenhand_app;
grant select, update, delete on planted_flaw to evenhand_sweep;

-- The answers that a reviewer who holds a gold task was dealt with it, in the order of their ids; null: there were none. Internal.
create function known_answers(p_organization uuid, p_task uuid, p_claimed_at timestamptz) returns uuid[]
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select (select array_agg(u order by u) from unnest(k.annotation_ids) u) from evenhand.known_review k
   where k.organization_id = p_organization and k.task_id = p_task and k.made_at <= p_claimed_at order by k.no desc limit 1 $$;
alter function known_answers owner to evenhand_work;

-- Choose, of the gold of a project, what its reviewers may be dealt: by lot as many answers to a task as tasks in review have, all under
-- the present ontology. A flaw that was planted in a task is one of them, and takes the place of one that was given. Only of gold that was never work: what was resolved has been seen in the table. At most 500 tasks a call;
-- returns how many were chosen. Under the shared gate: gold is made and ended under the exclusive one.
create function known_reviews_make(p_project uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; l record; v_review uuid; v_tasks uuid[]; v_sizes smallint[]; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock_shared(7001) is null;
  select k.queue_id, k.ontology_version into l from evenhand.queue k
   where k.organization_id = v_organization and k.project_id = p_project and k.stage = 1;
  select k.queue_id into v_review from evenhand.queue k
   where k.organization_id = v_organization and k.project_id = p_project and k.stage = 2;
  if v_review is null then return 0; end if;
  -- One chooser at a time; whose turn it is not, chooses in the next round.
  if not exists (select from evenhand.queue k where k.organization_id = v_organization and k.queue_id = v_review for no key update skip locked) then
    return 0;
  end if;
  v_sizes := array(select c.got from (select d.task_id from evenhand.decision d
                                       where d.organization_id = v_organization and d.project_id = p_project and d.to_place = 'review'
                                       order by d.at desc limit 100) d
                     join evenhand.consensus c on c.organization_id = v_organization and c.task_id = d.task_id and c.queue_id = l.queue_id);
  if v_sizes = '{}' then return 0; end if;
  with chosen as (
    insert into evenhand.known_review (organization_id, task_id, no, project_id, annotation_ids, made_at)
    select v_organization, g.task_id, g.no, p_project, dealt.ids, p_now
      from (select x.task_id, coalesce(b.no + 1, 1)::smallint as no, v_sizes[1 + floor(random() * cardinality(v_sizes))::int] as size, f.flaw_id
              from evenhand.gold_answer x
              left join evenhand.planted_flaw f on f.organization_id = x.organization_id and f.task_id = x.task_id
               and f.ontology_version = l.ontology_version
              left join lateral (select k.no, k.annotation_ids, cardinality(k.annotation_ids) as size from evenhand.known_review k
                                  where k.organization_id = x.organization_id and k.task_id = x.task_id order by k.no desc limit 1) b on true
             where x.organization_id = v_organization and x.project_id = p_project and x.retired_at is null and x.opinions > 0
               and (b.size is null or b.size <> all (v_sizes) or f.flaw_id <> all (b.annotation_ids))
               and exists (select from evenhand.gold o where o.organization_id = x.organization_id and o.queue_id = l.queue_id and o.task_id = x.task_id)
             order by x.task_no limit 500) g
     cross join lateral (
           select array_agg(y.annotation_id) as ids from (
             select g.flaw_id as annotation_id where g.flaw_id is not null
             union all
             (select n.annotation_id from evenhand.annotation n
               join evenhand.assignment a on a.organization_id = n.organization_id and a.task_id = n.task_id and a.person_id = n.person_id
                and a.queue_id = l.queue_id and a.rank is null and a.state = 2 and a.revision = n.version
              where n.organization_id = v_organization and n.task_id = g.task_id and n.stage = 1 and n.ontology_version = l.ontology_version
              order by random() limit g.size - (g.flaw_id is not null)::int)) y) dealt
     where cardinality(dealt.ids) = g.size
    returning known_review.task_id)
  select array_agg(c.task_id) into v_tasks from chosen c;
  perform evenhand.gold_place(v_organization, v_review, u) from unnest(v_tasks) u
    where not exists (select from evenhand.gold o where o.organization_id = v_organization and o.queue_id = v_review and o.task_id = u);
  if v_tasks is not null then perform evenhand.gold_pace(v_organization, p_project); end if;
  return coalesce(cardinality(v_tasks), 0);
end $$;
alter function known_reviews_make owner to evenhand_work;

-- A reviewer's verdicts on a known task, which is at no stage. Internal: the caller has its assignments locked, and has checked that all
-- answers have one. The counts move as they would for work, so that nobody who watches them sees which it was.
create function known_judged(p_organization uuid, p_project uuid, p_task uuid, p_reviewer uuid, p_to text, p_annotations uuid[],
                             p_verdicts text[], p_reasons text[], p_ids uuid[], p_remarks uuid[], p_annotation uuid, p_now timestamptz) returns void
language sql set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.known_verdict (organization_id, verdict_id, task_id, project_id, annotation_id, author_id, reviewer_id, verdict, reason,
                                      remark_id, resolved_id, outcome, at)
  select p_organization, u.id, p_task, p_project, u.annotation, n.person_id, p_reviewer, u.verdict, u.reason, u.remark, p_annotation, p_to, p_now
    from unnest(p_ids, p_annotations, p_verdicts, p_reasons, p_remarks) as u(id, annotation, verdict, reason, remark)
    cross join lateral (
      select y.person_id from evenhand.annotation y where y.organization_id = p_organization and y.annotation_id = u.annotation
      union all
      select f.author_id from evenhand.planted_flaw f where f.organization_id = p_organization and f.flaw_id = u.annotation) n;
  insert into evenhand.outbox (organization_id, project_id, kind, task_id, subject_id, from_place, to_place, at)
  values (p_organization, p_project, 22, p_task, p_annotation, 'review', p_to, p_now);
  -- Rows are written as often as for work, whose task moves and keeps a decision: how long a verdict takes tells neither from the other.
  update evenhand.known_verdict v set outcome = p_to where v.organization_id = p_organization and v.verdict_id = any (p_ids);
  update evenhand.assignment y set state = 2
   where y.organization_id = p_organization and y.task_id = p_task and y.person_id = p_reviewer $$;
alter function known_judged owner to evenhand_work;

-- Put the counts of projects right that verdicts on known tasks moved: long after, and some at once, so that none is seen to go back.
create function known_settle(p_before timestamptz, p_now timestamptz) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with over as (
    update evenhand.known_verdict v set is_settled = true where not v.is_settled and v.at < p_before
    returning v.organization_id, v.project_id, v.task_id, v.reviewer_id, v.outcome),
  sums as (
    select o.organization_id, o.project_id, o.outcome, count(distinct (o.task_id, o.reviewer_id)) as verdicts from over o group by 1, 2, 3),
  told as (
    insert into evenhand.outbox (organization_id, project_id, kind, quantity, from_place, to_place, at)
    select s.organization_id, s.project_id, 22, s.verdicts, s.outcome, 'review', p_now from sums s)
  select coalesce(sum(s.verdicts), 0)::int from sums s $$;
alter function known_settle owner to evenhand_sweep;

-- Projects with reviewers to calibrate: the review queue, what the project asks for, where its counts stand, and what was planted.
create function known_queues() returns table (organization_id uuid, project_id uuid, queue_id uuid, gold_rate float8, gold_rate_min float8,
                                              ontology_version int, count_version bigint, planted int, planted_at timestamptz)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select r.organization_id, r.project_id, r.queue_id, p.gold_rate, p.gold_rate_min, p.ontology_version, c.version, f.planted, f.planted_at
    from evenhand.queue l
    join evenhand.queue r on r.organization_id = l.organization_id and r.project_id = l.project_id and r.stage = 2
    join evenhand.project p on p.organization_id = l.organization_id and p.project_id = l.project_id
    join evenhand.project_count c on c.organization_id = l.organization_id and c.project_id = l.project_id
   cross join lateral (select count(*)::int as planted, max(y.planted_at) as planted_at from evenhand.planted_flaw y
                        where y.organization_id = l.organization_id and y.project_id = l.project_id) f
   where l.gold_per_mille > 0 and l.stage = 1 and not l.is_paused $$;
alter function known_queues owner to evenhand_sweep;

-- Whether any reviewer was ever dealt a planted flaw. Reads as whoever calls it, of their own tenant. Internal.
create function is_flaw_dealt(p_organization uuid, p_task uuid, p_flaw uuid) returns boolean
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select exists (
    select from evenhand.known_review r
      join evenhand.assignment a on a.organization_id = r.organization_id and a.task_id = r.task_id and a.rank is null and a.claimed_at >= r.made_at
      join evenhand.queue k on k.organization_id = a.organization_id and k.queue_id = a.queue_id and k.stage = 2
     where r.organization_id = p_organization and r.task_id = p_task and p_flaw = any (r.annotation_ids)) $$;

-- Plant a flaw in a gold task. p_flaw: sent again it changes nothing. 'not-gold', 'was-work': it has been seen in the table, 'planted': it has
-- one. Under the exclusive gate, as whatever changes gold.
create function flaw_plant(p_token_sha256 bytea, p_project uuid, p_task uuid, p_flaw uuid, p_reason text, p_ontology int, p_chunk_key uuid,
                           p_sealed bytea, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_opinions smallint;
begin
  q := evenhand.gold_enter(p_token_sha256, p_project, p_now);
  if q.status <> 'ok' then return q.status; end if;
  if exists (select from evenhand.planted_flaw f where f.organization_id = q.organization_id and f.task_id = p_task and f.flaw_id = p_flaw) then
    return 'ok';
  end if;
  select g.opinions into v_opinions from evenhand.gold_answer g
   where g.organization_id = q.organization_id and g.project_id = p_project and g.task_id = p_task and g.retired_at is null;
  if not found then return 'not-gold'; end if;
  if v_opinions = 0 then return 'was-work'; end if;
  if exists (select from evenhand.planted_flaw f where f.organization_id = q.organization_id and f.task_id = p_task) then return 'planted'; end if;
  insert into evenhand.planted_flaw (organization_id, task_id, flaw_id, project_id, author_id, ontology_version, chunk_key_id, sealed, reason, planted_at)
  values (q.organization_id, p_task, p_flaw, p_project, q.person_id, p_ontology, p_chunk_key, p_sealed, p_reason, p_now);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
  values (q.organization_id, p_now, 23, q.commitment, q.vendor_id, array[p_task], 'manage', 1, 'flaw-planted');
  return 'ok';
end $$;
alter function flaw_plant owner to evenhand_work;

-- Take a planted flaw out, while no reviewer was dealt it: 'dealt' afterwards, for what they said of it is about it. The exclusive gate keeps
-- claims out meanwhile. What was chosen with it is forgotten, and chosen anew without it.
create function flaw_remove(p_token_sha256 bytea, p_project uuid, p_task uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_flaw uuid;
begin
  q := evenhand.gold_enter(p_token_sha256, p_project, p_now);
  if q.status <> 'ok' then return q.status; end if;
  select f.flaw_id into v_flaw from evenhand.planted_flaw f
   where f.organization_id = q.organization_id and f.project_id = p_project and f.task_id = p_task;
  if not found then return 'not-planted'; end if;
  if evenhand.is_flaw_dealt(q.organization_id, p_task, v_flaw) then return 'dealt'; end if;
  delete from evenhand.planted_flaw f where f.organization_id = q.organization_id and f.task_id = p_task;
  delete from evenhand.known_review r where r.organization_id = q.organization_id and r.task_id = p_task and v_flaw = any (r.annotation_ids);
  delete from evenhand.gold g using evenhand.queue k
   where g.organization_id = q.organization_id and g.task_id = p_task and k.organization_id = g.organization_id and k.queue_id = g.queue_id and k.stage = 2
     and not exists (select from evenhand.known_review r where r.organization_id = q.organization_id and r.task_id = p_task);
  perform evenhand.gold_pace(q.organization_id, p_project);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
  values (q.organization_id, p_now, 23, q.commitment, q.vendor_id, array[p_task], 'manage', 1, 'flaw-removed');
  return 'ok';
end $$;
alter function flaw_remove owner to evenhand_work;

revoke execute on all functions in schema evenhand from public;
grant execute on function known_answers, known_judged, is_flaw_dealt to evenhand_work;
grant execute on function known_answers, known_reviews_make, known_settle, known_queues, is_flaw_dealt, flaw_plant, flaw_remove to evenhand_app;
