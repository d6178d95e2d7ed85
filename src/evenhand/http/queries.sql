-- add_webhook --
INSERT INTO webhook (organization_id, webhook_id, project_id, events, state, chunk_key_id, sealed, created_at)
VALUES (%(organization_id)s, %(webhook_id)s, %(project_id)s, %(events)s, 'active', %(chunk_key_id)s, %(sealed)s, %(now)s);

-- webhooks --
SELECT webhook_id, project_id, events, state, chunk_key_id, sealed, failing_since, created_at, version
  FROM webhook WHERE organization_id = %(organization_id)s ORDER BY created_at, webhook_id;

-- webhook --
SELECT webhook_id, project_id, events, state, chunk_key_id, sealed, failing_since, created_at, version
  FROM webhook WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s;

-- lock_webhook --
-- Whoever changes a webhook takes its row first.
SELECT webhook_id, project_id, events, state, chunk_key_id, sealed, failing_since, created_at, version
  FROM webhook WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s FOR UPDATE;

-- change_webhook --
-- Made active again it starts afresh: what it failed before does not count against it.
UPDATE webhook
   SET events = %(events)s, state = %(state)s, chunk_key_id = %(chunk_key_id)s, sealed = %(sealed)s, version = version + 1,
       failing_since = CASE WHEN %(state)s = 'active' AND state <> 'active' THEN NULL ELSE failing_since END
 WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s;

-- remove_webhook --
DELETE FROM webhook WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s;

-- project_exists --
SELECT EXISTS (SELECT FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s);

-- webhooks_listening --
SELECT * FROM webhooks_listening(%(organization_ids)s);

-- deliveries_add --
SELECT webhook_deliveries_add(%(organization_ids)s, %(delivery_ids)s, %(webhook_ids)s, %(events)s, %(project_ids)s, %(task_ids)s,
                              %(subject_ids)s, %(quantities)s, %(at)s, %(now)s);

-- deliveries_due --
SELECT * FROM webhook_deliveries_due(%(now)s, %(until)s, %(each)s, %(max)s);

-- deliveries_forget --
SELECT webhook_deliveries_forget(%(before)s, %(max)s);

-- delivery_done --
UPDATE webhook_delivery
   SET state = %(state)s, next_at = %(next_at)s, last_at = %(now)s, last_status = %(status)s, last_problem = %(problem)s,
       took_ms = %(took_ms)s
 WHERE organization_id = %(organization_id)s AND delivery_id = %(delivery_id)s;

-- webhook_went_well --
UPDATE webhook SET failing_since = NULL
 WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s AND failing_since IS NOT NULL;

-- webhook_failed --
-- Failing since when, and whether that is long enough to stop trying.
UPDATE webhook
   SET failing_since = coalesce(failing_since, %(now)s),
       state = CASE WHEN %(is_gone)s OR failing_since < %(disable_before)s THEN 'disabled' ELSE state END
 WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s AND state = 'active'
RETURNING state;

-- deliveries --
-- The log of one webhook, newest first, by keyset on (at, delivery_id).
SELECT delivery_id, event, project_id, task_id, subject_id, quantity, at, state, attempts, next_at, last_at, last_status, last_problem,
       took_ms
  FROM webhook_delivery
 WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s
   AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(before_at)s::timestamptz IS NULL OR (at, delivery_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY at DESC, delivery_id DESC
 LIMIT %(limit)s;

-- delivery_resend --
-- Under its old id, so that a receiver who has seen it can tell.
UPDATE webhook_delivery SET state = 'waiting', attempts = 0, next_at = %(now)s
 WHERE organization_id = %(organization_id)s AND webhook_id = %(webhook_id)s AND delivery_id = %(delivery_id)s
RETURNING delivery_id;

-- add_delivery --
INSERT INTO webhook_delivery (organization_id, delivery_id, webhook_id, event, at, next_at)
VALUES (%(organization_id)s, %(delivery_id)s, %(webhook_id)s, %(event)s, %(now)s, %(now)s);

-- operating_facts --
-- The oldest writer is looked for among the sessions of our own role, which is all that writes.
SELECT f.*, l.*,
       (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0) FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.usename = current_user AND a.backend_xid IS NOT NULL) AS oldest_writer_seconds,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = current_database() AND a.usename = current_user) AS connections,
       pg_database_size(current_database()) AS database_bytes,
       r.epoch AS register_epoch, r.statements AS register_statements, r.ties AS register_ties, r.holds_open AS register_holds_open,
       r.challenges_open AS register_challenges_open, r.silent AS register_silent
  FROM operating_facts(%(now)s) f CROSS JOIN ledger_facts(%(now)s) l CROSS JOIN register_facts() r;
