-- work: routing. A place of a task that is asked about once more may be set aside, for a short time, for whom it is best asked of;
-- `insight.routing` says of whom. It is an assignment like one that a manager made, with an end: `claim` deals it to that person first and
-- does nothing else for it. When its time is over it is free again, and before anybody is sent away it is theirs (`claim_next`).
-- docs/decisions/0020-routing-sets-places-aside.md says why.

-- What was set aside for whom, and on what grounds. The key is the promise "once a request": a place that nobody came for goes back to all.
create table route (
  organization_id uuid        not null,
  task_id         uuid        not null,
  decision_no     int         not null,                     -- the request for one more opinion: of `decision`, with the votes that were read
  project_id      uuid        not null,
  person_id       uuid        not null,
  annotator_no    int         not null,
  fit_no          int         not null,                     -- of the fit by which the answer's worth was reckoned
  bits            float8      not null check (bits >= 0),   -- what their answer was expected to tell
  cost            float8      not null check (cost > 0),    -- of an answer of theirs, in the offer's minor units; 1 where nothing is offered
  at              timestamptz not null,
  until           timestamptz not null,
  constraint route_pkey primary key (organization_id, task_id, decision_no),
  constraint what_is_set_aside_has_an_end check (until > at)
);
create index route_by_fit on route (organization_id, project_id, fit_no);
call bind_to_tenant('route');
call open_to_role('route', 'evenhand_sweep');
grant select on route to evenhand_app;
grant select, insert on route to evenhand_work;
grant select, delete on route to evenhand_sweep;
create index project_routed on project (organization_id, project_id) where is_routed;

-- Projects that route, of every organization: for the worker.
create function projects_routed() returns table (organization_id uuid, project_id uuid, ontology_version int)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select p.organization_id, p.project_id, p.ontology_version from evenhand.project p
   where p.is_routed and p.state = 'active' order by p.organization_id, p.project_id $$;
alter function projects_routed owner to evenhand_sweep;

-- Set places aside, a row of the arrays each, best first. Who may do what is judged at the claim, as always: here it is enough that somebody
-- never had the task. Waits for nobody: the lock of a person who is just claiming, and a slot that is just being dealt, are left for another
-- round; and as with a claim, who has the person's lock may take a slot before that person's row is written. Returns how many.
create function routes_set(p_project uuid, p_tasks uuid[], p_decisions int[], p_people uuid[], p_bits float8[], p_costs float8[],
                           p_fit int, p_until timestamptz, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid; v_count int := 0; v_locked boolean; q record; r record; s record;
begin
  v_locked := pg_advisory_xact_lock_shared(7001) is null;
  select k.queue_id, k.offer_no, w.epoch into q from evenhand.queue k join evenhand.wall_epoch w on true
   where k.organization_id = v_organization and k.project_id = p_project and k.stage = 1 and not k.is_paused;
  if not found then return 0; end if;
  for r in select u.task_id, u.no, u.person_id, u.bits, u.cost, m.person_no, m.annotator_no, evenhand.rank_of(t.priority, 1, t.task_no) as rank
             from unnest(p_tasks, p_decisions, p_people, p_bits, p_costs) with ordinality as u(task_id, no, person_id, bits, cost, place)
             join evenhand.task t on t.organization_id = v_organization and t.task_id = u.task_id and t.project_id = p_project
             join evenhand.membership m on m.organization_id = v_organization and m.person_id = u.person_id
             -- whoever has no pass under the present register may meet a wall at the claim
             join evenhand.queue_member n on n.organization_id = v_organization and n.queue_id = q.queue_id and n.person_id = u.person_id
                                         and n.cleared_epoch = q.epoch
            order by u.place loop
    continue when not pg_try_advisory_xact_lock(7002, r.person_no::int);
    continue when exists (select from evenhand.route x where x.organization_id = v_organization and x.task_id = r.task_id and x.decision_no = r.no)
               or exists (select from evenhand.assignment a where a.organization_id = v_organization and a.task_id = r.task_id
                             and a.person_id = r.person_id);
    select k.ctid as tid, k.free, k.wanted into s from evenhand.slot k
     where k.organization_id = v_organization and k.queue_id = q.queue_id and k.rank = r.rank for update skip locked;
    continue when not found;
    insert into evenhand.assignment (organization_id, task_id, person_id, queue_id, rank, wanted, state, offer_no, wall_epoch, claimed_at,
                                     lease_until)
    values (v_organization, r.task_id, r.person_id, q.queue_id, r.rank, s.wanted, 5, q.offer_no, q.epoch, p_now, p_until);
    if s.free > 1 then update evenhand.slot k set free = s.free - 1 where k.ctid = s.tid;
    else               delete from evenhand.slot k where k.ctid = s.tid; end if;
    insert into evenhand.route (organization_id, task_id, decision_no, project_id, person_id, annotator_no, fit_no, bits, cost, at, until)
    values (v_organization, r.task_id, r.no, p_project, r.person_id, r.annotator_no, p_fit, r.bits, r.cost, p_now, p_until);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;
alter function routes_set owner to evenhand_work;

-- Give back what was set aside for somebody who did not come. Any number of processes, every few seconds; no entry in the ledger, for
-- nobody was shown anything.
create function sweep_routes(p_now timestamptz, p_max int) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_count int;
begin
  perform pg_advisory_xact_lock_shared(7003, q.queue_no) from evenhand.queue q
    where exists (select from evenhand.assignment x where x.organization_id = q.organization_id and x.queue_id = q.queue_id and x.state = 5
                     and x.lease_until < p_now) order by q.queue_no;
  with gone as (
    update evenhand.assignment a set state = 3
     where (a.organization_id, a.task_id, a.person_id) in (
           select x.organization_id, x.task_id, x.person_id from evenhand.assignment x
            where x.state = 5 and x.lease_until < p_now and not x.is_rework limit p_max for update skip locked)
       and a.state = 5
    returning a.organization_id, a.queue_id, a.rank, a.wanted, a.task_id),
  back as (
    insert into evenhand.slot as k (organization_id, queue_id, rank, task_id, free, wanted)
    select g.organization_id, g.queue_id, g.rank, min(g.task_id::text)::uuid, count(*)::smallint, min(g.wanted) from gone g
     group by 1, 2, 3 order by 1, 2, 3                             -- sorted: two sweepers meet rows in one order
    on conflict on constraint slot_pkey do update set free = k.free + excluded.free
    returning k.organization_id, k.queue_id, k.rank),
  low as (
    select b.organization_id, b.queue_id, min(b.rank) as rank from back b group by 1, 2 order by 1, 2),
  bump as (
    update evenhand.queue q set generation = q.generation + 1, floor_rank = least(q.floor_rank, low.rank - 1)
      from low where q.organization_id = low.organization_id and q.queue_id = low.queue_id)
  select count(*) into v_count from gone;
  return v_count;
end $$;
alter function sweep_routes owner to evenhand_sweep;
revoke execute on function projects_routed, routes_set, sweep_routes from public;
grant execute on function projects_routed, routes_set, sweep_routes to evenhand_app;
