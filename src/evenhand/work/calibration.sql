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

do $$
declare t text;
begin
  foreach t in array array['known_review', 'known_verdict'] loop
    call bind_to_tenant(t);
  end loop;
  foreach t in array array['known_review', 'known_verdict'] loop
    call open_to_role(t, 'evenhand_sweep');
  end loop;
end $$;
grant select, insert on known_review, known_verdict to evenhand_work;
grant select on known_review, known_verdict to evenhand_app;
grant select, update, delete on known_verdict to evenhand_sweep;
grant select, delete on known_review to evenhand_sweep;

-- The answers that a reviewer who holds a gold task was dealt with it, in the order of their ids; null: there were none. Internal.
create function known_answers(p_organization uuid, p_task uuid, p_claimed_at timestamptz) returns uuid[]
language sql stable set search_path = pg_catalog, evenhand, pg_temp as $$
  select (select array_agg(u order by u) from unnest(k.annotation_ids) u) from evenhand.known_review k
   where k.organization_id = p_organization and k.task_id = p_task and k.made_at <= p_claimed_at order by k.no desc limit 1 $$;
alter function known_answers owner to evenhand_work;

-- Choose, of the gold of a project, what its reviewers may be dealt: by lot as many answers to a task as tasks in review have, all under
-- the present ontology. Only of gold that was never work: what was resolved has been seen in the table. At most 500 tasks a call;
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
      from (select x.task_id, coalesce(b.no + 1, 1)::smallint as no, v_sizes[1 + floor(random() * cardinality(v_sizes))::int] as size
              from evenhand.gold_answer x
              left join lateral (select k.no, cardinality(k.annotation_ids) as size from evenhand.known_review k
                                  where k.organization_id = x.organization_id and k.task_id = x.task_id order by k.no desc limit 1) b on true
             where x.organization_id = v_organization and x.project_id = p_project and x.retired_at is null and x.opinions > 0
               and (b.size is null or b.size <> all (v_sizes))
               and exists (select from evenhand.gold o where o.organization_id = x.organization_id and o.queue_id = l.queue_id and o.task_id = x.task_id)
             order by x.task_no limit 500) g
     cross join lateral (
           select array_agg(y.annotation_id) as ids from (
             select n.annotation_id from evenhand.annotation n
               join evenhand.assignment a on a.organization_id = n.organization_id and a.task_id = n.task_id and a.person_id = n.person_id
                and a.queue_id = l.queue_id and a.rank is null and a.state = 2 and a.revision = n.version
              where n.organization_id = v_organization and n.task_id = g.task_id and n.stage = 1 and n.ontology_version = l.ontology_version
              order by random() limit g.size) y) dealt
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
    join evenhand.annotation n on n.organization_id = p_organization and n.annotation_id = u.annotation;
  insert into evenhand.outbox (organization_id, project_id, kind, task_id, subject_id, from_place, to_place, at)
  values (p_organization, p_project, 22, p_task, p_annotation, 'review', p_to, p_now) $$;
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

-- Projects with reviewers to calibrate: the review queue, what the project asks for, and where its counts stand.
create function known_queues() returns table (organization_id uuid, project_id uuid, queue_id uuid, gold_rate float8, gold_rate_min float8,
                                              ontology_version int, count_version bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select r.organization_id, r.project_id, r.queue_id, p.gold_rate, p.gold_rate_min, p.ontology_version, c.version
    from evenhand.queue l
    join evenhand.queue r on r.organization_id = l.organization_id and r.project_id = l.project_id and r.stage = 2
    join evenhand.project p on p.organization_id = l.organization_id and p.project_id = l.project_id
    join evenhand.project_count c on c.organization_id = l.organization_id and c.project_id = l.project_id
   where l.gold_per_mille > 0 and l.stage = 1 and not l.is_paused $$;
alter function known_queues owner to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function known_answers, known_judged to evenhand_work;
grant execute on function known_answers, known_reviews_make, known_settle, known_queues to evenhand_app;
