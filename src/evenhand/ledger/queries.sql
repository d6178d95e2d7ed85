-- note --
-- One entry of a cold verb, in that verb's own transaction.
SELECT * FROM ledger_note(%(action)s::smallint, %(actor_commitment)s, %(actor_organization_id)s, %(object_id)s, %(subject_id)s, %(digest)s,
                          %(purpose)s, %(decision)s, %(rule)s, %(quantity)s, %(now)s);

-- note_public --
-- One entry of the public governance log, in the transaction of the change that it records.
SELECT * FROM ledger_note_public(%(action)s::smallint, %(body)s::json, %(now)s);

-- note_software --
-- That another software than the last one runs now; whether that is news.
SELECT ledger_note_software(%(now)s);

-- lock_sequencer --
-- One sequencer at a time, whatever is started by mistake; the other finds nothing to do. Held until the transaction ends.
SELECT pg_try_advisory_xact_lock(7103);

-- waiting --
-- The inboxes that hold rows to take: one look, which writes nothing, so that an idle installation stays idle.
SELECT c.inbox FROM ledger_cursor c
 WHERE CASE c.inbox
         WHEN 'customers' THEN EXISTS (SELECT FROM ledger_inbox i
           WHERE (i.xid, i.id) > (c.xid, c.id) AND i.xid < pg_snapshot_xmin(pg_current_snapshot()) AND i.id >= c.floors[cardinality(c.floors)])
         ELSE EXISTS (SELECT FROM governance_inbox i
           WHERE (i.xid, i.id) > (c.xid, c.id) AND i.xid < pg_snapshot_xmin(pg_current_snapshot()) AND i.id >= c.floors[cardinality(c.floors)])
       END;

-- cursor --
-- How far an inbox is sequenced, and since which id its present era runs.
SELECT xid, id, floors FROM ledger_cursor WHERE inbox = %(inbox)s;

-- take --
-- The next rows of the customers' inbox. Rows commit out of order: one with a smaller id, even one with a smaller xid, may become
-- visible after this. Below the oldest transaction that still runs nothing can, so the cursor never goes beyond that, and its
-- order is (xid, id). A cursor on the id alone loses rows without any error.
SELECT i.xid, i.id, i.organization_id, i.at, i.action, i.actor_commitment, i.actor_organization_id, i.object_id, i.object_ids,
       i.subject_id, i.object_digest, i.purpose, i.lease_until, i.wall_epoch, i.policy_version, i.decision, i.rule, i.quantity,
       i.software
  FROM ledger_inbox i
 WHERE (i.xid, i.id) > (%(xid)s::xid8, %(id)s::bigint)
   AND i.xid < pg_snapshot_xmin(pg_current_snapshot())
   AND i.id >= %(floor)s
 ORDER BY i.xid, i.id
 LIMIT %(limit)s;

-- take_public --
-- The same of the governance inbox.
SELECT i.xid, i.id, '00000000-0000-0000-0000-000000000000'::uuid, i.at, i.action, i.body::text, i.software
  FROM governance_inbox i
 WHERE (i.xid, i.id) > (%(xid)s::xid8, %(id)s::bigint)
   AND i.xid < pg_snapshot_xmin(pg_current_snapshot())
   AND i.id >= %(floor)s
 ORDER BY i.xid, i.id
 LIMIT %(limit)s;

-- move_cursor --
-- Everything up to here has its place in a log. Beside the lock this holds that there is one writer: a second one would find
-- the cursor moved, and roll back.
UPDATE ledger_cursor SET xid = %(xid)s::xid8, id = %(id)s
 WHERE inbox = %(inbox)s AND xid = %(old_xid)s::xid8 AND id = %(old_id)s;

-- logs_of --
-- The present logs of some organizations, as they grow.
SELECT organization_id, generation, origin, salt, size, frontier, state
  FROM ledger_log WHERE organization_id = ANY(%(organization_ids)s::uuid[]) AND state <> 'closed';

-- begin_log --
-- A new log, empty.
INSERT INTO ledger_log (organization_id, generation, opaque, origin, salt, made_at)
VALUES (%(organization_id)s, %(generation)s, %(opaque)s, %(origin)s, %(salt)s, %(now)s);

-- add_leaves --
-- The new leaves of all logs of one pass.
INSERT INTO ledger_leaf (organization_id, generation, index, hash, entry_id, xid, id)
SELECT * FROM unnest(%(organization_ids)s::uuid[], %(generations)s::int[], %(indexes)s::bigint[], %(hashes)s::bytea[],
                     %(entry_ids)s::bytea[], %(xids)s::xid8[], %(ids)s::bigint[]);

-- grow_log --
-- A log with its new leaves. Nothing else makes it larger, and nothing makes it smaller.
UPDATE ledger_log SET size = %(size)s, frontier = %(frontier)s
 WHERE organization_id = %(organization_id)s AND generation = %(generation)s AND size = %(old_size)s AND state = 'open';

-- stop_log --
-- A log that is not what it was signed to be. Its next rows wait where the cursor of its inbox stands.
UPDATE ledger_log l SET state = 'stopped', reason = %(reason)s, stopped_era = cardinality(c.floors), stopped_xid = c.xid, stopped_id = c.id
  FROM ledger_cursor c
 WHERE l.organization_id = %(organization_id)s AND l.generation = %(generation)s AND l.state = 'open' AND c.inbox = %(inbox)s;

-- leaf_hashes --
-- Some leaves in a row.
SELECT index, hash FROM ledger_leaf
 WHERE organization_id = %(organization_id)s AND generation = %(generation)s AND index >= %(start)s AND index < %(stop)s
 ORDER BY index;

-- installation_id --
SELECT installation_id FROM installation;

-- lock_publisher --
-- One publisher at a time, for as long as its connection lives or until it says that it is done: a slower one would put an
-- older checkpoint in the place of a newer.
SELECT pg_try_advisory_lock(7104);

-- unlock_publisher --
SELECT pg_advisory_unlock(7104);

-- logs_due --
-- Open logs with entries that no checkpoint has, unless one was signed a moment ago; and those whose last checkpoint did not
-- come out. A clock that was set back delays nothing.
SELECT l.organization_id, l.generation, l.opaque, l.origin, l.salt, l.size, l.frontier,
       coalesce(c.size, 0) AS signed_size, c.root AS signed_root, c.note
  FROM ledger_log l
  LEFT JOIN LATERAL (SELECT k.size, k.root, k.note, k.made_at FROM ledger_checkpoint k
                      WHERE k.organization_id = l.organization_id AND k.generation = l.generation
                      ORDER BY k.size DESC LIMIT 1) c ON true
 WHERE l.state = 'open'
   AND (l.size > coalesce(c.size, 0) AND (c.made_at IS NULL OR c.made_at <= %(before)s OR c.made_at > %(now)s)
        OR l.published_size < c.size)
 ORDER BY c.made_at NULLS FIRST, l.organization_id
 LIMIT %(limit)s;

-- rows_of_leaves --
-- Leaves of a customer's log beside the rows that they were made from, as these stand now.
SELECT f.index, f.hash, i.xid, i.id, i.organization_id, i.at, i.action, i.actor_commitment, i.actor_organization_id, i.object_id,
       i.object_ids, i.subject_id, i.object_digest, i.purpose, i.lease_until, i.wall_epoch, i.policy_version, i.decision, i.rule,
       i.quantity, i.software
  FROM ledger_leaf f LEFT JOIN ledger_inbox i ON i.xid = f.xid AND i.id = f.id AND i.organization_id = f.organization_id
 WHERE f.organization_id = %(organization_id)s AND f.generation = %(generation)s AND f.index >= %(start)s AND f.index < %(stop)s
 ORDER BY f.index;

-- rows_of_public_leaves --
-- The same of the governance log.
SELECT f.index, f.hash, i.xid, i.id, f.organization_id, i.at, i.action, i.body::text, i.software
  FROM ledger_leaf f LEFT JOIN governance_inbox i ON i.xid = f.xid AND i.id = f.id
 WHERE f.organization_id = %(organization_id)s AND f.generation = %(generation)s AND f.index >= %(start)s AND f.index < %(stop)s
 ORDER BY f.index;

-- add_checkpoint --
INSERT INTO ledger_checkpoint (organization_id, generation, size, root, note, made_at)
VALUES (%(organization_id)s, %(generation)s, %(size)s, %(root)s, %(note)s, %(now)s);

-- set_published --
UPDATE ledger_log SET published_size = %(size)s WHERE organization_id = %(organization_id)s AND generation = %(generation)s;

-- checkpoint_at --
-- What was signed at one size of a log.
SELECT size, root, note FROM ledger_checkpoint
 WHERE organization_id = %(organization_id)s AND generation = %(generation)s AND size = %(size)s;

-- log_now --
-- The present log of the tenant.
SELECT organization_id, generation, opaque, origin, salt, size, published_size, state, reason, made_at
  FROM ledger_log WHERE organization_id = %(organization_id)s AND state <> 'closed';

-- log_named --
-- A log of the tenant, also one that was closed: what it published stays. signed_size: its newest checkpoint, whose file may just be
-- coming out; published_size follows the file, so that for a moment a reader knows more than it.
SELECT l.organization_id, l.generation, l.opaque, l.origin, l.salt, l.size, l.state, l.reason, l.made_at,
       (SELECT coalesce(max(k.size), 0) FROM ledger_checkpoint k
         WHERE k.organization_id = l.organization_id AND k.generation = l.generation) AS signed_size
  FROM ledger_log l WHERE l.organization_id = %(organization_id)s AND l.opaque = %(opaque)s;

-- newest_checkpoint --
SELECT size, root, note, made_at FROM ledger_checkpoint
 WHERE organization_id = %(organization_id)s AND generation = %(generation)s ORDER BY size DESC LIMIT 1;

-- leaf_of_entry --
-- The place of an entry, in whichever of the tenant's logs it stands.
SELECT l.organization_id, l.generation, l.opaque, l.origin, l.salt, l.published_size, f.index, f.hash
  FROM ledger_leaf f JOIN ledger_log l ON l.organization_id = f.organization_id AND l.generation = f.generation
 WHERE f.organization_id = %(organization_id)s AND f.entry_id = %(entry_id)s;

-- row_waiting --
-- A row of the tenant that is not sequenced yet, by the id that its entry will have: one of those behind the last leaf.
SELECT i.xid, i.id, i.organization_id, i.at, i.action, i.actor_commitment, i.actor_organization_id, i.object_id, i.object_ids,
       i.subject_id, i.object_digest, i.purpose, i.lease_until, i.wall_epoch, i.policy_version, i.decision, i.rule, i.quantity,
       i.software
  FROM ledger_inbox i
 WHERE i.organization_id = %(organization_id)s
   AND (i.xid, i.id) > (SELECT f.xid, f.id FROM ledger_leaf f
                         WHERE f.organization_id = %(organization_id)s AND f.generation = %(generation)s
                         ORDER BY f.index DESC LIMIT 1)
   AND ledger_entry_id(%(salt)s, i.xid, i.id) = %(entry_id)s
 LIMIT 1;

-- logs_stopped --
-- Logs that wait for somebody, the governance log first.
SELECT l.organization_id, l.generation, l.opaque, l.origin, l.salt, l.size, l.frontier, l.published_size, l.reason, l.stopped_era,
       l.stopped_xid, l.stopped_id, coalesce(c.size, 0) AS signed_size, c.root AS signed_root
  FROM ledger_log l
  LEFT JOIN LATERAL (SELECT k.size, k.root FROM ledger_checkpoint k
                      WHERE k.organization_id = l.organization_id AND k.generation = l.generation
                      ORDER BY k.size DESC LIMIT 1) c ON true
 WHERE l.state = 'stopped' ORDER BY l.organization_id;

-- note_reconciled --
SELECT * FROM ledger_note_reconciled(%(organization_id)s, %(rule)s, %(quantity)s, %(now)s);

-- close_log --
UPDATE ledger_log SET state = 'closed' WHERE organization_id = %(organization_id)s AND generation = %(generation)s AND state = 'stopped';

-- reopen_log --
UPDATE ledger_log SET state = 'open', reason = NULL, stopped_era = NULL, stopped_xid = NULL, stopped_id = NULL
 WHERE organization_id = %(organization_id)s AND generation = %(generation)s AND state = 'stopped';

-- rows_left --
-- Rows of one organization that its stopped log did not take, of one era, in order.
SELECT i.xid, i.id, i.organization_id, i.at, i.action, i.actor_commitment, i.actor_organization_id, i.object_id, i.object_ids,
       i.subject_id, i.object_digest, i.purpose, i.lease_until, i.wall_epoch, i.policy_version, i.decision, i.rule, i.quantity,
       i.software
  FROM ledger_inbox i
 WHERE i.organization_id = %(organization_id)s
   AND (i.xid, i.id) > (%(xid)s::xid8, %(id)s::bigint) AND (i.xid, i.id) <= (%(to_xid)s::xid8, %(to_id)s::bigint)
   AND i.id >= %(floor)s AND i.id < %(ceiling)s
 ORDER BY i.xid, i.id;

-- public_rows_left --
-- The same of the governance inbox.
SELECT i.xid, i.id, '00000000-0000-0000-0000-000000000000'::uuid, i.at, i.action, i.body::text, i.software
  FROM governance_inbox i
 WHERE (i.xid, i.id) > (%(xid)s::xid8, %(id)s::bigint) AND (i.xid, i.id) <= (%(to_xid)s::xid8, %(to_id)s::bigint)
   AND i.id >= %(floor)s AND i.id < %(ceiling)s
 ORDER BY i.xid, i.id;

-- all_logs --
-- Every log for the operator, the governance log first.
SELECT l.origin, l.state, l.reason, l.size, l.published_size AS published, l.made_at,
       (SELECT max(k.made_at) FROM ledger_checkpoint k
         WHERE k.organization_id = l.organization_id AND k.generation = l.generation) AS checkpoint_at
  FROM ledger_log l ORDER BY l.organization_id, l.generation;

-- witnesses --
-- The installation's witnesses, in the order in which they were added.
SELECT w.name, w.vkey, w.url, q.threshold FROM ledger_quorum q LEFT JOIN ledger_witness w ON true ORDER BY w.added_at, w.name;

-- add_witness --
INSERT INTO ledger_witness (name, vkey, url, added_at) VALUES (%(name)s, %(vkey)s, %(url)s, %(now)s);

-- remove_witness --
DELETE FROM ledger_witness WHERE name = %(name)s;

-- forget_witness --
-- What it did about the logs; whoever takes its name starts afresh.
DELETE FROM ledger_witnessed WHERE witness = %(name)s;

-- set_quorum --
UPDATE ledger_quorum SET threshold = %(threshold)s;

-- witnessed --
-- What the witnesses last did about one log.
SELECT witness, held_size, outcome, reason, asked_at, cosigned_size, cosigned_at, signature
  FROM ledger_witnessed WHERE organization_id = %(organization_id)s AND generation = %(generation)s ORDER BY witness;

-- set_witnessed --
-- What came of asking a witness. A cosignature stays until there is a newer one.
INSERT INTO ledger_witnessed (organization_id, generation, witness, held_size, outcome, reason, asked_at, cosigned_size, cosigned_at, signature)
VALUES (%(organization_id)s, %(generation)s, %(witness)s, %(held_size)s, %(outcome)s, %(reason)s, %(now)s, %(cosigned_size)s,
        %(cosigned_at)s, %(signature)s)
ON CONFLICT ON CONSTRAINT ledger_witnessed_pkey DO UPDATE
   SET held_size = excluded.held_size, outcome = excluded.outcome, reason = excluded.reason, asked_at = excluded.asked_at,
       cosigned_size = coalesce(excluded.cosigned_size, ledger_witnessed.cosigned_size),
       cosigned_at = coalesce(excluded.cosigned_at, ledger_witnessed.cosigned_at),
       signature = coalesce(excluded.signature, ledger_witnessed.signature);

-- logs_unwitnessed --
-- Published logs whose present checkpoint some witness has not cosigned, or not within the hour: a fresh cosignature is the sign
-- of life of a log that has no news. A witness that was asked a moment ago is left in peace.
SELECT DISTINCT l.organization_id, l.generation, l.opaque, l.origin, l.salt, l.published_size, c.note
  FROM ledger_log l
  JOIN ledger_checkpoint c ON c.organization_id = l.organization_id AND c.generation = l.generation AND c.size = l.published_size
 CROSS JOIN ledger_witness w
  LEFT JOIN ledger_witnessed d ON d.organization_id = l.organization_id AND d.generation = l.generation AND d.witness = w.name
 WHERE l.state = 'open'
   AND (d.witness IS NULL OR d.cosigned_size IS DISTINCT FROM l.published_size OR d.cosigned_at < %(hour_ago)s)
   AND (d.asked_at IS NULL OR d.asked_at < %(moment_ago)s)
 ORDER BY l.organization_id
 LIMIT %(limit)s;

-- newest_root --
SELECT number, at FROM ledger_root ORDER BY number DESC LIMIT 1;

-- checkpoints_of_customers --
-- The published checkpoint of every customer's log, and when the newest of them was made.
SELECT l.organization_id, l.generation, c.size, c.note, c.made_at
  FROM ledger_log l
  JOIN ledger_checkpoint c ON c.organization_id = l.organization_id AND c.generation = l.generation AND c.size = l.published_size
 WHERE l.state <> 'closed' AND l.organization_id <> '00000000-0000-0000-0000-000000000000'
 ORDER BY l.organization_id;

-- add_root --
INSERT INTO ledger_root (number, root, size, at) VALUES (%(number)s, %(root)s, %(size)s, %(now)s);

-- add_root_leaf --
INSERT INTO ledger_root_leaf (organization_id, number, generation, checkpoint_size, index, salt, proof)
VALUES (%(organization_id)s, %(number)s, %(generation)s, %(checkpoint_size)s, %(index)s, %(salt)s, %(proof)s);

-- forget_root_leaves --
-- Proofs of roots that are older than a customer would ask for; the roots themselves stand in the governance log for ever.
DELETE FROM ledger_root_leaf WHERE number IN (SELECT number FROM ledger_root WHERE at < %(before)s);

-- forget_roots --
DELETE FROM ledger_root WHERE at < %(before)s;

-- root_of_tenant --
-- The newest root that holds a checkpoint of the tenant.
SELECT r.number, r.root, r.size, r.at, f.index, f.salt, f.proof, c.note
  FROM ledger_root_leaf f
  JOIN ledger_root r ON r.number = f.number
  JOIN ledger_checkpoint c ON c.organization_id = f.organization_id AND c.generation = f.generation AND c.size = f.checkpoint_size
 WHERE f.organization_id = %(organization_id)s ORDER BY f.number DESC LIMIT 1;
