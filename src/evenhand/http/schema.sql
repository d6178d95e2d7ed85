-- http: webhooks, and what was sent to them. Addresses and secrets are sealed; a delivery holds ids and never content.
create table webhook (
  organization_id uuid        not null references organization,
  webhook_id      uuid        not null,
  project_id      uuid,                                     -- null: every project of the organization
  events          text[]      not null check (cardinality(events) > 0),   -- of the closed list in http.model
  state           text        not null check (state in ('active', 'paused', 'disabled')),
  chunk_key_id    uuid        not null,
  sealed          bytea       not null,                     -- address, description, secrets
  failing_since   timestamptz,                              -- since its last success, or its making
  created_at      timestamptz not null,
  version         int         not null default 1,           -- what a sender that remembers it compares
  primary key (organization_id, webhook_id),
  -- Deleted with its project.
  foreign key (organization_id, project_id) references project on delete cascade
);
create index webhook_of_project on webhook (organization_id, project_id) where project_id is not null;

-- One event on its way to one webhook: the job, and afterwards its log.
create table webhook_delivery (
  organization_id uuid        not null,
  delivery_id     uuid        not null,
  webhook_id      uuid        not null,
  event           text        not null,
  project_id      uuid, task_id uuid, subject_id uuid, quantity bigint,
  at              timestamptz not null,                     -- when it happened
  state           text        not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts        int         not null default 0,
  next_at         timestamptz not null,
  last_at         timestamptz,
  last_status     int,                                      -- what was answered; null: nothing was
  last_problem    text,                                     -- why nothing was, in our words
  took_ms         int,
  primary key (organization_id, delivery_id),
  foreign key (organization_id, webhook_id) references webhook on delete cascade
);
create index webhook_delivery_due on webhook_delivery (organization_id, webhook_id, next_at) where state = 'waiting';
create index webhook_delivery_newest on webhook_delivery (organization_id, webhook_id, at desc, delivery_id desc);
create index webhook_delivery_old on webhook_delivery (at) where state <> 'waiting';

call bind_to_tenant('webhook');
call bind_to_tenant('webhook_delivery');
call open_to_role('webhook', 'evenhand_sweep');
call open_to_role('webhook_delivery', 'evenhand_sweep');
grant select, insert, update, delete on webhook to evenhand_app;
grant select, insert, update on webhook_delivery to evenhand_app;
grant select on webhook to evenhand_sweep;
grant select, insert, update, delete on webhook_delivery to evenhand_sweep;

-- Who wants to be told, among some organizations: for the relay, which serves all of them.
create function webhooks_listening(p_organizations uuid[])
returns table (organization_id uuid, webhook_id uuid, project_id uuid, events text[])
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select w.organization_id, w.webhook_id, w.project_id, w.events from evenhand.webhook w
   where w.organization_id = any (p_organizations) and w.state <> 'disabled' $$;
alter function webhooks_listening owner to evenhand_sweep;

-- Put events on their way, in the transaction in which the relay forgets them: none is lost and none is doubled.
create function webhook_deliveries_add(p_organizations uuid[], p_ids uuid[], p_webhooks uuid[], p_events text[], p_projects uuid[],
                                       p_tasks uuid[], p_subjects uuid[], p_quantities bigint[], p_at timestamptz[], p_now timestamptz)
returns void language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  insert into evenhand.webhook_delivery (organization_id, delivery_id, webhook_id, event, project_id, task_id, subject_id, quantity, at, next_at)
  select each.organization_id, each.delivery_id, each.webhook_id, each.event, each.project_id, each.task_id, each.subject_id,
         each.quantity, each.at, p_now
    from unnest(p_organizations, p_ids, p_webhooks, p_events, p_projects, p_tasks, p_subjects, p_quantities, p_at)
         as each(organization_id, delivery_id, webhook_id, event, project_id, task_id, subject_id, quantity, at)
   -- Somebody may have removed the webhook since it was asked for.
   where exists (select from evenhand.webhook w where w.organization_id = each.organization_id and w.webhook_id = each.webhook_id) $$;
alter function webhook_deliveries_add owner to evenhand_sweep;

-- Take what is due, at most p_each of one webhook, so that a slow one holds up nobody else. What is taken is not due again
-- before p_until: a sender that is killed leaves nothing behind.
create function webhook_deliveries_due(p_now timestamptz, p_until timestamptz, p_each int, p_max int)
returns table (organization_id uuid, delivery_id uuid, webhook_id uuid, event text, project_id uuid, task_id uuid, subject_id uuid,
               quantity bigint, at timestamptz, attempts int, webhook_version int, chunk_key_id uuid, sealed bytea,
               failing_since timestamptz)
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with due as (
    select d.organization_id, d.delivery_id
      from evenhand.webhook w
     cross join lateral (select x.organization_id, x.delivery_id, x.next_at from evenhand.webhook_delivery x
                          where x.organization_id = w.organization_id and x.webhook_id = w.webhook_id and x.state = 'waiting'
                            and x.next_at <= p_now
                          order by x.next_at limit p_each for update skip locked) d
     where w.state = 'active' order by d.next_at limit p_max),
  taken as (
    update evenhand.webhook_delivery x set next_at = p_until, attempts = x.attempts + 1
      from due where x.organization_id = due.organization_id and x.delivery_id = due.delivery_id
    returning x.*)
  select t.organization_id, t.delivery_id, t.webhook_id, t.event, t.project_id, t.task_id, t.subject_id, t.quantity, t.at, t.attempts,
         w.version, w.chunk_key_id, w.sealed, w.failing_since
    from taken t join evenhand.webhook w on w.organization_id = t.organization_id and w.webhook_id = t.webhook_id $$;
alter function webhook_deliveries_due owner to evenhand_sweep;

-- Forget the log of what was sent long ago.
create function webhook_deliveries_forget(p_before timestamptz, p_max int) returns int
language sql security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  with gone as (
    delete from evenhand.webhook_delivery d
     where (d.organization_id, d.delivery_id) in (
           select x.organization_id, x.delivery_id from evenhand.webhook_delivery x where x.state <> 'waiting' and x.at < p_before limit p_max)
    returning 1)
  select count(*)::int from gone $$;
alter function webhook_deliveries_forget owner to evenhand_sweep;

-- How the installation does as a whole, in numbers that name nobody.
create function operating_facts(p_now timestamptz, out outbox_events bigint, out outbox_oldest_seconds float8, out tasks_unfinished bigint,
                                out leases_held bigint, out releases_building bigint, out webhook_deliveries_waiting bigint,
                                out webhook_deliveries_oldest_seconds float8, out webhooks_disabled bigint)
language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$
  select (select count(*) from evenhand.outbox),
         coalesce((select extract(epoch from p_now - min(o.at)) from evenhand.outbox o), 0),
         coalesce((select sum(greatest(c.tasks - c.done, 0)) from evenhand.project_count c
                     join evenhand.project p on p.organization_id = c.organization_id and p.project_id = c.project_id
                    where p.state in ('active', 'paused')), 0)::bigint,
         (select count(*) from evenhand.assignment a where a.state in (1, 5) and a.state = 1),
         (select count(*) from evenhand.release r where r.state = 'building'),
         (select count(*) from evenhand.webhook_delivery d where d.state = 'waiting'),
         coalesce((select greatest(extract(epoch from p_now - min(d.next_at)), 0) from evenhand.webhook_delivery d where d.state = 'waiting'), 0),
         (select count(*) from evenhand.webhook w where w.state = 'disabled') $$;
alter function operating_facts owner to evenhand_sweep;

revoke execute on all functions in schema evenhand from public;
grant execute on function operating_facts to evenhand_app;
grant execute on function webhooks_listening, webhook_deliveries_add, webhook_deliveries_due, webhook_deliveries_forget to evenhand_app;
