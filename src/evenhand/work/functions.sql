-- work: the verbs of the hot path, one statement each from Python.
--
-- Lock order, kept by every verb (one that skips a step is fine, one that goes back is a deadlock):
--   1 gate (7001; shared: claim, submit; exclusive: whatever takes permission away: wall register, sessions ended, people
--     removed, a queue paused). Before the credential is read, or a person just removed could still be dealt a task.
--   2 person (7002)   3 assignment   4 consensus, then task_stage (`stages.sql`)
--   5 birth gate of the queue (7003; shared: whoever adds slots; exclusive: raise_floor)   6 slot   7 queue
-- Of several changes in one statement those that nothing reads come first, from the last to the first: a change of the queue's row reads
-- what the change of the slots returns, or it would go before it.
-- Whoever adds slots of several tasks, or takes them, has locked every assignment of those tasks before: no sweeper is then at these slots,
-- whose order it need not keep.
-- Ranks: a slot is found by a rank that is there, not by one computed beside the comparison. Row-level security keeps what could leak from
-- reaching the index, on PostgreSQL 15 arithmetic too, and a whole queue would be read for each task: hence `offset 0`, or a variable.
-- Isolation: READ COMMITTED everywhere. The locks above, unique keys and checks carry the invariants.
-- What is called by an assignment (`v := lock() is null`, `e := enter(…)`) skips the executor, which `perform`, `select` would enter.

-- Put n wanted opinions of a task into a queue. Internal. A slot born below the floor lowers it.
create function slot_put(p_organization uuid, p_queue uuid, p_queue_no int, p_rank bigint, p_task uuid, p_free smallint, p_wanted smallint)
returns void language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock_shared(7003, p_queue_no) is null;
  insert into evenhand.slot as k (organization_id, queue_id, rank, task_id, free, wanted)
  values (p_organization, p_queue, p_rank, p_task, p_free, p_wanted)
  on conflict on constraint slot_pkey do update set free = k.free + excluded.free;
  update evenhand.queue k
     set floor_rank = least(k.floor_rank, p_rank - 1), generation = k.generation + 1
   where k.organization_id = p_organization and k.queue_id = p_queue
     and (k.floor_rank >= p_rank
          or exists (select from evenhand.queue_member m
                      where m.organization_id = p_organization and m.queue_id = p_queue and m.scan_from >= p_rank));
end $$;
alter function slot_put owner to evenhand_work;

-- The gold task whose hold this person let lapse, to be dealt to them again as work would be. Internal. Work goes to whoever claims
-- next: where somebody else has claimed since, it counts as gone to them. It has no slot that others could take.
create function gold_lapsed(p_organization uuid, p_queue uuid, p_person uuid) returns uuid
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare a record;
begin
  select x.task_id, x.lease_until into a from evenhand.assignment x
   where x.organization_id = p_organization and x.queue_id = p_queue and x.person_id = p_person and x.state = 3 and x.rank is null
   order by x.task_id limit 1;
  if not found then return null; end if;
  if exists (select from evenhand.assignment o where o.organization_id = p_organization and o.queue_id = p_queue and o.state = 1
                and o.person_id <> p_person and o.claimed_at > a.lease_until) then
    update evenhand.assignment x set state = 4
     where x.organization_id = p_organization and x.task_id = a.task_id and x.person_id = p_person and x.state = 3;
    return null;
  end if;
  return a.task_id;
end $$;
alter function gold_lapsed owner to evenhand_work;

-- Give this person the next task of a queue. Internal: the caller has set the tenant and taken gate and person locks.
-- p_held: tasks the client knows it holds. A lease it does not know (its reply was lost) is given again before a new one,
-- which makes claiming idempotent without storing replies.
create function claim_next(p_organization uuid, p_person uuid, p_role text, p_commitment bytea, p_vendor uuid, p_project uuid,
                           p_stage smallint, p_held uuid[], p_waits boolean, p_now timestamptz,
                           out status text, out task_id uuid, out task_version int, out chunk_key_id uuid, out sealed bytea,
                           out draft bytea, out draft_at timestamptz, out lease_until timestamptz, out claimed_at timestamptz,
                           out revision smallint, out ontology_version int, out guideline_version int, out batch_id uuid,
                           out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8)
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare
  r record;                       -- queue, member, what is held
  s record;                       -- slot picked
  v_rank bigint; v_wanted smallint; v_from bigint; v_holder uuid; v_rule text; v_gold int; v_fresh boolean; v_passed bigint[]; v_pass int;
  v_purpose text := (array['label', 'review', 'adjudicate', 'exam', 'audit'])[p_stage];
begin
  if p_role in ('auditor', 'visitor') or (p_stage in (2, 3, 5) and p_role not in ('owner', 'manager', 'reviewer')) then
    status := 'not-a-member'; return;
  end if;
  for i in 1..2 loop
    select m.eligible_until, m.consented_version, m.cleared_epoch, m.claims, m.next_gold_at, m.gold_position, m.scan_from,
           m.scan_generation, m.scan_reset_at, q.queue_id, q.held_max, q.lease, q.guideline_version, q.ontology_version, q.offer_no,
           case when q.gold_per_mille > 0 then coalesce(m.gold_per_mille, q.gold_per_mille) else 0 end as gold_per_mille, q.suggestions_hidden, q.generation, q.floor_rank, q.is_paused, q.is_open, e.epoch, h.held, m.person_id is not null as is_member,
           -- what is assigned waits until there is room for it
           coalesce(h.forgotten, case when h.held < q.held_max then h.reserved end) as again,
           h.forgotten is null as is_begun
      into r
      from evenhand.queue q
      join evenhand.wall_epoch e on true
      left join evenhand.queue_member m on m.organization_id = p_organization and m.queue_id = q.queue_id and m.person_id = p_person
     cross join lateral (
           select count(*) filter (where a.state = 1) as held,
                  -- ids are in no order: the one that was on the screen is the one that was dealt first
                  (array_agg(a.task_id order by a.claimed_at, a.task_id)
                     filter (where a.state = 1 and a.task_id <> all (p_held)))[1] as forgotten,
                  (array_agg(a.task_id order by a.rank, a.task_id) filter (where a.state = 5))[1] as reserved
             from evenhand.assignment a
            where a.organization_id = p_organization and a.queue_id = q.queue_id and a.person_id = p_person and a.state in (1, 5)) h
     where q.organization_id = p_organization and q.project_id = p_project and q.stage = p_stage;
    if not found then status := 'no-project'; return; end if;
    exit when r.is_member or not r.is_open;
    -- An open queue takes every labeler of the organization in at the first claim. Whoever read the guidelines in another stage of this
    -- project has read them.
    insert into evenhand.queue_member (organization_id, queue_id, person_id, scan_reset_at, consented_version)
    values (p_organization, r.queue_id, p_person, p_now,
            case when p_stage > 1 then coalesce((select max(m.consented_version) from evenhand.queue_member m
                                                   join evenhand.queue q on q.organization_id = m.organization_id and q.queue_id = m.queue_id
                                                  where m.organization_id = p_organization and m.person_id = p_person
                                                    and q.project_id = p_project), 0)
                 else 0 end)
    on conflict do nothing;
  end loop;
  if not r.is_member                            then status := 'not-a-member'; return; end if;
  if r.is_paused                                then status := 'paused';         return; end if;
  if r.eligible_until <= p_now                  then status := 'skill-missing';  return; end if;
  if r.consented_version < r.guideline_version  then
    status := 'consent-needed'; guideline_version := r.guideline_version; return;
  end if;

  -- A pass under the present register needs no second look: history only grows through the slow path below, which refuses
  -- whatever would conflict with what this person already touched.
  if r.cleared_epoch <> r.epoch then
    v_rule := evenhand.wall_enter(p_person, p_organization, p_now);
    if v_rule is not null then                                     -- not raised: the denial must commit
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                         wall_epoch, decision, rule)
      values (p_organization, p_now, 8, p_commitment, p_vendor, p_project, v_purpose, r.epoch, 'deny', v_rule);
      status := 'walled'; return;
    end if;
    v_pass := evenhand.wall_pass(p_organization, r.epoch, p_now);
  else
    v_pass := r.epoch;
  end if;

  lease_until := p_now + r.lease;
  claimed_at := p_now;
  revision := 1;
  if r.gold_per_mille > 0 and r.again is null and r.held < r.held_max then
    r.again := evenhand.gold_lapsed(p_organization, r.queue_id, p_person);
  end if;
  if r.again is not null then
    update evenhand.assignment a
       set state = 1, lease_until = claim_next.lease_until, claimed_at = case a.state when 1 then a.claimed_at else p_now end,
           suggestions_hidden = case a.state when 1 then a.suggestions_hidden else r.suggestions_hidden end, wall_epoch = v_pass,
           -- dealt now, under what is offered now; what is held, and rework of it, stays under the offer it was dealt under
           offer_no = case when a.state = 1 or a.is_rework then a.offer_no else r.offer_no end
     where a.organization_id = p_organization and a.task_id = r.again and a.person_id = p_person
       -- a sweeper may have taken it back since it was read
       and (a.state in (1, 5) or (a.state = 3 and a.rank is null and r.gold_per_mille > 0))
    returning a.task_id, a.claimed_at, a.revision, a.suggestions_hidden into task_id, claimed_at, revision, suggestions_hidden;
    if not found then
      r.again := null; r.held := greatest(r.held - 1, 0); claimed_at := p_now; revision := 1;
    end if;
  end if;
  if r.again is not null then
    -- What waited for this person counts as any claim, or whoever is dealt much of it would be dealt no gold.
    if r.is_begun and revision = 1 or r.cleared_epoch <> r.epoch then
      update evenhand.queue_member m set cleared_epoch = v_pass, claims = m.claims + case when r.is_begun and revision = 1 then 1 else 0 end
       where m.organization_id = p_organization and m.queue_id = r.queue_id and m.person_id = p_person;
    end if;
  elsif r.held >= r.held_max then
    status := 'enough-held'; return;
  else
    if p_stage = 4 then
      task_id := evenhand.exam_next(p_organization, r.queue_id, p_person, p_commitment, p_vendor, p_now);
      if task_id is null then status := 'empty'; return; end if;
    else
      -- Watermark, unless something landed below it or half a minute has passed (leases come back below it too).
      v_fresh := r.scan_generation = r.generation and r.scan_reset_at > p_now - interval '30 seconds';
      v_from := case when v_fresh then greatest(r.scan_from, r.floor_rank) else r.floor_rank end;
      for i in 1..2 loop
        -- "offset 0" keeps the sub-select a probe for each candidate: pulled up, it may become a hash of everything this
        -- person ever did. Locking re-reads the slot row alone, and the person lock keeps the probe's answer true.
        select q.ctid as tid, q.rank, q.task_id, q.free, q.wanted into s from evenhand.slot q
         where q.organization_id = p_organization and q.queue_id = r.queue_id and q.rank > v_from
           and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = q.task_id
                              and a.person_id = p_person and a.state <> 3 offset 0)
         order by q.rank limit 1 for update of q skip locked;
        exit when found or v_from <= r.floor_rank;
        v_from := r.floor_rank; v_fresh := false;
      end loop;
      if s.rank is null and not p_waits and p_stage < 5 and exists (
        select from evenhand.slot q
         where q.organization_id = p_organization and q.queue_id = r.queue_id
           and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = q.task_id
                              and a.person_id = p_person and a.state <> 3 offset 0)) then
        status := 'busy'; return;                                    -- the caller asks again with `claim`, which holds nothing
      end if;
      if s.rank is null and p_waits then
        -- Nothing free that is not locked. Near the end of a queue the rows others are just taking may still have opinions
        -- to give: wait for those (a commit, a millisecond) rather than send people away. Holds no slot yet: no deadlock.
        select q.ctid as tid, q.rank, q.task_id, q.free, q.wanted into s from evenhand.slot q
         where q.organization_id = p_organization and q.queue_id = r.queue_id
           and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = q.task_id
                              and a.person_id = p_person and a.state <> 3 offset 0)
         order by q.rank limit 1 for update of q;
      end if;
      if s.rank is null then
        -- Nobody is sent away while something is only set aside for somebody who has not come for it (`routing.sql`).
        select null::tid as tid, a.rank, a.task_id, 1::smallint as free, a.wanted, a.person_id as holder into s from evenhand.assignment a
         where a.organization_id = p_organization and a.queue_id = r.queue_id and a.state = 5 and a.lease_until < 'infinity'
           and not a.is_rework and a.rank is not null and a.person_id <> p_person
           and not exists (select from evenhand.assignment o where o.organization_id = p_organization and o.task_id = a.task_id
                              and o.person_id = p_person and o.state <> 3 offset 0)
         order by a.rank limit 1 for update of a skip locked;
        v_holder := s.holder;
      end if;
      if s.rank is null then
        update evenhand.queue_member m set scan_from = 0, scan_reset_at = p_now, cleared_epoch = v_pass
         where m.organization_id = p_organization and m.queue_id = r.queue_id and m.person_id = p_person
           and (m.scan_from <> 0 or m.cleared_epoch <> v_pass);
        status := 'empty'; return;
      end if;
      v_rank := s.rank; v_wanted := s.wanted;
      -- What was better placed and not dealt was in other hands at that moment: kept, so that a replay explains the choice.
      select array_agg(o.rank) into v_passed from (
        select q.rank from evenhand.slot q
         where q.organization_id = p_organization and q.queue_id = r.queue_id and q.rank > v_from and q.rank < v_rank
           and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = q.task_id
                              and a.person_id = p_person and a.state <> 3 offset 0)
         order by q.rank limit 64) o;
      -- Gold is dealt only where there was work to deal, and the slot is written as it was: neither what comes at the end of a queue nor
      -- how long a claim takes tells it from work.
      if r.gold_per_mille > 0 and r.claims >= r.next_gold_at then
        select g.task_id, g.position into task_id, v_gold from evenhand.gold g
         where g.organization_id = p_organization and g.queue_id = r.queue_id and g.position > r.gold_position
           and not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = g.task_id
                              and a.person_id = p_person offset 0)
         order by g.position limit 1;
        if not found then v_gold := 0; end if;                       -- the circle wraps
      end if;
      if task_id is not null then
        v_rank := null; v_wanted := null; v_passed := null;
        update evenhand.slot q set free = s.free where q.ctid = s.tid;
      else
        task_id := s.task_id;
        if v_holder is not null then
          update evenhand.assignment a set state = 3
           where a.organization_id = p_organization and a.task_id = s.task_id and a.person_id = v_holder;
        elsif s.free > 1 then update evenhand.slot q set free = q.free - 1 where q.ctid = s.tid;
        else               delete from evenhand.slot q where q.ctid = s.tid; end if;
      end if;
    end if;
    insert into evenhand.assignment as a (organization_id, task_id, person_id, queue_id, rank, wanted, state, offer_no, wall_epoch,
                                          claimed_at, lease_until, passed_over, suggestions_hidden)
    values (p_organization, task_id, p_person, r.queue_id, v_rank, v_wanted, 1, r.offer_no, v_pass, p_now, lease_until, v_passed,
            r.suggestions_hidden)
    on conflict on constraint assignment_pkey do update
       set state = 1, rank = excluded.rank, wanted = excluded.wanted, queue_id = excluded.queue_id, offer_no = excluded.offer_no,
           wall_epoch = excluded.wall_epoch, claimed_at = excluded.claimed_at, lease_until = excluded.lease_until,
           passed_over = excluded.passed_over, suggestions_hidden = excluded.suggestions_hidden
     where a.state = 3;                                            -- one's own expired lease may be taken up again
    if not found then raise exception 'task dealt twice' using errcode = 'assert_failure'; end if;
    suggestions_hidden := r.suggestions_hidden;
    update evenhand.queue_member m
       set claims = m.claims + 1, cleared_epoch = v_pass,
           scan_from = coalesce(v_rank, m.scan_from), scan_generation = r.generation,
           scan_reset_at = case when v_fresh is false then p_now else m.scan_reset_at end,
           gold_position = coalesce(v_gold, m.gold_position),
           -- Gaps of 1 .. 2/rate - 1 claims, so that the mean is the rate and the next one cannot be guessed. The first is drawn at the
           -- first claim. Whoever went around the whole circle, and had everything, is asked again much later.
           next_gold_at = case when v_gold = 0 and r.gold_position = 0 then m.claims + 1000
                               when v_gold is null and (m.next_gold_at is not null or r.gold_per_mille = 0) then m.next_gold_at
                               else m.claims + 1 + floor(random() * (2000.0 / greatest(r.gold_per_mille, 1) - 1))::int end
     where m.organization_id = p_organization and m.queue_id = r.queue_id and m.person_id = p_person;
  end if;

  select t.version, t.chunk_key_id, t.sealed, t.batch_id, d.sealed, d.saved_at
    into task_version, chunk_key_id, sealed, batch_id, draft, draft_at
    from evenhand.task t
    left join evenhand.draft d on d.organization_id = p_organization and d.task_id = t.task_id and d.person_id = p_person
   where t.organization_id = p_organization and t.task_id = claim_next.task_id;
  insert into evenhand.ledger_inbox as i (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                          lease_until, wall_epoch, decision)
  values (p_organization, p_now, 1, p_commitment, p_vendor, task_id, v_purpose, claim_next.lease_until, r.epoch, 'allow')
  returning i.xid, i.id into grant_xid, grant_id;
  ontology_version := r.ontology_version; guideline_version := r.guideline_version;
  status := 'ok';
end $$;
alter function claim_next owner to evenhand_work;

-- Who asks, for a verb of work: sets the tenant to what the credential says, takes the gate and the person's lock.
-- Internal. The caller never says which tenant it is. is_held: work for this customer is on hold, as of the gate: whoever opens a
-- hold has it exclusively, so that an answer is either committed before the hold or meets it.
create function enter(p_token_sha256 bytea, p_now timestamptz,
                      out organization_id uuid, out person_id uuid, out role text, out commitment bytea, out vendor_id uuid,
                      out annotator_no int, out scopes text[], out is_held boolean)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_no bigint; v_locked boolean; v_set text;
begin
  v_locked := pg_advisory_xact_lock_shared(7001) is null;          -- gate before credential: see "lock order"
  select c.organization_id, c.person_id, m.role, m.actor_commitment, c.person_no, m.annotator_no, c.scopes, p.vendor_id,
         exists (select from evenhand.wall_hold h where h.organization_id = c.organization_id and h.countersigned_at is null)
    into organization_id, person_id, role, commitment, v_no, annotator_no, scopes, vendor_id, is_held
    from evenhand.credential c
    join evenhand.membership m on m.organization_id = c.organization_id and m.person_id = c.person_id and m.state = 'active'
    join evenhand.person p on p.person_id = c.person_id and p.is_active
   where c.token_sha256 = p_token_sha256 and c.expires_at > p_now;
  if not found then return; end if;
  v_set := set_config('evenhand.organization', organization_id::text, true);
  v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;
end $$;
alter function enter owner to evenhand_wall;
grant execute on function enter to evenhand_work;

-- Claim: who asks is what the credential says, not what the caller says.
-- seqscan off, here and in all that an annotator's keys call: a plan made while a table was still empty, or counted as small by
-- autovacuum, is kept for the connection's life and would scan it forever.
create function claim(p_token_sha256 bytea, p_project uuid, p_stage smallint, p_held uuid[], p_now timestamptz,
                      out status text, out organization_id uuid, out person_id uuid, out task_id uuid, out task_version int,
                      out chunk_key_id uuid, out sealed bytea, out draft bytea, out draft_at timestamptz, out lease_until timestamptz,
                      out claimed_at timestamptz, out revision smallint, out ontology_version int, out guideline_version int,
                      out batch_id uuid, out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare e record; d record;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then                                                -- not raised: the denial must commit
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                       wall_epoch, decision, rule)
    select e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_project, (array['label', 'review', 'adjudicate', 'exam', 'audit'])[p_stage],
           w.epoch, 'deny', 'hold' from evenhand.wall_epoch w;
    status := 'held'; return;
  end if;
  organization_id := e.organization_id; person_id := e.person_id;
  d := evenhand.claim_next(e.organization_id, e.person_id, e.role, e.commitment, e.vendor_id, p_project, p_stage, p_held, true, p_now);
  status := d.status; task_id := d.task_id; task_version := d.task_version; chunk_key_id := d.chunk_key_id; sealed := d.sealed;
  draft := d.draft; draft_at := d.draft_at; lease_until := d.lease_until; claimed_at := d.claimed_at; revision := d.revision;
  ontology_version := d.ontology_version; guideline_version := d.guideline_version; batch_id := d.batch_id;
  grant_xid := d.grant_xid; grant_id := d.grant_id; suggestions_hidden := d.suggestions_hidden;
end $$;
alter function claim owner to evenhand_work;

-- Submit: close the lease with a sealed answer, and claim the next task in the same round trip when p_next.
-- Safe to repeat with the same key. p_more: opinions wanted beyond the plan (from the stopping rule), usually 0.
create function submit(p_token_sha256 bytea, p_project uuid, p_task uuid, p_answer_key uuid, p_annotation uuid, p_chunk_key uuid,
                       p_sealed bytea, p_digest bytea, p_ontology int, p_questions smallint[], p_codes float8[], p_active_ms int,
                       p_elapsed_ms int, p_origins smallint[], p_manner int[], p_more smallint, p_next boolean, p_held uuid[],
                       p_now timestamptz, out status text, out organization_id uuid, out person_id uuid, out annotation_id uuid, out revision smallint,
                       out next_status text, out task_id uuid, out task_version int, out chunk_key_id uuid, out sealed bytea,
                       out draft bytea, out draft_at timestamptz, out lease_until timestamptz, out claimed_at timestamptz,
                       out next_revision smallint, out ontology_version int, out guideline_version int, out batch_id uuid,
                       out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8,
                       out taught_chunk_key_id uuid, out taught bytea, out taught_version int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  e record; a record; c record; o record; d record; g record;
  v_done boolean := false; v_before smallint[]; v_origins int[];
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  organization_id := e.organization_id; person_id := e.person_id;

  update evenhand.assignment x set state = 2, answer_key = p_answer_key
    from evenhand.queue k, evenhand.task t
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id and x.state = 1
     and x.lease_until > p_now
     and k.organization_id = e.organization_id and k.queue_id = x.queue_id and k.project_id = p_project  -- what it was sealed for
     and k.stage not in (2, 3)                                      -- a verdict is no answer: see stage_submit
     and t.organization_id = e.organization_id and t.task_id = p_task
  -- The guidelines that they had read: those of now may have come while they held it.
  returning x.queue_id, x.rank, x.wanted, x.revision, x.is_rework, k.stage, k.is_staged, k.queue_no, k.counts_manner, t.task_no,
            least(k.guideline_version, (select m.consented_version from evenhand.queue_member m where m.organization_id = e.organization_id
                                           and m.queue_id = k.queue_id and m.person_id = e.person_id)) as guideline_version into a;
  if found then
    revision := a.revision; annotation_id := p_annotation;
    with answer as (
      insert into evenhand.annotation (organization_id, task_id, person_id, version, annotation_id, project_id, annotator_no,
                                       ontology_version, guideline_version, chunk_key_id, submitted_at, active_ms, elapsed_ms, origins, manner,
                                       sealed, stage)
      values (e.organization_id, p_task, e.person_id, a.revision, p_annotation, p_project, e.annotator_no, p_ontology,
              a.guideline_version, p_chunk_key, p_now, p_active_ms, p_elapsed_ms, p_origins, case when a.counts_manner then p_manner end, p_sealed,
              case a.stage when 5 then 5 else 1 end)),
    voted as (
      insert into evenhand.vote as v (organization_id, project_id, question_no, task_no, annotator_no, code)
      select e.organization_id, p_project, u.question_no, a.task_no, e.annotator_no, u.code
        from unnest(p_questions, p_codes) as u(question_no, code)
       where a.stage <> 5                                          -- an audit is no opinion: nothing that it judges may learn from it
      on conflict on constraint vote_pkey do update set code = excluded.code)
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                       object_digest, purpose)
    values (e.organization_id, p_now, 3, e.commitment, e.vendor_id, p_task, p_annotation, p_digest, 'label');
    v_origins := p_origins;
    if a.revision > 1 then
      select n.origins into v_before from evenhand.annotation n
       where n.organization_id = e.organization_id and n.task_id = p_task and n.person_id = e.person_id and n.version = a.revision - 1;
      v_origins := (select array_agg(coalesce(p_origins[i], 0) - coalesce(v_before[i], 0) order by i) from generate_series(1, 6) i);
    end if;
    if a.revision > 1 then                                         -- a reopened answer: what was closed meanwhile has no vote now
      delete from evenhand.vote v
       where v.organization_id = e.organization_id and v.project_id = p_project and v.task_no = a.task_no
         and v.annotator_no = e.annotator_no and v.question_no <> all (p_questions);
      if a.is_rework then perform evenhand.rework_over(e.organization_id, p_task, e.person_id, false, p_now); end if;
    elsif a.stage = 4 then
      perform evenhand.exam_settle(e.organization_id, a.queue_id, e.person_id, e.commitment, e.vendor_id, p_now);
    elsif a.stage = 5 then
      insert into evenhand.audit_answer (organization_id, task_id, project_id, person_id, annotation_id, question_nos, codes, at)
      values (e.organization_id, p_task, p_project, e.person_id, p_annotation, p_questions, p_codes, p_now);
    elsif a.rank is null then
      -- Gold is answered, but decides nothing. A row is written all the same: it takes as long as work.
      insert into evenhand.consensus as k (organization_id, task_id, queue_id, wanted, got)
      values (e.organization_id, p_task, a.queue_id, 1, 0)
      on conflict on constraint consensus_pkey do update set version = k.version + 1;
    else
      insert into evenhand.consensus as k (organization_id, task_id, queue_id, wanted, got)
      values (e.organization_id, p_task, a.queue_id, a.wanted + p_more, 1)
      on conflict on constraint consensus_pkey do update
         set got = k.got + 1, wanted = k.wanted + p_more, version = k.version + 1
      returning k.is_done into c;
      v_done := c.is_done and not a.is_staged;
      if c.is_done and a.is_staged then perform evenhand.stage_reached(e.organization_id, p_project, p_task, p_now); end if;
      -- Born at the end of the next pass: above everybody's watermark, so nobody has to start over.
      if p_more > 0 then
        perform evenhand.slot_put(e.organization_id, a.queue_id, a.queue_no,
                                  (a.rank >> 47 << 47) + (1::bigint << 47) + nextval('evenhand.task_position'), p_task, p_more, a.wanted);
      end if;
    end if;
    insert into evenhand.outbox (organization_id, project_id, kind, task_id, subject_id, annotator_no, quantity, is_done, active_ms, origins, at)
    select e.organization_id, p_project, 1, p_task, p_annotation, e.annotator_no, case when a.revision = 1 then 1 else 0 end,
           v_done, p_active_ms, v_origins, p_now
     where a.stage <> 5;
    status := 'ok';                                                -- the draft is garbage now; the sweeper deletes it
  else
    select x.state, x.answer_key, x.queue_id, x.rank, x.revision, k.stage, n.annotation_id, k.project_id into o
      from evenhand.assignment x
      join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id
      left join evenhand.annotation n
        on n.organization_id = x.organization_id and n.task_id = x.task_id and n.person_id = x.person_id and n.version = x.revision
     where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id;
    status := case when o.state is null or o.project_id <> p_project or o.stage in (2, 3) then 'not-yours'
                   when o.state = 2 and o.answer_key = p_answer_key  then 'repeated'
                   when o.state = 2                                   then 'already-answered'
                   when o.state = 4                                   then 'revoked'
                   when o.state in (5, 6, 7)                          then 'not-yours'
                   else 'lease-expired' end;
    if status <> 'repeated' then return; end if;
    annotation_id := o.annotation_id; revision := o.revision; a := o;
  end if;

  if a.rank is null and a.stage = 1 then                           -- taught gold: what was right, and why, goes back with the answer
    select k.chunk_key_id, k.sealed, k.version into g from evenhand.gold_answer k
     where k.organization_id = e.organization_id and k.task_id = p_task and k.kind = 'taught' and k.retired_at is null;
    taught_chunk_key_id := g.chunk_key_id; taught := g.sealed; taught_version := g.version;
  end if;
  if p_next then
    d := evenhand.claim_next(e.organization_id, e.person_id, e.role, e.commitment, e.vendor_id, p_project, a.stage, p_held, false, p_now);
    next_status := d.status; task_id := d.task_id; task_version := d.task_version; chunk_key_id := d.chunk_key_id;
    sealed := d.sealed; draft := d.draft; draft_at := d.draft_at; lease_until := d.lease_until; claimed_at := d.claimed_at;
    next_revision := d.revision;
    ontology_version := d.ontology_version; guideline_version := d.guideline_version; batch_id := d.batch_id;
    grant_xid := d.grant_xid; grant_id := d.grant_id; suggestions_hidden := d.suggestions_hidden;
  end if;
end $$;
alter function submit owner to evenhand_work;

-- A late answer: the lease ran out, but nobody took the slot. Takes it up again for this person, so that work is not lost.
-- 'ok': the caller submits as usual. 'gone', 'paused', 'walled': it is refused; a wall that rose meanwhile is on record.
create function lease_resume(p_token_sha256 bytea, p_task uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare e record; a record; v_rule text; v_epoch int;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then return 'gone'; end if;
  if e.is_held then return 'held'; end if;
  select x.queue_id, x.rank, x.state, x.lease_until, x.wall_epoch, k.is_paused,
         (array['label', 'review', 'adjudicate', 'exam', 'audit'])[k.stage] as purpose, k.project_id into a
    from evenhand.assignment x join evenhand.queue k on k.organization_id = x.organization_id and k.queue_id = x.queue_id
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id
     and (x.state = 3 or (x.state = 1 and x.lease_until <= p_now)) for update of x;
  if not found then return 'gone'; end if;
  if a.is_paused then return 'paused'; end if;
  if evenhand.is_removed(e.organization_id, a.project_id, e.person_id) then return 'gone'; end if;
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  if a.wall_epoch <> v_epoch then
    v_rule := evenhand.wall_enter(e.person_id, e.organization_id, p_now);
    if v_rule is not null then
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                         wall_epoch, decision, rule)
      values (e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_task, a.purpose, v_epoch, 'deny', v_rule);
      return 'walled';
    end if;
  end if;
  if a.state = 3 and a.rank is not null then
    update evenhand.slot k set free = k.free - 1
     where k.organization_id = e.organization_id and k.queue_id = a.queue_id and k.rank = a.rank and k.free > 1;
    if not found then
      delete from evenhand.slot k where k.organization_id = e.organization_id and k.queue_id = a.queue_id and k.rank = a.rank;
      if not found then return 'gone'; end if;
    end if;
  elsif a.state = 3 and exists (
    -- gold has no slot that others could take: it counts as taken where somebody claimed since
    select from evenhand.assignment o where o.organization_id = e.organization_id and o.queue_id = a.queue_id and o.state = 1
       and o.person_id <> e.person_id and o.claimed_at > a.lease_until) then
    return 'gone';
  end if;
  update evenhand.assignment x set state = 1, lease_until = p_now + interval '1 minute',
         wall_epoch = evenhand.wall_pass(e.organization_id, v_epoch, p_now)
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id;
  return 'ok';
end $$;
alter function lease_resume owner to evenhand_work;

-- Give a task back: skipped with a reason (never dealt to this person again) or returned without one.
create function lease_end(p_token_sha256 bytea, p_project uuid, p_task uuid, p_state smallint, p_reason text, p_next boolean,
                          p_held uuid[], p_now timestamptz,
                          out status text, out organization_id uuid, out person_id uuid,
                          out next_status text, out task_id uuid, out task_version int, out chunk_key_id uuid, out sealed bytea,
                          out draft bytea, out draft_at timestamptz, out lease_until timestamptz, out claimed_at timestamptz,
                          out next_revision smallint, out ontology_version int, out guideline_version int, out batch_id uuid,
                          out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare e record; a record; d record; v_locked boolean;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  organization_id := e.organization_id; person_id := e.person_id;
  update evenhand.assignment x
     set state = case when x.revision > 1 then 2 else p_state end, skip_reason = p_reason,
         revision = greatest(x.revision - case when x.revision > 1 then 1 else 0 end, 1)
    from evenhand.queue k
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id and x.state = 1
     and k.organization_id = e.organization_id and k.queue_id = x.queue_id and k.project_id = p_project
  returning x.queue_id, x.rank, x.wanted, x.state, x.is_rework, k.queue_no, k.stage into a;
  if not found then status := 'not-yours'; return; end if;
  if a.is_rework then perform evenhand.rework_over(e.organization_id, p_task, e.person_id, true, p_now); end if;
  if a.rank is not null and a.state <> 2 then
    perform evenhand.slot_put(e.organization_id, a.queue_id, a.queue_no, a.rank, p_task, 1::smallint, a.wanted);
  end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose, rule)
  values (e.organization_id, p_now, 22, e.commitment, e.vendor_id, p_task, (array['label', 'review', 'adjudicate', 'exam', 'audit'])[a.stage], p_reason);
  if a.stage = 4 then perform evenhand.exam_settle(e.organization_id, a.queue_id, e.person_id, e.commitment, e.vendor_id, p_now); end if;
  if p_state = 6 then
    insert into evenhand.outbox (organization_id, project_id, kind, task_id, annotator_no, at)
    values (e.organization_id, p_project, 3, p_task, e.annotator_no, p_now);
  end if;
  status := 'ok';
  if p_next then
    d := evenhand.claim_next(e.organization_id, e.person_id, e.role, e.commitment, e.vendor_id, p_project, a.stage, p_held, false, p_now);
    next_status := d.status; task_id := d.task_id; task_version := d.task_version; chunk_key_id := d.chunk_key_id;
    sealed := d.sealed; draft := d.draft; draft_at := d.draft_at; lease_until := d.lease_until; claimed_at := d.claimed_at;
    next_revision := d.revision;
    ontology_version := d.ontology_version; guideline_version := d.guideline_version; batch_id := d.batch_id;
    grant_xid := d.grant_xid; grant_id := d.grant_id; suggestions_hidden := d.suggestions_hidden;
  end if;
end $$;
alter function lease_end owner to evenhand_work;

-- Keep the hold for another full lease. 'gone': there is none to keep. A pass that may have ended with a waiver is asked for anew.
create function lease_prolong(p_token_sha256 bytea, p_task uuid, p_now timestamptz, out status text, out lease_until timestamptz)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare e record; v_rule text; v_epoch int;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'gone'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  if exists (select from evenhand.assignment x where x.organization_id = e.organization_id and x.task_id = p_task
                and x.person_id = e.person_id and x.state = 1 and x.wall_epoch <> v_epoch) then
    v_rule := evenhand.wall_enter(e.person_id, e.organization_id, p_now);
    if v_rule is not null then
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                         wall_epoch, decision, rule)
      values (e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_task, 'label', v_epoch, 'deny', v_rule);
      status := 'gone'; return;
    end if;
  end if;
  update evenhand.assignment x set lease_until = p_now + k.lease from evenhand.queue k
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id and x.state = 1
     and x.lease_until > p_now and k.organization_id = e.organization_id and k.queue_id = x.queue_id and not k.is_paused
  returning x.lease_until into lease_until;
  status := case when found then 'ok' else 'gone' end;
end $$;
alter function lease_prolong owner to evenhand_work;

-- Save a draft. The client's clock decides between two tabs: an older one never overwrites a newer. Says 'ok', 'held' or 'not-yours'.
create function draft_save(p_token_sha256 bytea, p_task uuid, p_chunk_key uuid, p_sealed bytea, p_clock bigint, p_now timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare e record;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then return 'not-yours'; end if;
  if e.is_held then return 'held'; end if;
  if not exists (select from evenhand.assignment x where x.organization_id = e.organization_id and x.task_id = p_task
                    and x.person_id = e.person_id and x.state in (1, 3)) then
    return 'not-yours';
  end if;
  insert into evenhand.draft as d (organization_id, task_id, person_id, chunk_key_id, sealed, saved_at, client_clock)
  values (e.organization_id, p_task, e.person_id, p_chunk_key, p_sealed, p_now, p_clock)
  on conflict (organization_id, task_id, person_id) do update
     set chunk_key_id = excluded.chunk_key_id, sealed = excluded.sealed, saved_at = excluded.saved_at, client_clock = excluded.client_clock
   where d.client_clock <= excluded.client_clock;
  return 'ok';
end $$;
alter function draft_save owner to evenhand_work;

-- Open one's own answer again: a lease on the next version of it. The slot stays closed, the old version stays.
create function answer_reopen(p_token_sha256 bytea, p_project uuid, p_task uuid, p_now timestamptz,
                              out status text, out organization_id uuid, out person_id uuid, out task_version int, out chunk_key_id uuid,
                              out sealed bytea, out answer bytea, out answer_version smallint, out annotation_id uuid,
                              out answer_chunk_key_id uuid, out lease_until timestamptz, out revision smallint, out ontology_version int,
                              out guideline_version int, out batch_id uuid, out grant_xid xid8, out grant_id bigint, out suggestions_hidden float8)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; a record; v_rule text; v_epoch int;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held then status := 'held'; return; end if;
  organization_id := e.organization_id; person_id := e.person_id;
  v_rule := evenhand.wall_enter(e.person_id, e.organization_id, p_now);
  if v_rule is not null then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                       wall_epoch, decision, rule)
    select e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_task, 'label', w.epoch, 'deny', v_rule from evenhand.wall_epoch w;
    status := 'walled'; return;
  end if;
  if exists (select from evenhand.queue k where k.organization_id = e.organization_id and k.project_id = p_project and k.is_paused) then
    status := 'paused'; return;
  end if;
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  update evenhand.assignment x set state = 1, revision = x.revision + 1, lease_until = p_now + k.lease, answer_key = null, is_rework = false,
         wall_epoch = evenhand.wall_pass(e.organization_id, v_epoch, p_now)
    from evenhand.queue k
   where x.organization_id = e.organization_id and x.task_id = p_task and x.person_id = e.person_id and x.state = 2
     and k.organization_id = e.organization_id and k.queue_id = x.queue_id and k.project_id = p_project and k.stage = 1
     and exists (select from evenhand.task t where t.organization_id = e.organization_id and t.task_id = p_task and t.trashed_at is null)
     and not exists (select from evenhand.gold_answer g where g.organization_id = e.organization_id and g.task_id = p_task and g.kind = 'taught')
     -- Where tasks go on to later stages none is opened again: review sends back. One that is not there yet could be, but gold never goes
     -- there, and by that it would be told from work.
     and not k.is_staged
     and not evenhand.is_removed(e.organization_id, p_project, e.person_id)
     and not exists (select from evenhand.ruling r where r.organization_id = e.organization_id and r.task_id = p_task
                        and r.person_id = e.person_id and r.kind = 'rejection' and r.overturned_at is null)
  returning x.lease_until, x.revision, x.suggestions_hidden, k.ontology_version, k.guideline_version into a;
  if not found then status := 'not-yours'; return; end if;
  lease_until := a.lease_until; revision := a.revision; ontology_version := a.ontology_version; guideline_version := a.guideline_version;
  suggestions_hidden := a.suggestions_hidden;
  select t.version, t.chunk_key_id, t.sealed, t.batch_id, n.sealed, n.version, n.annotation_id, n.chunk_key_id
    into task_version, chunk_key_id, sealed, batch_id, answer, answer_version, annotation_id, answer_chunk_key_id
    from evenhand.task t
    join evenhand.annotation n on n.organization_id = t.organization_id and n.task_id = t.task_id and n.person_id = e.person_id
     and n.version = a.revision - 1
   where t.organization_id = e.organization_id and t.task_id = p_task;
  insert into evenhand.ledger_inbox as i (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose,
                                          lease_until, wall_epoch, decision)
  values (e.organization_id, p_now, 1, e.commitment, e.vendor_id, p_task, answer_reopen.annotation_id, 'reopen', a.lease_until, v_epoch, 'allow')
  returning i.xid, i.id into grant_xid, grant_id;
  status := 'ok';
end $$;
alter function answer_reopen owner to evenhand_work;

-- Import one chunk: tasks, tags, their slots, one ledger row and one outbox row, all or nothing. At most 5,000 tasks.
-- Arrays and not COPY, which PostgreSQL refuses on tables with row-level security. Sent again it changes nothing.
-- p_open: deal the tasks at once; otherwise they wait for batch_open (an atomic import).
create function import_chunk(p_token_sha256 bytea, p_project uuid, p_batch uuid, p_import uuid, p_chunk_no int, p_open boolean,
                             p_ids uuid[], p_sealed bytea[], p_chunk_keys uuid[], p_priorities smallint[], p_due timestamptz[],
                             p_externals bytea[], p_tag_tasks uuid[], p_tags bytea[], p_media_tasks uuid[], p_media uuid[], p_digest bytea,
                             p_now timestamptz, out status text, out imported int, out duplicates int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record; v_base bigint; v_locked boolean; v_seen uuid[]; v_quota bigint;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.import' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select c.imported, c.duplicates into imported, duplicates from evenhand.import_chunk c
   where c.organization_id = e.organization_id and c.import_id = p_import and c.chunk_no = p_chunk_no;
  if found then status := 'repeated'; return; end if;
  select k.queue_id, k.queue_no, k.opinions, k.floor_rank into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  if cardinality(p_media) > 0 then
    -- Held until the end: a file that is just being forgotten cannot be shown, and one that is shown is not forgotten.
    perform from evenhand.media m
      where m.organization_id = e.organization_id and m.media_id = any (p_media) and m.project_id = p_project and m.state = 'stored'
        for no key update;
    if (select count(*) from evenhand.media m where m.organization_id = e.organization_id and m.media_id = any (p_media)
           and m.project_id = p_project and m.state = 'stored') < (select count(distinct u) from unnest(p_media) u) then
      status := 'no-media'; return;
    end if;
  end if;
  v_base := nextval('evenhand.task_position');
  with put as (
    insert into evenhand.task (organization_id, task_id, task_no, project_id, batch_id, chunk_key_id, priority, due_at, external_hash, sealed)
    select e.organization_id, u.id, v_base + u.n, p_project, p_batch, u.key, u.priority, u.due, u.external, u.sealed
      from unnest(p_ids, p_sealed, p_chunk_keys, p_priorities, p_due, p_externals) with ordinality as u(id, sealed, key, priority, due, external, n)
    on conflict do nothing
    returning task_id)
  select array_agg(put.task_id), count(*) into v_seen, imported from put;
  duplicates := cardinality(p_ids) - imported;
  if imported > 0 then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, object_digest,
                                       purpose, quantity)
    values (e.organization_id, p_now, 19, e.commitment, e.vendor_id, p_project, p_batch, p_digest, 'import', imported);
    if p_open then                                                 -- a closed batch is told of when it is published
      insert into evenhand.outbox (organization_id, project_id, kind, subject_id, quantity, at)
      values (e.organization_id, p_project, 2, p_batch, imported, p_now);
    end if;
    if cardinality(p_tags) > 0 then
      insert into evenhand.task_tag (organization_id, project_id, tag_hash, task_id)
      select e.organization_id, p_project, u.tag, u.task from unnest(p_tag_tasks, p_tags) as u(task, tag)
       where u.task = any (v_seen) on conflict do nothing;
    end if;
    if cardinality(p_media) > 0 then
      insert into evenhand.task_media (organization_id, media_id, task_id)
      select e.organization_id, u.media, u.task from unnest(p_media_tasks, p_media) as u(task, media)
       where u.task = any (v_seen) on conflict do nothing;
      update evenhand.media m set is_used = true
       where m.organization_id = e.organization_id and not m.is_used
         and m.media_id in (select u.media from unnest(p_media_tasks, p_media) as u(task, media) where u.task = any (v_seen));
    end if;
  end if;
  insert into evenhand.import_chunk (organization_id, import_id, chunk_no, imported, duplicates, at)
  values (e.organization_id, p_import, p_chunk_no, import_chunk.imported, import_chunk.duplicates, p_now);
  if p_open and imported > 0 then
    -- Slots last: the birth gate is then held for as short as it can be.
    v_locked := pg_advisory_xact_lock_shared(7003, q.queue_no) is null;
    insert into evenhand.slot (organization_id, queue_id, rank, task_id, free, wanted)
    select e.organization_id, q.queue_id, ((255 - u.priority)::bigint << 51) + v_base + u.n, u.id, q.opinions, q.opinions
      from unnest(p_ids, p_priorities) with ordinality as u(id, priority, n)
     where duplicates = 0 or u.id = any (v_seen);
    update evenhand.queue k
       set generation = k.generation + 1,
           floor_rank = least(k.floor_rank, ((255 - (select max(x) from unnest(p_priorities) x))::bigint << 51) + v_base)
     where k.organization_id = e.organization_id and k.queue_id = q.queue_id
       and (k.floor_rank > ((255 - (select max(x) from unnest(p_priorities) x))::bigint << 51) + v_base
            or exists (select from evenhand.queue_member m where m.organization_id = e.organization_id and m.queue_id = q.queue_id
                          and m.scan_from > ((255 - (select max(x) from unnest(p_priorities) x))::bigint << 51) + v_base));
  end if;
  status := 'ok';
end $$;
alter function import_chunk owner to evenhand_work;

-- Tasks are gone, whoever deleted them: what only they showed is forgotten with the next tidying.
create function task_media_left() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  with gone as (
    delete from evenhand.task_media x using old_task o where x.organization_id = o.organization_id and x.task_id = o.task_id
    returning x.organization_id, x.media_id)
  update evenhand.media m set is_used = false from gone g
   where m.organization_id = g.organization_id and m.media_id = g.media_id
     and not exists (select from evenhand.task_media x where x.organization_id = m.organization_id and x.media_id = m.media_id
                        and not exists (select from old_task o where o.organization_id = x.organization_id and o.task_id = x.task_id))
     and not exists (select from evenhand.guideline_picture x where x.organization_id = m.organization_id and x.media_id = m.media_id
                        and x.version > 0);
  return null;
end $$;
alter function task_media_left owner to evenhand_sweep;
create trigger task_media_left after delete on task referencing old table as old_task
  for each statement execute function task_media_left();

-- Who asks for the file of a task: a person who holds it, or one who may read tasks. A look of theirs that is on record already covers
-- it (the claim; the page of the table; a moment ago), unless the register of walls changed since; else this one is recorded first.
create function media_look(p_token_sha256 bytea, p_project uuid, p_task uuid, p_reads boolean, p_now timestamptz,
                           out status text, out organization_id uuid, out person_id uuid, out task_id uuid, out task_version int,
                           out chunk_key_id uuid, out sealed bytea, out ontology_version int, out grant_xid xid8, out grant_id bigint, out rule text)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_epoch int; v_since timestamptz;
begin
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.is_held and e.role in ('annotator', 'reviewer') then status := 'held'; return; end if;
  organization_id := e.organization_id; person_id := e.person_id; task_id := p_task;
  select t.version, t.chunk_key_id, t.sealed, k.ontology_version into task_version, chunk_key_id, sealed, ontology_version
    from evenhand.task t
    join evenhand.queue k on k.organization_id = t.organization_id and k.project_id = t.project_id and k.stage = 1
   where t.organization_id = e.organization_id and t.task_id = p_task and t.project_id = p_project;
  if not found then status := 'no-task'; return; end if;
  select a.claimed_at into v_since from evenhand.assignment a
   where a.organization_id = e.organization_id and a.task_id = p_task and a.person_id = e.person_id and a.state = 1
     and a.lease_until > p_now;
  if not found then
    -- Whoever answered it may see again what they answered: not once they were removed, nor what is in the trash.
    if not p_reads and (evenhand.is_removed(e.organization_id, p_project, e.person_id) or not exists (
         select from evenhand.annotation n join evenhand.task t on t.organization_id = n.organization_id and t.task_id = n.task_id
          where n.organization_id = e.organization_id and n.task_id = p_task and n.person_id = e.person_id and n.stage = 1
            and t.trashed_at is null)) then
      sealed := null; status := 'not-yours'; return;
    end if;
    v_since := p_now - interval '10 minutes';
  end if;
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  select c.xid, c.id into grant_xid, grant_id
    from evenhand.grant_covering(e.organization_id, p_task, e.commitment, v_since, v_epoch) c
   where evenhand.wall_pass(e.organization_id, v_epoch, p_now) = v_epoch;   -- a look let in by a waiver covers no later one
  if grant_xid is null then
    rule := evenhand.wall_enter(e.person_id, e.organization_id, p_now);
    insert into evenhand.ledger_inbox as i (organization_id, at, action, actor_commitment, actor_organization_id, object_id, purpose,
                                            wall_epoch, decision, rule)
    values (e.organization_id, p_now, case when media_look.rule is null then 1 else 8 end, e.commitment, e.vendor_id, p_task, 'media',
            v_epoch, case when media_look.rule is null then 'allow' else 'deny' end::evenhand.ledger_decision, media_look.rule)
    returning i.xid, i.id into grant_xid, grant_id;
    if rule is not null then sealed := null; status := 'walled'; return; end if;
  end if;
  status := 'ok';
end $$;
alter function media_look owner to evenhand_work;

-- The next import that waits, or one whose worker has not been heard of for long: it is the caller's from here on.
create function import_run_take(p_now timestamptz, p_silence interval)
returns table (organization_id uuid, import_id uuid, project_id uuid, token_sha256 bytea)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with next as (
    select r.organization_id, r.import_id from evenhand.import_run r
     where r.state = 'waiting' or (r.state = 'running' and r.beat_at < p_now - p_silence)
     order by r.created_at limit 1 for update skip locked)
  update evenhand.import_run r
     set state = 'running', attempt = r.attempt + 1, fruitless = r.fruitless + 1, beat_at = p_now, started_at = coalesce(r.started_at, p_now), seen = 0,
         duplicates = 0, rejected = 0
    from next where r.organization_id = next.organization_id and r.import_id = next.import_id
  returning r.organization_id, r.import_id, r.project_id, r.token_sha256 $$;
alter function import_run_take owner to evenhand_sweep;

-- The next check that waits, or one whose worker has not been heard of for long: it is the caller's from here on.
create function check_run_take(p_now timestamptz, p_silence interval) returns table (organization_id uuid, check_id uuid)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with next as (
    select r.organization_id, r.check_id from evenhand.check_run r
     where r.state = 'waiting' or (r.state = 'running' and r.beat_at < p_now - p_silence)
     order by r.created_at limit 1 for update skip locked)
  update evenhand.check_run r
     set state = 'running', attempt = r.attempt + 1, beat_at = p_now, started_at = coalesce(r.started_at, p_now), done = 0, total = null
    from next where r.organization_id = next.organization_id and r.check_id = next.check_id
  returning r.organization_id, r.check_id $$;
alter function check_run_take owner to evenhand_sweep;

-- Files that no task shows and whose time is over: from here on no task can. Their objects are deleted next, then their rows.
create function media_drop(p_now timestamptz, p_max int) returns table (organization_id uuid, media_id uuid, object_name text)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with next as (
    select m.organization_id, m.media_id from evenhand.media m
     where not m.is_used and m.expires_at < p_now order by m.expires_at limit p_max for update skip locked)
  update evenhand.media m set state = 'dropped' from next
   where m.organization_id = next.organization_id and m.media_id = next.media_id
  returning m.organization_id, m.media_id, m.object_name $$;
alter function media_drop owner to evenhand_sweep;

create function media_forget(p_organization uuid, p_media uuid) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  delete from evenhand.media m where m.organization_id = p_organization and m.media_id = p_media and m.state = 'dropped' $$;
alter function media_forget owner to evenhand_sweep;

-- Publish a batch that was loaded closed: the flip of its state is the moment it exists; slots follow in chunks by
-- batch_open, which can be repeated from anywhere.
create function batch_open(p_organization uuid, p_batch uuid, p_after bigint, p_max int, p_now timestamptz, out last_no bigint, out opened int)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_set text; v_locked boolean;
begin
  v_set := set_config('evenhand.organization', p_organization::text, true);
  select k.queue_id, k.queue_no, k.opinions into q
    from evenhand.batch b join evenhand.queue k on k.organization_id = b.organization_id and k.project_id = b.project_id and k.stage = 1
   where b.organization_id = p_organization and b.batch_id = p_batch and b.state = 'published';
  if not found then opened := 0; return; end if;
  v_locked := pg_advisory_xact_lock_shared(7003, q.queue_no) is null;
  with next as (
    select t.task_id, t.task_no, t.priority from evenhand.task t
     where t.organization_id = p_organization and t.batch_id = p_batch and t.task_no > p_after and t.trashed_at is null
     order by t.task_no limit p_max),
  put as (
    insert into evenhand.slot (organization_id, queue_id, rank, task_id, free, wanted)
    select p_organization, q.queue_id, ((255 - n.priority)::bigint << 51) + n.task_no, n.task_id, q.opinions, q.opinions from next n
     -- repeated after a crash: what was already dealt or answered is not dealt anew
     where not exists (select from evenhand.assignment a where a.organization_id = p_organization and a.task_id = n.task_id)
       and not exists (select from evenhand.gold_answer g where g.organization_id = p_organization and g.task_id = n.task_id
                          and g.retired_at is null)
    on conflict on constraint slot_pkey do nothing)
  select max(n.task_no), count(*) into last_no, opened from next n;
  update evenhand.queue k set generation = k.generation + 1, floor_rank = 0
   where k.organization_id = p_organization and k.queue_id = q.queue_id;
  if opened < p_max then
    update evenhand.batch b set is_open = true where b.organization_id = p_organization and b.batch_id = p_batch;
  end if;
end $$;
alter function batch_open owner to evenhand_work;

-- Forget what a closed batch had loaded, in chunks; only one that was never published.
create function batch_drop(p_organization uuid, p_batch uuid, p_max int) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_set text; v_count int;
begin
  v_set := set_config('evenhand.organization', p_organization::text, true);
  -- First of all the import forgets that its chunks are in: sent again after a kill it must not skip what was dropped.
  delete from evenhand.import_chunk c using evenhand.batch b
   where b.organization_id = p_organization and b.batch_id = p_batch and b.state = 'loading'
     and c.organization_id = p_organization and c.import_id = b.import_id;
  with next as (
    select t.task_id from evenhand.task t join evenhand.batch b on b.organization_id = t.organization_id and b.batch_id = t.batch_id
     where t.organization_id = p_organization and t.batch_id = p_batch and b.state = 'loading' limit p_max),
  untagged as (delete from evenhand.task_tag g using next where g.organization_id = p_organization and g.task_id = next.task_id),
  gone as (delete from evenhand.task t using next where t.organization_id = p_organization and t.task_id = next.task_id returning 1)
  select count(*) into v_count from gone;
  if v_count = 0 then
    delete from evenhand.batch b where b.organization_id = p_organization and b.batch_id = p_batch and b.state = 'loading';
  end if;
  return v_count;
end $$;
alter function batch_drop owner to evenhand_work;
grant delete on task, task_tag, batch, import_chunk to evenhand_work;
create index task_of_batch on task (organization_id, batch_id, task_no);

-- Reserve tasks for a person: manual assignment. Each takes one of its task's opinions now and waits for that person. Returns which
-- were newly reserved: what they had before is left as it is, and is not to be taken back with these.
-- Under the exclusive gate: with a claim of that person in flight, both could find the task free and not had.
create function tasks_reserve(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_person uuid, p_now timestamptz,
                              out status text, out changed uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record; s record; v_locked boolean; v_rule text;
begin
  changed := '{}';
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  if not exists (select from evenhand.membership m where m.organization_id = e.organization_id and m.person_id = p_person
                    and m.state = 'active' and m.role not in ('auditor', 'visitor'))
     or evenhand.is_removed(e.organization_id, p_project, p_person) then status := 'no-person'; return; end if;
  -- Nothing is shown yet, so nobody is touched; who would be refused at the claim is not given the task either.
  v_rule := evenhand.wall_rule(p_person, e.organization_id, p_now);
  if v_rule is not null then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id, purpose,
                                       wall_epoch, decision, rule)
    select e.organization_id, p_now, 8, e.commitment, e.vendor_id, p_project, p_person, 'manage', w.epoch, 'deny', v_rule
      from evenhand.wall_epoch w;
    status := 'walled'; return;
  end if;
  select k.queue_id, k.offer_no, w.epoch into q from evenhand.queue k join evenhand.wall_epoch w on true
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  insert into evenhand.queue_member (organization_id, queue_id, person_id, scan_reset_at)
  values (e.organization_id, q.queue_id, p_person, p_now) on conflict do nothing;
  perform from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = any (p_tasks)
    order by a.task_id, a.person_id for update;                    -- before the slots, as sweepers do
  for s in select k.rank, k.free, k.wanted, t.task_id
             from (select x.task_id, evenhand.rank_of(x.priority, 0, x.task_no) as planned, evenhand.rank_of(x.priority, 1, x.task_no) as asked
                     from evenhand.task x
                    where x.organization_id = e.organization_id and x.project_id = p_project and x.task_id = any (p_tasks)
                      and x.trashed_at is null offset 0) t         -- see "ranks"
             -- an opinion that was asked for afterwards stands in the next pass: one that was planned goes first
             join lateral (select x.rank, x.free, x.wanted from evenhand.slot x
                            where x.organization_id = e.organization_id and x.queue_id = q.queue_id and x.rank in (t.planned, t.asked)
                            order by x.rank limit 1) k on true
            order by k.rank loop
    insert into evenhand.assignment as a (organization_id, task_id, person_id, queue_id, rank, wanted, state, offer_no, wall_epoch,
                                          claimed_at, lease_until)
    values (e.organization_id, s.task_id, p_person, q.queue_id, s.rank, s.wanted, 5, q.offer_no, q.epoch, p_now, 'infinity')
    on conflict on constraint assignment_pkey do update
       set state = 5, rank = excluded.rank, wanted = excluded.wanted, offer_no = excluded.offer_no, wall_epoch = excluded.wall_epoch,
           claimed_at = excluded.claimed_at, lease_until = excluded.lease_until, passed_over = null
     -- given up, not answered and not skipped: may be asked of them again; but not of whoever reviewed it, and saw the answers
     where a.state in (3, 4, 7) and a.queue_id = excluded.queue_id;
    continue when not found;
    if s.free > 1 then
      update evenhand.slot k set free = k.free - 1
       where k.organization_id = e.organization_id and k.queue_id = q.queue_id and k.rank = s.rank;
    else
      delete from evenhand.slot k where k.organization_id = e.organization_id and k.queue_id = q.queue_id and k.rank = s.rank;
    end if;
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                       purpose, decision)
    values (e.organization_id, p_now, 7, e.commitment, e.vendor_id, s.task_id, p_person, 'manage', 'allow');
    changed := changed || s.task_id;
  end loop;
  status := 'ok';
end $$;
alter function tasks_reserve owner to evenhand_work;

-- Take back what was assigned to somebody who has not begun it: its place is free again, for them as for everybody. At most 500
-- tasks a call.
create function tasks_unreserve(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_person uuid, p_now timestamptz,
                                out status text, out changed uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; q record; a record; v_locked boolean;
begin
  changed := '{}';
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select k.queue_id, k.queue_no into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  perform from evenhand.assignment h where h.organization_id = e.organization_id and h.task_id = any (p_tasks)
    order by h.task_id, h.person_id for update;                    -- before the slots, as sweepers do
  for a in
    update evenhand.assignment x set state = 3
     where x.organization_id = e.organization_id and x.queue_id = q.queue_id and x.person_id = p_person and x.state = 5
       and not x.is_rework and x.task_id = any (p_tasks)
    returning x.task_id, x.rank, x.wanted loop
    if a.rank is not null then
      perform evenhand.slot_put(e.organization_id, q.queue_id, q.queue_no, a.rank, a.task_id, 1::smallint, a.wanted);
    end if;
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                       purpose, rule)
    values (e.organization_id, p_now, 21, e.commitment, e.vendor_id, a.task_id, p_person, 'manage', 'unassigned');
    changed := changed || a.task_id;
  end loop;
  status := 'ok';
end $$;
alter function tasks_unreserve owner to evenhand_work;

-- Gold is made, mended and ended under the exclusive gate: it takes slots away, and a claim in flight could have found them.
-- Who may, and in which project. Internal.
create function gold_enter(p_token_sha256 bytea, p_project uuid, p_now timestamptz, out status text, out organization_id uuid,
                           out commitment bytea, out vendor_id uuid, out queue_id uuid, out queue_no int, out opinions smallint, out person_id uuid)
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_locked boolean;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  organization_id := e.organization_id; commitment := e.commitment; vendor_id := e.vendor_id; person_id := e.person_id;
  select k.queue_id, k.queue_no, k.opinions into queue_id, queue_no, opinions from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  status := case when found then 'ok' else 'no-project' end;
end $$;
alter function gold_enter owner to evenhand_work;

-- A place on the circle of a queue, drawn until one is free. Internal.
create function gold_place(p_organization uuid, p_queue uuid, p_task uuid) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_put int := 0;
begin
  while v_put = 0 loop
    insert into evenhand.gold (organization_id, queue_id, position, task_id)
    values (p_organization, p_queue, 1 + floor(random() * 2147483646)::int, p_task) on conflict (organization_id, queue_id, position) do nothing;
    get diagnostics v_put = row_count;
  end loop;
end $$;
alter function gold_place owner to evenhand_work;

-- Make gold of tasks: all of them or none. A task that nobody was dealt leaves the queue; one that is resolved has left it. Any other
-- is 'refused': it is in somebody's hands, half answered, in the trash, or gold already. p_code_tasks, p_questions, p_codes: what is
-- right, as votes. p_key: of the request; sent again it changes nothing. At most 500 tasks a call.
create function gold_make(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_kinds text[], p_chunk_keys uuid[], p_sealed bytea[],
                          p_ontology int, p_code_tasks uuid[], p_questions smallint[], p_codes float8[], p_lows float8[],
                          p_highs float8[], p_key uuid, p_now timestamptz, out status text, out refused uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_locked boolean; v_waiting int;
begin
  q := evenhand.gold_enter(p_token_sha256, p_project, p_now);
  status := q.status;
  if status <> 'ok' then return; end if;
  if p_key is not null and (select count(*) from evenhand.gold_answer g where g.organization_id = q.organization_id and g.task_id = any (p_tasks)
                               and g.made_key = p_key and g.retired_at is null) = cardinality(p_tasks) then return; end if;
  v_locked := pg_advisory_xact_lock_shared(7003, q.queue_no) is null;
  select array_agg(u.id order by u.n) into refused
    from unnest(p_tasks) with ordinality as u(id, n)
    left join evenhand.task t on t.organization_id = q.organization_id and t.task_id = u.id and t.project_id = p_project and t.trashed_at is null
   where t.task_id is null
      or exists (select from evenhand.gold_answer g where g.organization_id = q.organization_id and g.task_id = u.id and g.retired_at is null)
      or (exists (select from evenhand.assignment a where a.organization_id = q.organization_id and a.task_id = u.id)
          and (not exists (select from evenhand.consensus c where c.organization_id = q.organization_id and c.task_id = u.id
                              and c.queue_id = q.queue_id and c.is_done)
               or exists (select from evenhand.task_stage s where s.organization_id = q.organization_id and s.task_id = u.id
                             and s.place <> 'done')));
  if refused is not null then status := 'refused'; return; end if;
  insert into evenhand.gold_answer as g (organization_id, task_id, project_id, task_no, kind, ontology_version, chunk_key_id, sealed,
                                         opinions, made_key, made_at)
  select q.organization_id, t.task_id, p_project, t.task_no, u.kind, p_ontology, u.key, u.sealed,
         case when exists (select from evenhand.consensus c where c.organization_id = t.organization_id and c.task_id = t.task_id
                              and c.queue_id = q.queue_id and c.is_done) then 0
              else coalesce((select s.free from evenhand.slot s where s.organization_id = t.organization_id and s.queue_id = q.queue_id
                                and s.rank = t.rank), q.opinions) end, p_key, p_now
    from unnest(p_tasks, p_kinds, p_chunk_keys, p_sealed) as u(id, kind, key, sealed)
    join (select x.organization_id, x.task_id, x.task_no, evenhand.rank_of(x.priority, 0, x.task_no) as rank from evenhand.task x
           where x.organization_id = q.organization_id and x.task_id = any (p_tasks) offset 0) t on t.task_id = u.id   -- see "ranks"
  on conflict on constraint gold_answer_pkey do update                -- it was gold once, and is again
     set kind = excluded.kind, version = g.version + 1, ontology_version = excluded.ontology_version, chunk_key_id = excluded.chunk_key_id,
         sealed = excluded.sealed, opinions = excluded.opinions, made_key = excluded.made_key, made_at = excluded.made_at, retired_at = null;
  insert into evenhand.gold_code (organization_id, project_id, question_no, task_no, code, low, high)
  select q.organization_id, p_project, u.question_no, t.task_no, u.code, u.low, u.high
    from unnest(p_code_tasks, p_questions, p_codes, p_lows, p_highs) as u(id, question_no, code, low, high)
    join evenhand.task t on t.organization_id = q.organization_id and t.task_id = u.id;
  delete from evenhand.slot s
   using (select evenhand.rank_of(x.priority, 0, x.task_no) as rank from evenhand.task x
           where x.organization_id = q.organization_id and x.task_id = any (p_tasks) offset 0) t
   where s.organization_id = q.organization_id and s.queue_id = q.queue_id and s.rank = t.rank;
  perform evenhand.gold_place(q.organization_id, q.queue_id, u) from unnest(p_tasks) u;
  perform evenhand.gold_pace(q.organization_id, p_project);
  select count(*) into v_waiting from evenhand.gold_answer g
   where g.organization_id = q.organization_id and g.task_id = any (p_tasks) and g.opinions > 0;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
  values (q.organization_id, p_now, 23, q.commitment, q.vendor_id, p_tasks, 'manage', cardinality(p_tasks), 'gold');
  insert into evenhand.outbox (organization_id, project_id, kind, quantity, is_done, at)
  select q.organization_id, p_project, 20, v_waiting, false, p_now where v_waiting > 0;
end $$;
alter function gold_make owner to evenhand_work;

-- How often a queue deals gold: as its project says, and not at all while there is none. Where it begins, everybody's first place is
-- drawn anew, or the next task of all would be gold. Internal.
create function gold_pace(p_organization uuid, p_project uuid) returns void
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record;
begin
  for q in
    update evenhand.queue k set gold_per_mille = w.wanted
      from evenhand.queue o, evenhand.project p
     cross join lateral (select case when exists (select from evenhand.gold g where g.organization_id = p_organization and g.queue_id = o.queue_id)
                                     then round(p.gold_rate * 1000)::smallint else 0::smallint end as wanted) w
     where k.organization_id = p_organization and k.project_id = p_project and k.stage in (1, 2) and o.organization_id = k.organization_id
       and o.queue_id = k.queue_id and p.organization_id = k.organization_id and p.project_id = k.project_id and k.gold_per_mille <> w.wanted
    returning k.queue_id, k.gold_per_mille, o.gold_per_mille as before loop
    update evenhand.queue_member m
       set gold_per_mille = null, next_gold_at = case when q.before = 0 then null else m.next_gold_at end
     where m.organization_id = p_organization and m.queue_id = q.queue_id;
  end loop;
end $$;
alter function gold_pace owner to evenhand_work;

-- The same after a change of the project's settings, for the tenant that is set: everybody's own rate is to be computed anew.
create function gold_rates_changed(p_project uuid) returns void
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  perform evenhand.gold_pace(v_organization, p_project);
  update evenhand.queue_member m set gold_per_mille = null
    from evenhand.queue k
   where k.organization_id = v_organization and k.project_id = p_project and k.stage in (1, 2) and m.organization_id = v_organization
     and m.queue_id = k.queue_id and m.gold_per_mille is not null;
end $$;
alter function gold_rates_changed owner to evenhand_work;

-- A gold task is gold no more: it leaves the circle and all scores, and what it still wanted goes back to the queue. Internal.
create function gold_end(p_organization uuid, p_task uuid, p_now timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, evenhand, pg_temp as $$
declare g record;
begin
  select a.project_id, a.task_no, a.opinions, k.queue_id, k.queue_no, ((255 - t.priority)::bigint << 51) + t.task_no as rank into g
    from evenhand.gold_answer a
    join evenhand.task t on t.organization_id = a.organization_id and t.task_id = a.task_id
    join evenhand.queue k on k.organization_id = a.organization_id and k.project_id = a.project_id and k.stage = 1
   where a.organization_id = p_organization and a.task_id = p_task and a.retired_at is null;
  if not found then return false; end if;
  update evenhand.gold_answer a set retired_at = p_now where a.organization_id = p_organization and a.task_id = p_task;
  delete from evenhand.gold x where x.organization_id = p_organization and x.task_id = p_task;
  delete from evenhand.gold_code c
   where c.organization_id = p_organization and c.project_id = g.project_id and c.task_no = g.task_no;
  update evenhand.assignment a
     set state = case when g.opinions > 0 then 3 else 4 end, rank = case when g.opinions > 0 then g.rank end, wanted = nullif(g.opinions, 0)
   where a.organization_id = p_organization and a.task_id = p_task and a.queue_id = g.queue_id and a.state = 3 and a.rank is null;
  -- Whoever holds it to review it keeps it: their verdict counts for nothing. A hold that lapsed is not given again.
  update evenhand.assignment a set state = 4
   where a.organization_id = p_organization and a.task_id = p_task and a.queue_id <> g.queue_id and a.state = 3 and a.rank is null;
  if g.opinions > 0 then
    update evenhand.consensus c set wanted = greatest(g.opinions, c.got)
     where c.organization_id = p_organization and c.task_id = p_task and c.queue_id = g.queue_id;
    perform evenhand.slot_put(p_organization, g.queue_id, g.queue_no, g.rank, p_task, g.opinions, g.opinions);
    insert into evenhand.outbox (organization_id, project_id, kind, quantity, is_done, at) values (p_organization, g.project_id, 21, 1, false, p_now);
  end if;
  perform evenhand.gold_pace(p_organization, g.project_id);
  return true;
end $$;
alter function gold_end owner to evenhand_work;

-- Take gold back. 'not-gold': it is none.
create function gold_retire(p_token_sha256 bytea, p_project uuid, p_task uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_ended boolean;
begin
  q := evenhand.gold_enter(p_token_sha256, p_project, p_now);
  if q.status <> 'ok' then return q.status; end if;
  if not exists (select from evenhand.gold_answer g where g.organization_id = q.organization_id and g.task_id = p_task and g.project_id = p_project) then
    return 'not-gold';
  end if;
  v_ended := evenhand.gold_end(q.organization_id, p_task, p_now);
  if not v_ended then return 'not-gold'; end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
  values (q.organization_id, p_now, 23, q.commitment, q.vendor_id, array[p_task], 'manage', 1, 'gold-retired');
  return 'ok';
end $$;
alter function gold_retire owner to evenhand_work;

-- Say anew what is right, why, or whether it is told. Scores follow: they are computed from the codes. p_version: the one that was read.
create function gold_mend(p_token_sha256 bytea, p_project uuid, p_task uuid, p_version int, p_kind text, p_chunk_key uuid, p_sealed bytea,
                          p_ontology int, p_questions smallint[], p_codes float8[], p_lows float8[], p_highs float8[], p_now timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_no bigint;
begin
  q := evenhand.gold_enter(p_token_sha256, p_project, p_now);
  if q.status <> 'ok' then return q.status; end if;
  update evenhand.gold_answer g
     set kind = p_kind, version = g.version + 1, ontology_version = p_ontology, chunk_key_id = p_chunk_key, sealed = p_sealed
   where g.organization_id = q.organization_id and g.project_id = p_project and g.task_id = p_task and g.retired_at is null
     and g.version = p_version
  returning g.task_no into v_no;
  if not found then return 'not-gold'; end if;
  delete from evenhand.gold_code c where c.organization_id = q.organization_id and c.project_id = p_project and c.task_no = v_no;
  insert into evenhand.gold_code (organization_id, project_id, question_no, task_no, code, low, high)
  select q.organization_id, p_project, u.question_no, v_no, u.code, u.low, u.high
    from unnest(p_questions, p_codes, p_lows, p_highs) as u(question_no, code, low, high);
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
  values (q.organization_id, p_now, 23, q.commitment, q.vendor_id, array[p_task], 'manage', 1, 'gold-mended');
  return 'ok';
end $$;
alter function gold_mend owner to evenhand_work;

-- Change the priority of tasks, or trash or restore them: moves or removes their open slots in the same transaction.
-- p_action: 'priority', 'trash', 'restore'. At most 500 tasks a call; returns which of them changed. Under the exclusive gate: it
-- takes holds back, and it moves slots that a claim in flight, which locks a slot before its assignment, would be met on in the
-- opposite order.
create function tasks_change(p_token_sha256 bytea, p_project uuid, p_tasks uuid[], p_action text, p_priority smallint, p_now timestamptz,
                             out status text, out changed uuid[])
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare
  e record; q record; t record; s record; v_locked boolean; v_rank bigint; v_wanted smallint; v_finished int := 0;
  v_places text[] := '{}';                                          -- of those that left the label stage
begin
  changed := '{}';
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role not in ('owner', 'manager') or (e.scopes is not null and not 'task.manage' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select k.queue_id, k.queue_no, k.opinions into q from evenhand.queue k
   where k.organization_id = e.organization_id and k.project_id = p_project and k.stage = 1;
  if not found then status := 'no-project'; return; end if;
  perform from evenhand.assignment a where a.organization_id = e.organization_id and a.task_id = any (p_tasks)
    order by a.task_id, a.person_id for update;                    -- before the slots, as sweepers do
  perform pg_advisory_xact_lock_shared(7003, k.queue_no) from evenhand.queue k
    where k.organization_id = e.organization_id and k.project_id = p_project order by k.queue_no;
  for t in select x.task_id, x.task_no, x.priority, x.trashed_at, x.planned, c.got, c.wanted, g.place, g.is_undecided,
                  g.place is null and coalesce(c.is_done, false) as is_done
             from evenhand.task x
             left join evenhand.task_stage g on g.organization_id = x.organization_id and g.task_id = x.task_id
             left join evenhand.consensus c on c.organization_id = x.organization_id and c.task_id = x.task_id and c.queue_id = q.queue_id
            where x.organization_id = e.organization_id and x.project_id = p_project and x.task_id = any (p_tasks)
            order by x.task_no for update of x loop
    v_rank := ((255 - t.priority)::bigint << 51) + t.task_no;
    if p_action = 'priority' and t.priority <> p_priority then
      update evenhand.task x set priority = p_priority where x.organization_id = e.organization_id and x.task_id = t.task_id;
      update evenhand.assignment a set rank = evenhand.rank_of(p_priority, 0, t.task_no) + a.rank - v_rank
       where a.organization_id = e.organization_id and a.task_id = t.task_id and a.rank in (v_rank, v_rank + (1::bigint << 47));
      for s in select * from evenhand.slots_drop(e.organization_id, p_project, v_rank) loop
        perform evenhand.slot_put(e.organization_id, s.queue_id, s.queue_no, evenhand.rank_of(p_priority, s.pass, t.task_no), t.task_id,
                                  s.free, s.wanted);
      end loop;
      changed := changed || t.task_id;
    elsif p_action = 'trash' and t.trashed_at is null then
      perform evenhand.gold_end(e.organization_id, t.task_id, p_now);
      perform evenhand.audit_slot(e.organization_id, p_project, t.task_id, false);
      select max(k.wanted) as wanted into s from evenhand.slots_drop(e.organization_id, p_project, v_rank) k where k.stage = 1;
      update evenhand.task x
         set trashed_at = p_now,
             planned = coalesce(t.wanted, s.wanted, (select max(a.wanted) from evenhand.assignment a
                                                      where a.organization_id = e.organization_id and a.task_id = t.task_id
                                                        and a.queue_id = q.queue_id))
       where x.organization_id = e.organization_id and x.task_id = t.task_id;
      with gone as (
        -- a reopened answer goes back to the version that stands, and so does rework, which is asked for again when it is restored
        update evenhand.assignment a set state = case when a.revision > 1 then 2 else 4 end, revision = greatest(a.revision - 1, 1)
         where a.organization_id = e.organization_id and a.task_id = t.task_id and a.state in (1, 5)
        returning a.person_id)
      insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                         purpose, rule)
      select e.organization_id, p_now, 21, e.commitment, e.vendor_id, t.task_id, g.person_id, 'manage', 'trash' from gone g;
      changed := changed || t.task_id;
      v_finished := v_finished + t.is_done::int;
      v_places := v_places || t.place;
    elsif p_action = 'restore' and t.trashed_at is not null then
      update evenhand.task x set trashed_at = null, planned = null where x.organization_id = e.organization_id and x.task_id = t.task_id;
      -- It wants what it was planned for, whatever the plan for new tasks is now.
      v_wanted := coalesce(t.wanted, t.planned, q.opinions);
      if v_wanted > coalesce(t.got, 0) then
        perform evenhand.slot_put(e.organization_id, q.queue_id, q.queue_no, v_rank, t.task_id, (v_wanted - coalesce(t.got, 0))::smallint,
                                  v_wanted);
      end if;
      if t.place in ('review', 'adjudicate') then perform evenhand.stage_slot(e.organization_id, p_project, t.task_id, t.place); end if;
      perform evenhand.audit_slot(e.organization_id, p_project, t.task_id, true);
      if t.place = 'rework' then
        update evenhand.assignment a set state = 5, revision = a.revision + 1, lease_until = 'infinity'
         where a.organization_id = e.organization_id and a.task_id = t.task_id and a.state = 2 and a.is_rework;
      end if;
      changed := changed || t.task_id;
      v_finished := v_finished + t.is_done::int;
      v_places := v_places || t.place;
    end if;
  end loop;
  if changed <> '{}' then
    insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_ids, purpose, quantity, rule)
    values (e.organization_id, p_now, 23, e.commitment, e.vendor_id, changed, 'manage', cardinality(changed), p_action);
    -- Finished ones apart, and those of each stage: the counters follow them into the trash and back.
    v_places := array_remove(v_places, null);
    insert into evenhand.outbox (organization_id, project_id, kind, quantity, is_done, from_place, to_place, at)
    select e.organization_id, p_project, case p_action when 'trash' then 5 when 'restore' then 6 else 7 end, n.quantity, n.is_done,
           case p_action when 'trash' then n.place end, case p_action when 'restore' then n.place end, p_now
      from (values (cardinality(changed) - v_finished - cardinality(v_places), false, null), (v_finished, true, null)
            union all
            select count(*)::int, false, u from unnest(v_places) u group by u) as n(quantity, is_done, place) where n.quantity > 0;
  end if;
  status := 'ok';
end $$;
alter function tasks_change owner to evenhand_work;
grant update on queue to evenhand_work;

-- Take permission away from a whole queue: pause, archive, trash. Under the exclusive gate, so that no claim in flight slips
-- through; open leases are revoked and their slots come back, under the birth gate, so that no floor rises over them.
create function queue_pause(p_project uuid, p_paused boolean, p_revoke boolean, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean; v_count int := 0; v_organization uuid := current_setting('evenhand.organization')::uuid;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  perform pg_advisory_xact_lock_shared(7003, q.queue_no) from evenhand.queue q
    where q.organization_id = v_organization and q.project_id = p_project order by q.queue_no;
  if p_paused and p_revoke then
    with gone as (
      -- a reopened answer goes back to the version that stands, rework waits for its author; a task in a first lease goes back to the queue
      update evenhand.assignment a set state = case when a.is_rework then 5 when a.revision > 1 then 2 else 3 end,
             revision = case when a.is_rework then a.revision else greatest(a.revision - 1, 1) end
        from evenhand.queue q
       where q.organization_id = v_organization and q.project_id = p_project and a.organization_id = v_organization
         and a.queue_id = q.queue_id and a.state = 1
      returning a.queue_id, a.rank, a.wanted, a.task_id, a.person_id, a.state),
    back as (
      insert into evenhand.slot as k (organization_id, queue_id, rank, task_id, free, wanted)
      select v_organization, g.queue_id, g.rank, min(g.task_id::text)::uuid, count(*)::smallint, min(g.wanted) from gone g
       where g.rank is not null and g.state = 3 group by 2, 3 order by 2, 3
      on conflict on constraint slot_pkey do update set free = k.free + excluded.free),
    told as (
      insert into evenhand.ledger_inbox (organization_id, at, action, object_id, subject_id, purpose, rule)
      select v_organization, p_now, 21, g.task_id, g.person_id, 'manage', 'pause' from gone g)
    select count(*) into v_count from gone;
  end if;
  update evenhand.queue q set is_paused = p_paused, generation = q.generation + 1, floor_rank = case when p_paused then 0 else q.floor_rank end
   where q.organization_id = v_organization and q.project_id = p_project;
  return v_count;
end $$;
alter function queue_pause owner to evenhand_work;

-- A person leaves the organization: out of it at once, under the exclusive gate, sessions gone, leases back in the queue.
create function member_remove(p_organization uuid, p_person uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean; v_count int;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  if p_organization <> current_setting('evenhand.organization')::uuid then return 0; end if;
  update evenhand.membership m set state = 'removed' where m.organization_id = p_organization and m.person_id = p_person;
  delete from evenhand.credential c where c.organization_id = p_organization and c.person_id = p_person;
  v_count := evenhand.holds_revoke(p_organization, p_person, 'removed', p_now);
  return v_count;
end $$;

-- Take back what one person holds in one organization. Internal: the caller holds the gate exclusively.
create function holds_revoke(p_organization uuid, p_person uuid, p_rule text, p_now timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_count int; v_rework uuid[];
begin
  perform pg_advisory_xact_lock_shared(7003, q.queue_no) from evenhand.queue q
    where q.organization_id = p_organization
      and exists (select from evenhand.assignment a where a.organization_id = q.organization_id and a.queue_id = q.queue_id
                     and a.person_id = p_person and a.state in (1, 5)) order by q.queue_no;
  v_rework := array(select a.task_id from evenhand.assignment a where a.organization_id = p_organization and a.person_id = p_person
                       and a.state in (1, 5) and a.is_rework order by a.task_id);
  with gone as (
    update evenhand.assignment a set state = case when a.revision > 1 then 2 else 4 end, revision = greatest(a.revision - 1, 1)
     where a.organization_id = p_organization and a.person_id = p_person and a.state in (1, 5)
    returning a.queue_id, a.rank, a.wanted, a.task_id, a.state),
  back as (
    insert into evenhand.slot as k (organization_id, queue_id, rank, task_id, free, wanted)
    select p_organization, g.queue_id, g.rank, min(g.task_id::text)::uuid, count(*)::smallint, min(g.wanted) from gone g
     where g.rank is not null and g.state = 4 group by 2, 3 order by 2, 3
    on conflict on constraint slot_pkey do update set free = k.free + excluded.free
    returning k.queue_id),
  told as (
    insert into evenhand.ledger_inbox (organization_id, at, action, object_id, subject_id, purpose, rule)
    select p_organization, p_now, 21, g.task_id, p_person, 'manage', p_rule from gone g),
  bump as (
    update evenhand.queue q set generation = q.generation + 1, floor_rank = 0
      from (select distinct b.queue_id from back b) b where q.organization_id = p_organization and q.queue_id = b.queue_id)
  select count(*) into v_count from gone;
  perform evenhand.rework_over(p_organization, u, p_person, true, p_now) from unnest(v_rework) u;
  return v_count;
end $$;
alter function holds_revoke owner to evenhand_sweep;
grant execute on function holds_revoke to evenhand_wall;

-- Whatever changes the register of interests bumps its epoch, under the exclusive gate; what the new register forbids is taken
-- back in that same transaction: a wall in force beats a hold that was given before it rose. Only those are judged again whom the
-- change can concern: by their organization, by themselves, or by a party that they are tied to.
create function register_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_all boolean := new.parties is null or new.organizations is null or new.persons is null; v_parties uuid[];
begin
  v_parties := array(select y.organization_id from evenhand.party y where y.record_id = any (new.parties)
                     union select o.organization_id from evenhand.organization o where o.organization_id::text = any (new.parties));
  perform evenhand.holds_revoke(h.organization_id, h.person_id, h.rule, new.changed_at)
     from (select d.organization_id, d.person_id, evenhand.wall_rule(d.person_id, d.organization_id, new.changed_at) as rule
             from (select distinct a.organization_id, a.person_id from evenhand.assignment a where a.state in (1, 5)) d
             join evenhand.person p on p.person_id = d.person_id
            where v_all or d.organization_id = any (new.organizations) or d.person_id = any (new.persons)
               or d.organization_id = any (v_parties) or p.vendor_id = any (v_parties)
               or exists (select from evenhand.touch t where t.person_id = d.person_id and t.organization_id = any (v_parties))
               or exists (select from evenhand.employment e where e.person_id = d.person_id and e.vendor_id = any (v_parties))
               or exists (select from evenhand.person_interest i where i.person_id = d.person_id and i.party = any (new.parties))
            order by d.organization_id, d.person_id) h
    where h.rule is not null;
  return null;
end $$;
alter function register_changed owner to evenhand_wall;
create trigger register_changed after update on wall_epoch for each row execute function register_changed();

-- A hold opens: time stops for whatever is being answered for this customer, those who answer for it are told, and so is every page
-- that watches. What stands still is worth nothing to anybody meanwhile: every verb of work looks for the hold first.
create function wall_hold_opened() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  update evenhand.assignment a set lease_left = a.lease_until - new.opened_at, lease_until = 'infinity'
   where a.organization_id = new.organization_id and a.state = 1 and a.lease_until > new.opened_at and a.lease_until <> 'infinity';
  perform evenhand.overseers_tell(new.organization_id, 'hold.opened', new.hold_id, new.opened_at);
  perform evenhand.wall_hold_told(new.organization_id, new.hold_id, 10::smallint, new.opened_at);
  return null;
end $$;
alter function wall_hold_opened owner to evenhand_sweep;
create trigger wall_hold_opened after insert on wall_hold for each row execute function wall_hold_opened();

-- The last hold of a customer ends: everybody has what they held for as long as they had it then, but for those whom a wall keeps
-- away by now: theirs is for others. The caller holds the gate exclusively.
create function wall_hold_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  perform evenhand.wall_hold_told(new.organization_id, new.hold_id, 11::smallint, new.countersigned_at);
  if exists (select from evenhand.wall_hold h where h.organization_id = new.organization_id and h.countersigned_at is null) then
    return null;
  end if;
  update evenhand.assignment a set lease_until = new.countersigned_at + a.lease_left, lease_left = null
   where a.organization_id = new.organization_id and a.state = 1 and a.lease_left is not null;
  perform evenhand.holds_revoke(new.organization_id, h.person_id, h.rule, new.countersigned_at)
     from (select d.person_id, evenhand.wall_rule(d.person_id, new.organization_id, new.countersigned_at) as rule
             from (select distinct a.person_id from evenhand.assignment a
                    where a.organization_id = new.organization_id and a.state in (1, 5)) d order by d.person_id) h
    where h.rule is not null;
  return null;
end $$;
alter function wall_hold_ended owner to evenhand_sweep;
-- At the end of the transaction: what the customer waives with its word is in force by then.
create constraint trigger wall_hold_ended after update on wall_hold deferrable initially deferred for each row
  when (old.countersigned_at is null and new.countersigned_at is not null) execute function wall_hold_ended();

-- Tell of a hold: webhooks by the outbox, pages at once and past the relay: a worker that is down must not keep an item on a screen.
create function wall_hold_told(p_organization uuid, p_hold uuid, p_kind smallint, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.outbox (organization_id, kind, subject_id, at) values (p_organization, p_kind, p_hold, p_at);
  select pg_notify('evenhand_events', p_organization || '/hold') $$;
alter function wall_hold_told owner to evenhand_sweep;

-- Somebody who works for customers owes the statement of a quarter: each of these customers is told, once, and again when it has spoken.
create function silence_told() returns trigger
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
begin
  if new.ended_at is null then
    perform evenhand.overseers_tell(c, 'silence.began', new.organization_id, new.told_at) from evenhand.customers_of(new.organization_id) c;
  end if;
  insert into evenhand.outbox (organization_id, kind, subject_id, at)
  select c, case when new.ended_at is null then 12 else 13 end, new.organization_id, coalesce(new.ended_at, new.told_at)
    from evenhand.customers_of(new.organization_id) c;
  return null;
end $$;
alter function silence_told owner to evenhand_sweep;
create trigger silence_told after insert or update on silence for each row execute function silence_told();

-- The customer's owner has seen the chain and lets work go on. Under the exclusive gate, like the filing that opened the hold.
-- p_digest: SHA-256 of the chain that was read, which the entry keeps.
create function wall_hold_countersign(p_token_sha256 bytea, p_hold uuid, p_digest bytea, p_now timestamptz, out status text)
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare e record; v_locked boolean; v_epoch int; v_change uuid;
begin
  v_locked := pg_advisory_xact_lock(7001) is null;
  e := evenhand.enter(p_token_sha256, p_now);
  if e.organization_id is null then status := 'no-session'; return; end if;
  if e.role <> 'owner' or (e.scopes is not null and not 'organization.write' = any (e.scopes)) then
    status := 'not-allowed'; return;
  end if;
  select w.epoch into v_epoch from evenhand.wall_epoch w;
  update evenhand.wall_hold h set countersigned_at = p_now, countersigned_by = e.commitment
   where h.organization_id = e.organization_id and h.hold_id = p_hold and h.countersigned_at is null
  returning h.change_id into v_change;
  if not found then status := 'ended'; return; end if;
  insert into evenhand.ledger_inbox (organization_id, at, action, actor_commitment, actor_organization_id, object_id, subject_id,
                                     object_digest, purpose, wall_epoch, decision, rule)
  values (e.organization_id, p_now, 27, e.commitment, e.vendor_id, p_hold, v_change, p_digest, 'manage', v_epoch, 'allow', 'countersigned');
  status := 'ok';
end $$;
alter function wall_hold_countersign owner to evenhand_work;

grant update on membership to evenhand_sweep;
grant select, delete on credential to evenhand_sweep;
grant select on membership to evenhand_sweep;
call open_to_role('membership', 'evenhand_sweep');
call open_to_role('credential', 'evenhand_sweep');
alter function member_remove owner to evenhand_sweep;

-- Take back leases that ran out. Any number of processes, every few seconds. One ledger row for each.
create function sweep_leases(p_now timestamptz, p_max int) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_count int;
begin
  perform pg_advisory_xact_lock_shared(7003, q.queue_no) from evenhand.queue q
    where exists (select from evenhand.assignment x where x.organization_id = q.organization_id and x.queue_id = q.queue_id and x.state = 1
                     and x.lease_until < p_now) order by q.queue_no;
  with gone as (
    -- a reopened answer goes back to the version that stands, rework waits for its author; a task in a first lease goes back to the queue
    update evenhand.assignment a set state = case when a.is_rework then 5 when a.revision > 1 then 2 else 3 end,
           revision = case when a.is_rework then a.revision else greatest(a.revision - 1, 1) end
     where (a.organization_id, a.task_id, a.person_id) in (
           select x.organization_id, x.task_id, x.person_id from evenhand.assignment x
            where x.state = 1 and x.lease_until < p_now limit p_max for update skip locked)
       and a.state = 1
    returning a.organization_id, a.queue_id, a.rank, a.wanted, a.task_id, a.person_id, a.state),
  back as (
    insert into evenhand.slot as k (organization_id, queue_id, rank, task_id, free, wanted)
    select g.organization_id, g.queue_id, g.rank, min(g.task_id::text)::uuid, count(*)::smallint, min(g.wanted) from gone g
     where g.rank is not null and g.state = 3
     group by 1, 2, 3 order by 1, 2, 3                             -- sorted: two sweepers meet rows in one order
    on conflict on constraint slot_pkey do update set free = k.free + excluded.free
    returning k.organization_id, k.queue_id, k.rank),
  told as (
    insert into evenhand.ledger_inbox (organization_id, at, action, object_id, purpose)
    select g.organization_id, p_now, 20, g.task_id, (array['label', 'review', 'adjudicate', 'exam', 'audit'])[q.stage]
      from gone g join evenhand.queue q on q.organization_id = g.organization_id and q.queue_id = g.queue_id),
  low as (                                                         -- of what came back: the queue's row waits until the slots are there
    select b.organization_id, b.queue_id, min(b.rank) as rank from back b group by 1, 2 order by 1, 2),
  bump as (
    update evenhand.queue q set generation = q.generation + 1, floor_rank = least(q.floor_rank, low.rank - 1)
      from low where q.organization_id = low.organization_id and q.queue_id = low.queue_id)
  select count(*) into v_count from gone;
  return v_count;
end $$;
grant insert on ledger_inbox to evenhand_sweep;
alter function sweep_leases owner to evenhand_sweep;

-- Forget drafts of tasks that are answered, skipped or given back: submit leaves them, to stay short.
create function sweep_drafts(p_max int) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (
    delete from evenhand.draft d
     where (d.organization_id, d.task_id, d.person_id) in (
           select x.organization_id, x.task_id, x.person_id
             from evenhand.draft x join evenhand.assignment a
               on a.organization_id = x.organization_id and a.task_id = x.task_id and a.person_id = x.person_id
            where a.state in (2, 4, 6, 7) limit p_max)
    returning 1)
  select count(*)::int from gone $$;
alter function sweep_drafts owner to evenhand_sweep;

-- Published batches whose slots may be unfinished (a crash between the flip and the last chunk): for the worker.
create function batches_unopened() returns table (organization_id uuid, batch_id uuid)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select b.organization_id, b.batch_id from evenhand.batch b where b.state = 'published' and not b.is_open $$;
alter function batches_unopened owner to evenhand_sweep;

-- Raise the floors of queues over their dead heads. The exclusive birth gate waits for slots being born, so that none is born
-- below a floor computed without it. A page of queues a call, for each takes a place in the server's table of locks until the
-- end; returns where to go on, null at the end.
create function raise_floors(p_after int, p_max int) returns int
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare q record; v_low bigint; v_locked boolean; v_last int; v_count int := 0;
begin
  for q in select k.organization_id, k.queue_id, k.queue_no from evenhand.queue k where k.queue_no > p_after
            order by k.queue_no limit p_max loop
    v_last := q.queue_no; v_count := v_count + 1;
    v_locked := pg_try_advisory_xact_lock(7003, q.queue_no);
    if v_locked then
      select min(s.rank) into v_low from evenhand.slot s where s.organization_id = q.organization_id and s.queue_id = q.queue_id;
      update evenhand.queue k set floor_rank = v_low - 1
       where k.organization_id = q.organization_id and k.queue_id = q.queue_id and k.floor_rank < v_low - 1 and not k.is_paused;
    end if;
  end loop;
  return case when v_count = p_max then v_last end;
end $$;
alter function raise_floors owner to evenhand_sweep;

-- The queues that deal gold, and where the counts of their projects stand.
create function gold_queues() returns table (organization_id uuid, project_id uuid, queue_id uuid, gold_rate float8, gold_rate_min float8,
                                             ontology_version int, count_version bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select q.organization_id, q.project_id, q.queue_id, p.gold_rate, p.gold_rate_min, p.ontology_version, c.version
    from evenhand.queue q
    join evenhand.project p on p.organization_id = q.organization_id and p.project_id = q.project_id
    join evenhand.project_count c on c.organization_id = q.organization_id and c.project_id = q.project_id
   where q.gold_per_mille > 0 and q.stage = 1 and not q.is_paused $$;
alter function gold_queues owner to evenhand_sweep;

-- The relay's step: take what is committed for good (below every writer still running), count it, forget it. One
-- transaction, so that an event is counted exactly once whatever is killed when. Returns what the world is to be told.
create function relay_take(p_max int) returns json
language plpgsql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
declare v_locked boolean; v_events json;
begin
  v_locked := pg_try_advisory_xact_lock(7020);                     -- one relay at a time; another one's turn is no error
  if not v_locked then return null; end if;
  with taken as (
    delete from evenhand.outbox o
     where (o.xid, o.id) in (select x.xid, x.id from evenhand.outbox x
                              where x.xid < pg_snapshot_xmin(pg_current_snapshot()) order by x.xid, x.id limit p_max)
    returning o.*),
  counted as (
    insert into evenhand.project_count as c (organization_id, project_id, tasks, done, answers, skipped, reports, in_review, in_adjudication, rework,
                                             origins, version)
    select t.organization_id, t.project_id,
           sum(case t.kind when 2 then t.quantity when 5 then -t.quantity when 6 then t.quantity
                           when 20 then -t.quantity when 21 then t.quantity else 0 end),
           sum(case when t.is_done is not true then 0 when t.kind = 1 then 1 when t.kind = 5 then -t.quantity when t.kind = 6 then t.quantity else 0 end
               + (coalesce(t.to_place = 'done', false)::int - coalesce(t.from_place = 'done', false)::int) * t.quantity),
           sum(case when t.kind = 1 then t.quantity else 0 end), count(*) filter (where t.kind = 3),
           sum(case t.kind when 4 then t.quantity else 0 end),
           sum((coalesce(t.to_place = 'review', false)::int - coalesce(t.from_place = 'review', false)::int) * t.quantity),
           sum((coalesce(t.to_place = 'adjudicate', false)::int - coalesce(t.from_place = 'adjudicate', false)::int) * t.quantity),
           sum((coalesce(t.to_place = 'rework', false)::int - coalesce(t.from_place = 'rework', false)::int) * t.quantity),
           array[sum(coalesce(t.origins[1], 0)), sum(coalesce(t.origins[2], 0)), sum(coalesce(t.origins[3], 0)),
                 sum(coalesce(t.origins[4], 0)), sum(coalesce(t.origins[5], 0)), sum(coalesce(t.origins[6], 0))], 1
      from taken t where t.project_id is not null group by 1, 2 order by 1, 2
    on conflict (organization_id, project_id) do update
       set tasks = c.tasks + excluded.tasks, done = c.done + excluded.done, answers = c.answers + excluded.answers,
           skipped = c.skipped + excluded.skipped, reports = c.reports + excluded.reports,
           in_review = c.in_review + excluded.in_review, in_adjudication = c.in_adjudication + excluded.in_adjudication,
           rework = c.rework + excluded.rework,
           origins = array[c.origins[1] + excluded.origins[1], c.origins[2] + excluded.origins[2], c.origins[3] + excluded.origins[3],
                           c.origins[4] + excluded.origins[4], c.origins[5] + excluded.origins[5], c.origins[6] + excluded.origins[6]],
           version = c.version + 1),
  paced as (
    insert into evenhand.project_hour as h (organization_id, project_id, hour, annotator_no, answers, done, skipped, active_ms)
    -- what is finished after the label stage is nobody's single answer: it counts under the number 0, which is nobody's
    select t.organization_id, t.project_id, date_trunc('hour', t.at), coalesce(t.annotator_no, 0), sum(case when t.kind = 1 then t.quantity else 0 end),
           count(*) filter (where (t.kind = 1 and t.is_done) or t.to_place = 'done'), count(*) filter (where t.kind = 3),
           sum(coalesce(t.active_ms, 0))
      from taken t where (t.kind in (1, 3) and t.annotator_no is not null) or (t.kind in (14, 15, 16) and t.to_place = 'done')
     group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (organization_id, project_id, hour, annotator_no) do update
       set answers = h.answers + excluded.answers, done = h.done + excluded.done, skipped = h.skipped + excluded.skipped,
           active_ms = h.active_ms + excluded.active_ms)
  select coalesce(json_agg(json_build_object('organization_id', t.organization_id, 'project_id', t.project_id, 'kind', t.kind,
                                             'task_id', t.task_id, 'subject_id', t.subject_id, 'annotator_no', t.annotator_no,
                                             'quantity', t.quantity, 'is_done', t.is_done, 'to_place', t.to_place, 'at', t.at) order by t.xid, t.id), '[]')
    into v_events from taken t;
  return v_events;
end $$;
alter function relay_take owner to evenhand_sweep;

-- After a restore: events of the other server's transactions would wait for numbers that are far off, so they become this one's.
create function outbox_restored() returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with now_ours as (update evenhand.outbox o set xid = pg_current_xact_id() returning 1)
  select count(*)::int from now_ours $$;
grant update on outbox to evenhand_sweep;
alter function outbox_restored owner to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function wall_hold_told, wall_rule, overseers_tell, customers_of to evenhand_sweep;
grant select on wall_hold to evenhand_sweep;
call open_to_role('wall_hold', 'evenhand_sweep');
grant select, update on wall_hold to evenhand_work;
grant execute on function claim_next, slot_put, gold_lapsed, gold_enter, gold_place, gold_pace, gold_end to evenhand_work;
grant execute on function gold_make, gold_retire, gold_mend, gold_rates_changed, gold_queues to evenhand_app;
grant execute on function wall_hold_countersign, claim, submit, lease_resume, lease_end, lease_prolong, draft_save, answer_reopen, import_chunk, media_look, media_drop, media_forget, import_run_take, check_run_take, batch_open, batch_drop,
      tasks_reserve, tasks_unreserve, tasks_change, queue_pause, member_remove, sweep_leases, sweep_drafts, batches_unopened, raise_floors, relay_take to evenhand_app;
