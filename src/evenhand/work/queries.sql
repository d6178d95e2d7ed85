-- claim --
SELECT * FROM claim(%(token_sha256)s, %(project_id)s, %(stage)s::smallint, %(held)s, %(now)s);

-- submit --
SELECT * FROM submit(%(token_sha256)s, %(project_id)s, %(task_id)s, %(answer_key)s, %(annotation_id)s, %(chunk_key_id)s, %(sealed)s,
                     %(digest)s, %(ontology_version)s, %(questions)s, %(codes)s, %(active_ms)s, %(elapsed_ms)s, %(origins)s,
                     %(manner)s, 0::smallint, %(next)s, %(held)s, %(now)s);

-- dealt_with_share --
-- The share of tasks without suggestions, as it was when a task was dealt to this person.
SELECT suggestions_hidden FROM assignment
 WHERE organization_id = %(organization_id)s AND task_id = %(task_id)s AND person_id = %(person_id)s;

-- lease_resume --
SELECT lease_resume(%(token_sha256)s, %(task_id)s, %(now)s);

-- lease_end --
SELECT * FROM lease_end(%(token_sha256)s, %(project_id)s, %(task_id)s, %(state)s::smallint, %(reason)s, %(next)s, %(held)s, %(now)s);

-- lease_prolong --
SELECT * FROM lease_prolong(%(token_sha256)s, %(task_id)s, %(now)s);

-- draft_save --
SELECT draft_save(%(token_sha256)s, %(task_id)s, %(chunk_key_id)s, %(sealed)s, %(clock)s, %(now)s);

-- answer_reopen --
SELECT * FROM answer_reopen(%(token_sha256)s, %(project_id)s, %(task_id)s, %(now)s);

-- import_chunk --
SELECT * FROM import_chunk(%(token_sha256)s, %(project_id)s, %(batch_id)s, %(import_id)s, %(chunk_no)s, %(open)s, %(ids)s, %(sealed)s,
                           %(chunk_keys)s, %(priorities)s, %(due)s, %(externals)s, %(tag_tasks)s, %(tags)s, %(media_tasks)s, %(media)s,
                           %(digest)s, %(now)s);

-- add_media --
-- Files that are about to be written: first the rows, then the objects.
INSERT INTO media (organization_id, media_id, project_id, object_name, chunk_key_id, sealed, expires_at, created_at)
SELECT %(organization_id)s, each.media_id, %(project_id)s, each.object_name, each.chunk_key_id, each.sealed, %(expires_at)s, %(now)s
  FROM unnest(%(media_ids)s::uuid[], %(object_names)s::text[], %(chunk_key_ids)s::uuid[], %(sealed)s::bytea[])
       AS each(media_id, object_name, chunk_key_id, sealed)
ON CONFLICT DO NOTHING;

-- store_media --
-- They are whole, and what is in them is known.
UPDATE media SET state = 'stored', sealed_bytes = each.sealed_bytes, sealed = each.sealed, expires_at = %(expires_at)s
  FROM unnest(%(media_ids)s::uuid[], %(sizes)s::bigint[], %(sealed)s::bytea[]) AS each(media_id, sealed_bytes, sealed)
 WHERE media.organization_id = %(organization_id)s AND media.media_id = each.media_id AND media.state IN ('waiting', 'received')
RETURNING media.media_id;

-- media --
SELECT * FROM media WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND media_id = ANY(%(media_ids)s::uuid[]);

-- add_bucket --
INSERT INTO bucket (organization_id, bucket_id, chunk_key_id, sealed, created_at)
VALUES (%(organization_id)s, %(bucket_id)s, %(chunk_key_id)s, %(sealed)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING bucket_id;

-- buckets --
SELECT bucket_id, chunk_key_id, sealed, created_at FROM bucket
 WHERE organization_id = %(organization_id)s ORDER BY created_at, bucket_id;

-- remove_bucket --
DELETE FROM bucket WHERE organization_id = %(organization_id)s AND bucket_id = %(bucket_id)s RETURNING bucket_id;

-- add_import_run --
-- Sent again under its key it is the same import.
INSERT INTO import_run (organization_id, import_id, project_id, person_id, token_sha256, chunk_key_id, sealed, created_at)
VALUES (%(organization_id)s, %(import_id)s, %(project_id)s, %(person_id)s, %(token_sha256)s, %(chunk_key_id)s, %(sealed)s, %(now)s)
ON CONFLICT DO NOTHING;

-- import_run --
SELECT * FROM import_run
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND import_id = %(import_id)s;

-- import_runs --
-- Newest first, by keyset on (created_at, import_id).
SELECT * FROM import_run
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (created_at, import_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY created_at DESC, import_id DESC LIMIT %(limit)s;

-- import_run_take --
SELECT * FROM import_run_take(%(now)s, %(silence)s);

-- import_run_beat --
-- How far it is. No row: it was cancelled, or another worker took it up, which is another attempt.
UPDATE import_run
   SET beat_at = %(now)s, batch_id = %(batch_id)s, total = %(total)s, seen = %(seen)s, imported = %(before)s::bigint + %(imported)s::bigint,
       duplicates = %(duplicates)s, rejected = %(rejected)s,
       fruitless = CASE WHEN %(before)s::bigint + %(imported)s::bigint > imported THEN 0 ELSE fruitless END
 WHERE organization_id = %(organization_id)s AND import_id = %(import_id)s AND state = 'running' AND attempt = %(attempt)s
RETURNING import_id;

-- import_run_end --
UPDATE import_run SET state = %(state)s, ended_at = %(now)s, sealed_report = %(sealed_report)s
 WHERE organization_id = %(organization_id)s AND import_id = %(import_id)s AND state = 'running' AND attempt = %(attempt)s
RETURNING import_id;

-- import_run_cancel --
UPDATE import_run SET state = 'cancelled', ended_at = %(now)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND import_id = %(import_id)s AND state IN ('waiting', 'running')
RETURNING import_id;

-- check_asker --
-- Whether this person has or had a task in hand, or answered it; and what is asked in its project now.
SELECT p.ontology_version, is_removed(t.organization_id, t.project_id, %(person_id)s) AS is_removed,
       EXISTS (SELECT FROM assignment a WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id
                  AND a.person_id = %(person_id)s AND a.state IN (1, 2, 3, 5)) AS is_dealt
  FROM task t JOIN project p USING (organization_id, project_id)
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_id = %(task_id)s AND t.trashed_at IS NULL;

-- check_of_content --
-- The check that this person asked for on one content, unless it failed or was cancelled.
SELECT * FROM check_run
 WHERE organization_id = %(organization_id)s AND task_id = %(task_id)s AND person_id = %(person_id)s AND content = %(content)s
   AND state IN ('waiting', 'running', 'done');

-- checks_unfinished --
-- How many checks of one person wait or run, but for those that a new one takes the place of.
SELECT count(*) FROM check_run
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND state IN ('waiting', 'running')
   AND (task_id <> %(task_id)s OR question_no <> %(question_no)s);

-- checks_superseded --
-- A person's check of another content of the same answer is of no use any more.
UPDATE check_run SET state = 'cancelled', ended_at = %(now)s
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND task_id = %(task_id)s AND question_no = %(question_no)s
   AND state IN ('waiting', 'running') AND content <> %(content)s;

-- add_check_run --
INSERT INTO check_run (organization_id, check_id, project_id, task_id, person_id, question_no, ontology_version, content, created_at)
VALUES (%(organization_id)s, %(check_id)s, %(project_id)s, %(task_id)s, %(person_id)s, %(question_no)s, %(ontology_version)s, %(content)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING check_id;

-- add_check_record --
INSERT INTO check_record (organization_id, check_id, part, task_id, project_id, chunk_key_id, sealed, at)
VALUES (%(organization_id)s, %(check_id)s, %(part)s, %(task_id)s, %(project_id)s, %(chunk_key_id)s, %(sealed)s, %(now)s);

-- check_run --
SELECT * FROM check_run
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND task_id = %(task_id)s AND check_id = %(check_id)s
   AND person_id = %(person_id)s;

-- check_runs --
-- Those of one person on one task, newest first, by keyset on (created_at, check_id).
SELECT * FROM check_run
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND task_id = %(task_id)s AND person_id = %(person_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (created_at, check_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY created_at DESC, check_id DESC LIMIT %(limit)s;

-- check_record --
SELECT * FROM check_record WHERE organization_id = %(organization_id)s AND check_id = %(check_id)s AND part = %(part)s;

-- check_run_take --
SELECT * FROM check_run_take(%(now)s, %(silence)s);

-- check_run_taken --
SELECT * FROM check_run WHERE organization_id = %(organization_id)s AND check_id = %(check_id)s;

-- check_run_beat --
-- How far it is. No row: it was cancelled, or another worker took it up, which is another attempt.
UPDATE check_run SET beat_at = %(now)s, done = %(done)s, total = %(total)s
 WHERE organization_id = %(organization_id)s AND check_id = %(check_id)s AND state = 'running' AND attempt = %(attempt)s
RETURNING check_id;

-- check_run_end --
UPDATE check_run SET state = %(state)s, is_strong = %(is_strong)s, ended_at = %(now)s
 WHERE organization_id = %(organization_id)s AND check_id = %(check_id)s AND state = 'running' AND attempt = %(attempt)s
RETURNING check_id;

-- upload_begins --
-- Another attempt at the same upload gets an object of its own; the one before it, if it is still writing, will find itself replaced.
UPDATE media SET object_name = %(object_name)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND media_id = %(media_id)s AND state = 'waiting'
RETURNING chunk_key_id;

-- upload_ends --
UPDATE media SET state = 'received', sealed_bytes = %(sealed_bytes)s
 WHERE organization_id = %(organization_id)s AND media_id = %(media_id)s AND object_name = %(object_name)s AND state = 'waiting'
RETURNING media_id;

-- upload_refused --
-- What was uploaded is no use: its object is deleted, and the next attempt starts over.
UPDATE media SET state = 'waiting', sealed_bytes = NULL
 WHERE organization_id = %(organization_id)s AND media_id = %(media_id)s AND state = 'received'
RETURNING media_id;

-- media_look --
SELECT * FROM media_look(%(token_sha256)s, %(project_id)s, %(task_id)s, %(reads)s, %(now)s);

-- media_drop --
SELECT * FROM media_drop(%(now)s, %(max)s);

-- media_forget --
SELECT media_forget(%(organization_id)s, %(media_id)s);

-- imported_by_chunks --
SELECT coalesce(sum(imported), 0)::bigint FROM import_chunk
 WHERE organization_id = %(organization_id)s AND import_id = ANY(%(import_ids)s::uuid[]);

-- chunk_that_is_in --
SELECT imported, duplicates FROM import_chunk
 WHERE organization_id = %(organization_id)s AND import_id = %(import_id)s AND chunk_no = %(chunk_no)s;

-- known_externals --
-- Which of these external ids a project has already.
SELECT external_hash FROM task
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND external_hash = ANY(%(hashes)s::bytea[]);

-- batch_open --
SELECT * FROM batch_open(%(organization_id)s, %(batch_id)s, %(after)s, %(max)s, %(now)s);

-- batch_drop --
SELECT batch_drop(%(organization_id)s, %(batch_id)s, %(max)s);

-- tasks_reserve --
SELECT * FROM tasks_reserve(%(token_sha256)s, %(project_id)s, %(tasks)s, %(person_id)s, %(now)s);

-- tasks_unreserve --
SELECT * FROM tasks_unreserve(%(token_sha256)s, %(project_id)s, %(tasks)s, %(person_id)s, %(now)s);

-- tasks_change --
SELECT * FROM tasks_change(%(token_sha256)s, %(project_id)s, %(tasks)s, %(action)s, %(priority)s::smallint, %(now)s);

-- done_since --
SELECT project_id, sum(done)::bigint AS done FROM project_hour
 WHERE organization_id = %(organization_id)s AND project_id = ANY(%(project_ids)s::uuid[]) AND hour >= %(since)s
 GROUP BY project_id;

-- close_gate --
-- Before a transaction that takes the gate at all: nobody claims until it ends, and it waits for nobody who waits for it.
SELECT pg_advisory_xact_lock(7001);

-- gold_make --
SELECT * FROM gold_make(%(token_sha256)s, %(project_id)s, %(tasks)s, %(kinds)s, %(chunk_keys)s, %(sealed)s, %(ontology_version)s,
                        %(code_tasks)s, %(questions)s, %(codes)s, %(lows)s, %(highs)s, %(key)s, %(now)s);

-- gold_mend --
SELECT gold_mend(%(token_sha256)s, %(project_id)s, %(task_id)s, %(version)s, %(kind)s, %(chunk_key_id)s, %(sealed)s, %(ontology_version)s,
                 %(questions)s, %(codes)s, %(lows)s, %(highs)s, %(now)s);

-- gold_retire --
SELECT gold_retire(%(token_sha256)s, %(project_id)s, %(task_id)s, %(now)s);

-- flaw_plant --
SELECT flaw_plant(%(token_sha256)s, %(project_id)s, %(task_id)s, %(flaw_id)s, %(reason)s, %(ontology_version)s, %(chunk_key_id)s, %(sealed)s,
                  %(now)s);

-- flaw_remove --
SELECT flaw_remove(%(token_sha256)s, %(project_id)s, %(task_id)s, %(now)s);

-- gold_pace --
-- The project's rates changed: the queue follows, and everybody's own rate is computed anew.
SELECT gold_rates_changed(%(project_id)s);

-- gold_tasks --
-- A page of gold, oldest task first, with its task: by keyset on task_no.
SELECT g.task_id, g.task_no, g.kind, g.version, g.ontology_version, g.made_at, g.retired_at, g.chunk_key_id AS gold_key_id, g.sealed AS gold_sealed,
       t.chunk_key_id, t.sealed, t.version AS task_version
  FROM gold_answer g JOIN task t ON t.organization_id = g.organization_id AND t.task_id = g.task_id
 WHERE g.organization_id = %(organization_id)s AND g.project_id = %(project_id)s AND g.task_no > %(after)s
   AND (%(task_id)s::uuid IS NULL OR g.task_id = %(task_id)s)
 ORDER BY g.task_no
 LIMIT %(limit)s;

-- items --
-- Some tasks of a project, sealed: those that are there and not in the trash.
SELECT t.task_id, t.task_no, t.chunk_key_id, t.version, t.sealed FROM task t
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_id = ANY(%(task_ids)s::uuid[])
   AND t.trashed_at IS NULL;

-- tasks_requeue --
SELECT * FROM tasks_requeue(%(token_sha256)s, %(project_id)s, %(tasks)s, %(stage)s::smallint, %(opinions)s::smallint, %(now)s);

-- tasks_unqueue --
SELECT * FROM tasks_unqueue(%(token_sha256)s, %(project_id)s, %(tasks)s, %(now)s);

-- queue_pause --
SELECT queue_pause(%(project_id)s, %(paused)s, %(revoke)s, %(now)s);

-- sweep_leases --
SELECT sweep_leases(%(now)s, %(max)s);

-- sweep_routes --
SELECT sweep_routes(%(now)s, %(max)s);

-- sweep_drafts --
SELECT sweep_drafts(%(max)s);

-- batches_unopened --
SELECT * FROM batches_unopened();

-- raise_floors --
SELECT raise_floors(%(after)s, %(max)s);

-- relay_take --
-- What happened, and whether anything waits for Decide: that stands in no event, which a long writer may hold back.
SELECT relay_take(%(max)s) AS events, has_undecided() AS is_undecided;

-- tell --
-- One outbox row of a cold verb.
INSERT INTO outbox (organization_id, project_id, kind, task_id, subject_id, quantity, at)
VALUES (%(organization_id)s, %(project_id)s, %(kind)s::smallint, %(task_id)s, %(subject_id)s, %(quantity)s, %(now)s);

-- add_project --
INSERT INTO project (organization_id, project_id, chunk_key_id, sealed, preset, opinions, lease_seconds, priority, submit_on_pick, open_to,
                     due_at, suggestions_hidden, counts_manner, gold_rate, gold_rate_min, review_rate, adjudicate_below, feedback, opinions_max, sure,
                     is_routed, ontology_version, created_at)
VALUES (%(organization_id)s, %(project_id)s, %(chunk_key_id)s, %(sealed)s, %(preset)s, %(opinions)s, %(lease_seconds)s, %(priority)s,
        %(submit_on_pick)s, %(open_to)s, %(due_at)s, %(suggestions_hidden)s, %(counts_manner)s, %(gold_rate)s, %(gold_rate_min)s, %(review_rate)s,
        %(adjudicate_below)s, %(feedback)s, %(opinions_max)s, %(sure)s, %(is_routed)s, 1, %(now)s)
ON CONFLICT (organization_id, project_id) DO NOTHING;

-- add_queue --
INSERT INTO queue (organization_id, queue_id, project_id, stage, opinions, lease, ontology_version, is_open, suggestions_hidden, counts_manner)
VALUES (%(organization_id)s, %(queue_id)s, %(project_id)s, 1, %(opinions)s, make_interval(secs => %(lease_seconds)s), 1, %(is_open)s,
        %(suggestions_hidden)s, %(counts_manner)s);

-- stages_open --
SELECT stages_open(%(project_id)s, %(review)s, %(adjudicate)s);

-- add_count --
INSERT INTO project_count (organization_id, project_id) VALUES (%(organization_id)s, %(project_id)s);

-- add_ontology_version --
INSERT INTO ontology_version (organization_id, project_id, version, chunk_key_id, sealed, change, created_at)
VALUES (%(organization_id)s, %(project_id)s, %(version)s, %(chunk_key_id)s, %(sealed)s, %(change)s, %(now)s);

-- ontology_version --
SELECT version, chunk_key_id, sealed, change, created_at FROM ontology_version
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND version = %(version)s;

-- ontology_versions --
SELECT version, change, created_at FROM ontology_version
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s ORDER BY version;

-- present_version --
-- Asked with every draft that is saved: one row by its key, and nothing counted.
SELECT ontology_version FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- lock_project --
-- Whoever changes a project's ontology, guidelines or settings takes its row first.
SELECT * FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s FOR UPDATE;

-- project --
SELECT project.*, c.tasks, c.done, c.answers, c.skipped, c.reports, c.in_review, c.in_adjudication, c.rework, c.version AS count_version,
       (SELECT count(*) FROM assignment a JOIN queue q ON q.organization_id = a.organization_id AND q.queue_id = a.queue_id
         WHERE a.organization_id = project.organization_id AND q.project_id = project.project_id AND a.state = 1) AS held,
       (SELECT count(*) FROM remark r WHERE r.organization_id = project.organization_id AND r.project_id = project.project_id
           AND r.kind = 'comment' AND r.reply_to IS NULL AND r.closed_at IS NULL AND r.task_id IS NOT NULL) AS questions_on_tasks,
       (SELECT count(*) FROM remark r WHERE r.organization_id = project.organization_id AND r.project_id = project.project_id
           AND r.kind = 'comment' AND r.reply_to IS NULL AND r.closed_at IS NULL AND r.task_id IS NULL) AS questions_on_guidelines
  FROM project LEFT JOIN project_count c USING (organization_id, project_id)
 WHERE project.organization_id = %(organization_id)s AND project.project_id = %(project_id)s;

-- projects --
-- Newest first, by keyset on (created_at, project_id).
SELECT project.*, c.tasks, c.done, c.answers, c.skipped, c.reports, c.in_review, c.in_adjudication, c.rework, c.version AS count_version,
       (SELECT count(*) FROM assignment a JOIN queue q ON q.organization_id = a.organization_id AND q.queue_id = a.queue_id
         WHERE a.organization_id = project.organization_id AND q.project_id = project.project_id AND a.state = 1) AS held,
       (SELECT count(*) FROM remark r WHERE r.organization_id = project.organization_id AND r.project_id = project.project_id
           AND r.kind = 'comment' AND r.reply_to IS NULL AND r.closed_at IS NULL AND r.task_id IS NOT NULL) AS questions_on_tasks,
       (SELECT count(*) FROM remark r WHERE r.organization_id = project.organization_id AND r.project_id = project.project_id
           AND r.kind = 'comment' AND r.reply_to IS NULL AND r.closed_at IS NULL AND r.task_id IS NULL) AS questions_on_guidelines
  FROM project LEFT JOIN project_count c USING (organization_id, project_id)
 WHERE project.organization_id = %(organization_id)s
   AND project.state = ANY(%(states)s)
   AND (%(before_at)s::timestamptz IS NULL OR (project.created_at, project.project_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY project.created_at DESC, project.project_id DESC
 LIMIT %(limit)s;

-- change_project --
UPDATE project
   SET chunk_key_id = %(chunk_key_id)s, sealed = %(sealed)s, opinions = %(opinions)s, lease_seconds = %(lease_seconds)s,
       priority = %(priority)s, submit_on_pick = %(submit_on_pick)s, open_to = %(open_to)s, due_at = %(due_at)s,
       suggestions_hidden = %(suggestions_hidden)s, counts_manner = %(counts_manner)s, gold_rate = %(gold_rate)s, gold_rate_min = %(gold_rate_min)s,
       review_rate = %(review_rate)s, adjudicate_below = %(adjudicate_below)s, feedback = %(feedback)s, opinions_max = %(opinions_max)s, sure = %(sure)s,
       is_routed = %(is_routed)s,
       version = version + 1
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- change_queue --
-- A new number of opinions is for later tasks: the plan of each task travels with its slot. Later stages have the lease alone: who may
-- take from them is a matter of the role, and they want one verdict.
UPDATE queue
   SET lease = make_interval(secs => %(lease_seconds)s),
       opinions = CASE stage WHEN 1 THEN %(opinions)s ELSE opinions END,
       is_open = CASE stage WHEN 1 THEN %(is_open)s ELSE is_open END,
       suggestions_hidden = CASE stage WHEN 1 THEN %(suggestions_hidden)s ELSE suggestions_hidden END,
       counts_manner = stage = 1 AND %(counts_manner)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- set_state --
UPDATE project
   SET state = %(state)s, trashed_at = CASE WHEN %(state)s = 'trashed' THEN %(now)s::timestamptz END,
       archived_at = CASE WHEN %(state)s = 'archived' THEN %(now)s::timestamptz END, version = version + 1
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- set_ontology_version --
UPDATE project SET ontology_version = %(version)s, version = version + 1
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- set_queue_ontology --
UPDATE queue SET ontology_version = %(version)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- add_guideline_version --
INSERT INTO guideline_version (organization_id, project_id, version, person_id, chunk_key_id, sealed, sealed_summary, needs_consent, created_at)
VALUES (%(organization_id)s, %(project_id)s, %(version)s, %(person_id)s, %(chunk_key_id)s, %(sealed)s, %(sealed_summary)s, %(needs_consent)s,
        %(now)s);

-- carry_consent --
-- A version that nobody has to read again: whoever consented to the one before it has consented to this one. After the queue's row, as
-- in every verb (see the order of locks in functions.sql).
UPDATE queue_member m SET consented_version = %(version)s
  FROM queue q
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s
   AND m.organization_id = q.organization_id AND m.queue_id = q.queue_id AND m.consented_version = %(version)s - 1;

-- add_guideline_pictures --
INSERT INTO guideline_picture (organization_id, project_id, media_id, version)
SELECT %(organization_id)s, %(project_id)s, u.media_id, %(version)s FROM unnest(%(media_ids)s::uuid[]) AS u(media_id)
ON CONFLICT DO NOTHING;

-- use_guideline_pictures --
-- Files of the project that were sent for its guidelines, and are whole: from here on they are kept.
UPDATE media m SET is_used = true
 WHERE m.organization_id = %(organization_id)s AND m.project_id = %(project_id)s AND m.media_id = ANY(%(media_ids)s::uuid[])
   AND m.state = 'stored'
   AND EXISTS (SELECT FROM guideline_picture g WHERE g.organization_id = m.organization_id AND g.project_id = m.project_id
                                                 AND g.media_id = m.media_id)
RETURNING m.media_id;

-- guideline_picture --
-- A picture of the guidelines. Without "drafts", only one that a version shows: what its author has not saved is nobody else's.
SELECT m.media_id, m.chunk_key_id, m.sealed_bytes, m.sealed, m.object_name
  FROM media m
 WHERE m.organization_id = %(organization_id)s AND m.project_id = %(project_id)s AND m.media_id = %(media_id)s AND m.state = 'stored'
   AND EXISTS (SELECT FROM guideline_picture g WHERE g.organization_id = m.organization_id AND g.project_id = m.project_id
                                                 AND g.media_id = m.media_id AND (%(drafts)s OR g.version > 0));

-- set_guideline_version --
UPDATE project SET guideline_version = %(version)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- set_queue_guideline --
UPDATE queue SET guideline_version = %(version)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- guideline_version --
SELECT version, chunk_key_id, sealed, created_at FROM guideline_version
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND version = %(version)s;

-- guideline_versions --
SELECT v.version, v.chunk_key_id, v.sealed_summary, v.needs_consent, v.created_at, coalesce(m.pseudonym, '') AS pseudonym
  FROM guideline_version v
  LEFT JOIN membership m ON m.organization_id = v.organization_id AND m.person_id = v.person_id
 WHERE v.organization_id = %(organization_id)s AND v.project_id = %(project_id)s ORDER BY v.version;

-- consented_version --
-- The newest version of the guidelines that a person consented to; 0 for none.
SELECT coalesce(max(m.consented_version), 0) FROM queue q
  JOIN queue_member m ON m.organization_id = q.organization_id AND m.queue_id = q.queue_id AND m.person_id = %(person_id)s
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s;

-- consent --
-- Consenting is what lets the next claim through; it also takes a person onto an open queue. Later versions that nobody has to read
-- again come with it.
INSERT INTO queue_member AS m (organization_id, queue_id, person_id, consented_version)
SELECT q.organization_id, q.queue_id, %(person_id)s,
       CASE WHEN EXISTS (SELECT FROM guideline_version v WHERE v.organization_id = q.organization_id AND v.project_id = q.project_id
                                                           AND v.version > %(version)s AND v.needs_consent)
            THEN %(version)s ELSE q.guideline_version END
  FROM queue q
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s
   AND (q.is_open OR EXISTS (SELECT FROM queue_member x WHERE x.organization_id = q.organization_id AND x.queue_id = q.queue_id
                                AND x.person_id = %(person_id)s))
ON CONFLICT (organization_id, queue_id, person_id) DO UPDATE
   SET consented_version = greatest(m.consented_version, excluded.consented_version);

-- batch_by_name --
SELECT batch_id, state, import_id, created_at FROM batch
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND name_hash = %(name_hash)s;

-- add_batch --
INSERT INTO batch (organization_id, batch_id, project_id, chunk_key_id, sealed, name_hash, state, is_open, import_id, created_at)
VALUES (%(organization_id)s, %(batch_id)s, %(project_id)s, %(chunk_key_id)s, %(sealed)s, %(name_hash)s, %(state)s,
        %(state)s = 'published', %(import_id)s, %(now)s)
ON CONFLICT ON CONSTRAINT batch_name_is_taken DO NOTHING;

-- set_batch_state --
UPDATE batch SET state = %(state)s WHERE organization_id = %(organization_id)s AND batch_id = %(batch_id)s;

-- batches --
SELECT b.batch_id, b.chunk_key_id, b.sealed, b.state, b.created_at,
       (SELECT count(*) FROM task t WHERE t.organization_id = b.organization_id AND t.batch_id = b.batch_id) AS tasks
  FROM batch b
 WHERE b.organization_id = %(organization_id)s AND b.project_id = %(project_id)s
 ORDER BY b.created_at, b.batch_id;

-- batch_names --
SELECT batch_id, chunk_key_id, sealed FROM batch
 WHERE organization_id = %(organization_id)s AND batch_id = ANY(%(batch_ids)s::uuid[]);

-- work --
-- The projects a person may label in, or review in, with what is there for her.
SELECT p.project_id, p.chunk_key_id, p.sealed, p.preset, p.state, p.due_at, p.guideline_version, q.is_paused,
       coalesce(m.consented_version, 0) AS consented_version,
       (SELECT count(*) FROM assignment a WHERE a.organization_id = q.organization_id AND a.queue_id = q.queue_id
                                            -- what is only set aside they do not have yet: told, it would tell gold from work
                                            AND a.person_id = %(person_id)s AND a.state IN (1, 5)
                                            AND (a.state = 1 OR a.lease_until = 'infinity')) AS held,
       (SELECT coalesce(sum(h.answers), 0) FROM project_hour h WHERE h.organization_id = p.organization_id AND h.project_id = p.project_id
                                            AND h.annotator_no = %(annotator_no)s) AS done_by_me,
       (SELECT count(*) FROM assignment a WHERE a.organization_id = q.organization_id AND a.queue_id = q.queue_id
                                            AND a.person_id = %(person_id)s AND a.state IN (1, 5) AND a.is_rework) AS rework_held,
       (SELECT count(*) FROM assignment a JOIN queue l ON l.organization_id = a.organization_id AND l.queue_id = a.queue_id
         WHERE l.organization_id = q.organization_id AND l.project_id = q.project_id AND l.stage = 2
           AND a.person_id = %(person_id)s AND a.state = 1) AS review_held,
       (SELECT count(*) FROM assignment a JOIN queue l ON l.organization_id = a.organization_id AND l.queue_id = a.queue_id
         WHERE l.organization_id = q.organization_id AND l.project_id = q.project_id AND l.stage = 3
           AND a.person_id = %(person_id)s AND a.state = 1) AS adjudication_held,
       (SELECT count(*) FROM assignment a JOIN queue l ON l.organization_id = a.organization_id AND l.queue_id = a.queue_id
         WHERE l.organization_id = q.organization_id AND l.project_id = q.project_id AND l.stage = 5
           AND a.person_id = %(person_id)s AND a.state = 1) AS audit_held,
       (SELECT count(*) FROM slot k JOIN queue l ON l.organization_id = k.organization_id AND l.queue_id = k.queue_id
         WHERE l.organization_id = q.organization_id AND l.project_id = q.project_id AND l.stage = 5
           AND NOT EXISTS (SELECT FROM assignment a WHERE a.organization_id = k.organization_id AND a.task_id = k.task_id
                                                      AND a.person_id = %(person_id)s AND a.state <> 3)) AS audits_waiting,
       -- Whether a claim would find something, looked for as it does: from the watermark on, and a little from the floor. What is set aside
       -- for somebody else counts: nobody is sent away while it is.
       (EXISTS (SELECT FROM slot k
                 WHERE k.organization_id = q.organization_id AND k.queue_id = q.queue_id
                   AND k.rank > CASE WHEN m.scan_generation = q.generation THEN greatest(m.scan_from, q.floor_rank) ELSE q.floor_rank END
                   AND NOT EXISTS (SELECT FROM assignment a WHERE a.organization_id = k.organization_id AND a.task_id = k.task_id
                                                              AND a.person_id = %(person_id)s AND a.state <> 3 OFFSET 0))
        OR EXISTS (SELECT FROM (SELECT k.organization_id, k.task_id FROM slot k
                                 WHERE k.organization_id = q.organization_id AND k.queue_id = q.queue_id
                                 ORDER BY k.rank LIMIT 100) k
                    WHERE NOT EXISTS (SELECT FROM assignment a WHERE a.organization_id = k.organization_id AND a.task_id = k.task_id
                                                                 AND a.person_id = %(person_id)s AND a.state <> 3 OFFSET 0))
        OR EXISTS (SELECT FROM assignment o
                    WHERE o.organization_id = q.organization_id AND o.queue_id = q.queue_id AND o.state = 5 AND o.lease_until < 'infinity'
                      AND NOT o.is_rework AND o.rank IS NOT NULL AND o.person_id <> %(person_id)s
                      AND NOT EXISTS (SELECT FROM assignment a WHERE a.organization_id = o.organization_id AND a.task_id = o.task_id
                                                                 AND a.person_id = %(person_id)s AND a.state <> 3 OFFSET 0))) AS is_dealt,
       q.is_open OR m.person_id IS NOT NULL AS may_label, q.is_staged, c.tasks, c.done, c.in_review, c.in_adjudication, c.rework
  FROM queue q
  JOIN project p ON p.organization_id = q.organization_id AND p.project_id = q.project_id
  LEFT JOIN project_count c ON c.organization_id = p.organization_id AND c.project_id = p.project_id
  LEFT JOIN queue_member m ON m.organization_id = q.organization_id AND m.queue_id = q.queue_id AND m.person_id = %(person_id)s
 WHERE q.organization_id = %(organization_id)s AND q.stage = 1 AND p.state IN ('active', 'paused')
   AND (q.is_open OR m.person_id IS NOT NULL
        OR (%(reviews)s AND (q.is_staged OR EXISTS (SELECT FROM queue l WHERE l.organization_id = q.organization_id
                                                                         AND l.project_id = q.project_id AND l.stage = 5))))
   AND NOT is_removed(p.organization_id, p.project_id, %(person_id)s)
 ORDER BY p.created_at DESC, p.project_id DESC
 LIMIT 200;

-- part matching_tasks --
-- Tasks of a project behind a place, filtered; filters that are null do not filter. judge_id: the reader, where they review and may not
-- manage. Answered before a version of the guidelines is also what
-- was sent after it by somebody who had not read it: an answer keeps the version that its author had read.
    FROM task t
    JOIN queue q ON q.organization_id = t.organization_id AND q.project_id = t.project_id AND q.stage = 1
    LEFT JOIN LATERAL (SELECT s.place, s.resolved_id FROM task_stage s
                        WHERE s.organization_id = t.organization_id AND s.task_id = t.task_id LIMIT 1) at ON true
   WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s
     AND t.task_no > %(after)s
     AND EXISTS (SELECT FROM batch b WHERE b.organization_id = t.organization_id AND b.batch_id = t.batch_id AND b.state = 'published')
     AND (t.trashed_at IS NOT NULL) = (%(state)s::text IS NOT DISTINCT FROM 'trashed'::text)
     AND (%(state)s::text IS NULL OR %(state)s::text = 'trashed'
          OR (%(state)s::text IN ('done', 'open') AND (%(state)s::text = 'done') = coalesce(
                at.place = 'done',
                EXISTS (SELECT FROM consensus c WHERE c.organization_id = t.organization_id AND c.task_id = t.task_id
                                                  AND c.queue_id = q.queue_id AND c.is_done)))
          OR at.place = CASE %(state)s::text WHEN 'in-review' THEN 'review' WHEN 'in-adjudication' THEN 'adjudicate' WHEN 'rework' THEN 'rework' END
          OR (%(state)s::text = 'held' AND EXISTS (
                SELECT FROM assignment a WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id AND a.state = 1))
          OR (%(state)s::text = 'skipped' AND EXISTS (
                SELECT FROM assignment a WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id AND a.state = 6))
          OR (%(state)s::text = 'reported' AND EXISTS (
                SELECT FROM remark r WHERE r.organization_id = t.organization_id AND r.task_id = t.task_id
                                       AND r.kind = 'report' AND r.closed_at IS NULL))
          OR (%(state)s::text = 'asked' AND EXISTS (
                SELECT FROM remark r WHERE r.organization_id = t.organization_id AND r.task_id = t.task_id
                                       AND r.kind = 'comment' AND r.reply_to IS NULL AND r.closed_at IS NULL)))
     AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
     AND (%(external_hash)s::bytea IS NULL OR t.external_hash = %(external_hash)s)
     AND (%(task_id)s::uuid IS NULL OR t.task_id = %(task_id)s)
     AND (%(tag_hash)s::bytea IS NULL OR EXISTS (
            SELECT FROM task_tag g WHERE g.organization_id = t.organization_id AND g.project_id = t.project_id
                                     AND g.tag_hash = %(tag_hash)s AND g.task_id = t.task_id))
     AND (%(person_id)s::uuid IS NULL OR EXISTS (
            SELECT FROM assignment a WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id
                                       AND a.person_id = %(person_id)s))
     -- Whose answer it is, nobody learns before their verdict by asking for somebody's tasks.
     AND (%(person_id)s::uuid IS NULL OR NOT coalesce(at.place IN ('review', 'adjudicate'), false)
          OR (%(judge_id)s::uuid IS NULL AND NOT EXISTS (
                SELECT FROM assignment a WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id
                                           AND a.person_id = %(reader_id)s AND a.state = 1)))
     -- Where reviewers are dealt known work, the table shows them neither gold, nor what they judged, nor what may come to be reviewed:
     -- by what it shows of a task, before it is dealt or after, they would tell gold from work.
     AND (%(judge_id)s::uuid IS NULL
          OR NOT EXISTS (SELECT FROM queue k WHERE k.organization_id = t.organization_id AND k.project_id = t.project_id
                                               AND k.stage = 2 AND k.gold_per_mille > 0)
          OR (coalesce(at.place = 'done',
                       EXISTS (SELECT FROM consensus c WHERE c.organization_id = t.organization_id AND c.task_id = t.task_id
                                                         AND c.queue_id = q.queue_id AND c.is_done))
              AND NOT EXISTS (SELECT FROM gold_answer g WHERE g.organization_id = t.organization_id AND g.task_id = t.task_id
                                                          AND g.retired_at IS NULL)
              AND NOT EXISTS (SELECT FROM assignment a
                                JOIN queue k ON k.organization_id = a.organization_id AND k.queue_id = a.queue_id AND k.stage IN (2, 3)
                               WHERE a.organization_id = t.organization_id AND a.task_id = t.task_id AND a.person_id = %(judge_id)s)))
     -- By its label as the worker last wrote it: of one question, or of the least sure one.
     AND (num_nulls(%(probability_below)s::float8, %(probability_from)s::float8, %(label_question)s::smallint, %(label_code)s::float8,
                    %(label_sources)s::text[]) = 5
          OR EXISTS (
            SELECT FROM task_label l
             WHERE l.organization_id = t.organization_id AND l.project_id = t.project_id AND l.task_no = t.task_no
               AND CASE WHEN %(label_question)s::smallint IS NULL THEN l.is_least ELSE l.question_no = %(label_question)s END
               AND (%(label_code)s::float8 IS NULL OR l.code = %(label_code)s)
               AND (%(label_sources)s::text[] IS NULL OR l.source = ANY(%(label_sources)s))
               AND (%(probability_below)s::float8 IS NULL OR l.probability < %(probability_below)s)
               AND (%(probability_from)s::float8 IS NULL OR l.probability >= %(probability_from)s)))
     AND (NOT %(is_unlabeled)s::boolean OR NOT EXISTS (
            SELECT FROM task_label l
             WHERE l.organization_id = t.organization_id AND l.project_id = t.project_id AND l.task_no = t.task_no AND l.is_least))
     AND (%(guideline_before)s::int IS NULL OR EXISTS (
            SELECT FROM annotation n
             WHERE n.organization_id = t.organization_id AND n.task_id = t.task_id AND n.stage = 1
               AND NOT EXISTS (SELECT FROM annotation l WHERE l.organization_id = n.organization_id AND l.task_id = n.task_id
                                                          AND l.person_id = n.person_id AND l.version > n.version)
               AND n.guideline_version < %(guideline_before)s))
-- end of part --

-- count_gold --
-- How many tasks of a project that are not in the trash count as no work because they are gold; what was done before counts as done.
SELECT count(*) FROM gold_answer g JOIN task t ON t.organization_id = g.organization_id AND t.task_id = g.task_id AND t.trashed_at IS NULL
 WHERE g.organization_id = %(organization_id)s AND g.project_id = %(project_id)s AND g.retired_at IS NULL AND g.opinions > 0;

-- count_tasks --
-- How many tasks match, at most so many: a number for a person, without opening any.
SELECT count(*) FROM (
  SELECT
    -- use matching_tasks --
   LIMIT %(limit)s) AS found;

-- part label_origin --
-- Of a task `t`, by its history alone: its last move, what was told of it when it was last decided by rule or model, and how many had
-- answered by then. What is made of a task later, gold for example, changes nothing here. An estimate has no probability: that of such a
-- row is of the merge.
  LEFT JOIN LATERAL (SELECT x.to_place, x.by, x.resolved_id, x.at FROM decision x
                      WHERE x.organization_id = t.organization_id AND x.task_id = t.task_id ORDER BY x.no DESC LIMIT 1) moved ON true
  LEFT JOIN LATERAL (SELECT CASE WHEN cardinality(x.answer_nos) > 0 THEN x.posterior END AS posterior, x.fit_no FROM decision x
                      WHERE x.organization_id = t.organization_id AND x.task_id = t.task_id AND x.by = 'decide' ORDER BY x.no DESC LIMIT 1) told ON true
  LEFT JOIN LATERAL (SELECT count(DISTINCT x.person_id)::int AS answered FROM annotation x
                      WHERE x.organization_id = t.organization_id AND x.task_id = t.task_id AND x.stage = 1 AND x.submitted_at <= moved.at) who ON true
-- end of part --

-- feedback --
-- What was said of a person's own answers, newest first, with those answers, what stands instead, the note, and what the label was made by.
-- Not of projects that keep it sealed, and not of tasks in the trash.
SELECT v.organization_id, v.verdict_id, v.project_id, v.task_id, v.annotation_id, v.stage, v.verdict, v.reason, v.remark_id, v.resolved_id, v.at,
       o.ontology_version AS own_version, o.chunk_key_id AS own_key_id, o.sealed AS own,
       d.ontology_version AS decided_version, d.chunk_key_id AS decided_key_id, d.sealed AS decided,
       r.chunk_key_id AS note_key_id, r.sealed AS note,
       moved.to_place, moved.by AS moved_by, moved.resolved_id AS moved_resolved_id, told.posterior, told.fit_no, who.answered
  FROM verdict v
  JOIN project p ON p.organization_id = v.organization_id AND p.project_id = v.project_id AND p.feedback = 'shown' AND p.state <> 'trashed'
  JOIN task t ON t.organization_id = v.organization_id AND t.task_id = v.task_id AND t.trashed_at IS NULL
  JOIN annotation o ON o.organization_id = v.organization_id AND o.annotation_id = v.annotation_id
  LEFT JOIN annotation d ON d.organization_id = v.organization_id AND d.annotation_id = v.resolved_id
  LEFT JOIN remark r ON r.organization_id = v.organization_id AND r.remark_id = v.remark_id
    -- use label_origin --
 WHERE v.organization_id = %(organization_id)s AND v.author_id = %(person_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (v.at, v.verdict_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY v.at DESC, v.verdict_id DESC
 LIMIT %(limit)s;

-- my_answer --
-- One's own answer to a task, the newest version or the one that is named, with the item, and what was last decided on it where the project
-- shows that. Whether a task is gold is not asked.
SELECT n.organization_id, n.project_id, n.task_id, n.annotation_id, n.person_id, n.version, n.submitted_at, n.guideline_version,
       n.ontology_version AS own_version, n.chunk_key_id AS own_key_id, n.sealed AS own,
       t.version AS task_version, t.chunk_key_id AS item_key_id, t.sealed AS item,
       is_removed(n.organization_id, n.project_id, n.person_id) AS is_removed,
       v.verdict_id, v.stage, v.verdict, v.reason, v.remark_id, v.resolved_id, v.at,
       d.ontology_version AS decided_version, d.chunk_key_id AS decided_key_id, d.sealed AS decided,
       r.chunk_key_id AS note_key_id, r.sealed AS note,
       moved.to_place, moved.by AS moved_by, moved.resolved_id AS moved_resolved_id, told.posterior, told.fit_no, who.answered
  FROM annotation n
  JOIN project p ON p.organization_id = n.organization_id AND p.project_id = n.project_id AND p.state <> 'trashed'
  JOIN task t ON t.organization_id = n.organization_id AND t.task_id = n.task_id AND t.trashed_at IS NULL
  LEFT JOIN LATERAL (SELECT x.* FROM verdict x
                      WHERE p.feedback = 'shown' AND x.organization_id = n.organization_id AND x.annotation_id = n.annotation_id
                      ORDER BY x.no DESC LIMIT 1) v ON true
  LEFT JOIN annotation d ON d.organization_id = v.organization_id AND d.annotation_id = v.resolved_id
  LEFT JOIN remark r ON r.organization_id = v.organization_id AND r.remark_id = v.remark_id
    -- use label_origin --
 WHERE n.organization_id = %(organization_id)s AND n.project_id = %(project_id)s AND n.task_id = %(task_id)s
   AND n.person_id = %(person_id)s AND n.stage = 1
   AND (%(annotation_id)s::uuid IS NULL OR n.annotation_id = %(annotation_id)s)
 ORDER BY n.version DESC LIMIT 1;

-- part page_columns --
         t.organization_id, t.task_id, t.task_no, t.batch_id, t.chunk_key_id, t.version, t.priority, t.due_at, t.trashed_at,
         t.sealed, q.queue_id, q.opinions, at.place, at.resolved_id, ((255 - t.priority)::bigint << 51) + t.task_no AS rank
-- end of part --

-- part page_details --
SELECT p.task_id, p.task_no, p.batch_id, p.chunk_key_id, p.version, p.priority, p.due_at, p.trashed_at, p.sealed, p.probability,
       c.got, coalesce(p.place = 'done', c.is_done, false) AS is_done, p.place,
       r.annotation_id, r.person_id, r.stage, r.ontology_version, r.chunk_key_id AS resolved_key_id, r.sealed AS resolved,
       r.submitted_at AS resolved_at, m.pseudonym AS resolved_by,
       coalesce(c.wanted, (SELECT s.wanted FROM slot s WHERE s.organization_id = p.organization_id AND s.queue_id = p.queue_id
                                                         AND s.rank = p.rank), p.opinions) AS wanted,
       (SELECT count(*) FROM assignment a WHERE a.organization_id = p.organization_id AND a.task_id = p.task_id AND a.state = 1) AS held,
       (SELECT count(*) FROM assignment a WHERE a.organization_id = p.organization_id AND a.task_id = p.task_id AND a.state = 6) AS skipped,
       (SELECT count(*) FROM remark r WHERE r.organization_id = p.organization_id AND r.task_id = p.task_id AND r.kind = 'report'
                                         AND r.closed_at IS NULL) AS reports,
       (SELECT max(n.submitted_at) FROM annotation n WHERE n.organization_id = p.organization_id AND n.task_id = p.task_id) AS last_answer_at,
       (SELECT g.kind FROM gold_answer g WHERE g.organization_id = p.organization_id AND g.task_id = p.task_id
                                           AND g.retired_at IS NULL) AS gold
  FROM page p
  LEFT JOIN LATERAL (SELECT c.got, c.wanted, c.is_done FROM consensus c
                      WHERE c.organization_id = p.organization_id AND c.task_id = p.task_id AND c.queue_id = p.queue_id
                      LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT n.annotation_id, n.person_id, n.stage, n.ontology_version, n.chunk_key_id, n.sealed, n.submitted_at
                       FROM annotation n WHERE n.organization_id = p.organization_id AND n.annotation_id = p.resolved_id
                      LIMIT 1) r ON true
  LEFT JOIN membership m ON m.organization_id = p.organization_id AND m.person_id = r.person_id
-- end of part --

-- tasks --
-- One page of the data table, newest last, by keyset on task_no. Filters that are null do not filter.
-- First the page alone, in the order of its index, then what else is shown of it, row by row by whole keys: whatever the planner
-- believes of the tables' sizes, a page costs the same in a project of ten tasks and of ten million. The rank is computed there
-- because row-level security lets only comparisons into an index, and no arithmetic (none of it is leakproof).
WITH page AS MATERIALIZED (
  SELECT NULL::float8 AS probability,
    -- use page_columns --
    -- use matching_tasks --
   ORDER BY t.task_no
   LIMIT %(limit)s)
    -- use page_details --
 ORDER BY p.task_no;

-- tasks_least_sure --
-- One page of the data table, the least sure label first, by keyset on probability and task_no. Labels come in the order of their index, and
-- of each its task is looked at alone: "limit 1" keeps that a probe. What else filters costs what it passes over.
WITH page AS MATERIALIZED (
  SELECT l.probability, found.*
    FROM task_label l CROSS JOIN LATERAL (
      SELECT
    -- use page_columns --
    -- use matching_tasks --
         AND t.task_no = l.task_no
       LIMIT 1) found
   WHERE l.organization_id = %(organization_id)s AND l.project_id = %(project_id)s AND l.is_least
     AND (l.probability, l.task_no) > (%(after_probability)s::float8, %(after_no)s::bigint)
     AND l.probability < coalesce(%(probability_below)s::float8, 2)
   ORDER BY l.probability, l.task_no
   LIMIT %(limit)s)
    -- use page_details --
 ORDER BY p.probability, p.task_no;

-- tasks_most_sure --
-- The same, the surest first.
WITH page AS MATERIALIZED (
  SELECT l.probability, found.*
    FROM task_label l CROSS JOIN LATERAL (
      SELECT
    -- use page_columns --
    -- use matching_tasks --
         AND t.task_no = l.task_no
       LIMIT 1) found
   WHERE l.organization_id = %(organization_id)s AND l.project_id = %(project_id)s AND l.is_least
     AND (l.probability, l.task_no) < (%(after_probability)s::float8, %(after_no)s::bigint)
     AND l.probability >= coalesce(CASE WHEN %(label_question)s::smallint IS NULL THEN %(probability_from)s::float8 END, -1)
   ORDER BY l.probability DESC, l.task_no DESC
   LIMIT %(limit)s)
    -- use page_details --
 ORDER BY p.probability DESC, p.task_no DESC;

-- task --
SELECT t.task_id, t.task_no, t.project_id, t.batch_id, t.chunk_key_id, t.version, t.priority, t.due_at, t.trashed_at, t.sealed
  FROM task t WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_id = %(task_id)s;

-- holds --
-- Whether a person holds a task now.
SELECT EXISTS (SELECT FROM assignment WHERE organization_id = %(organization_id)s AND task_id = %(task_id)s AND person_id = %(person_id)s
                  AND state = 1 AND lease_until > %(now)s);

-- annotations --
-- The newest version of everybody's answer to some tasks: of annotators, not of who reviewed or adjudicated them.
SELECT DISTINCT ON (n.task_id, n.person_id) n.task_id, n.person_id, n.version, n.annotation_id, n.annotator_no, n.ontology_version,
       n.guideline_version, n.chunk_key_id, n.submitted_at, n.active_ms, n.elapsed_ms, n.manner, n.stage, n.sealed, m.pseudonym,
       EXISTS (SELECT FROM ruling r WHERE r.organization_id = n.organization_id AND r.task_id = n.task_id AND r.person_id = n.person_id
                                      AND r.kind = 'rejection' AND r.overturned_at IS NULL) AS is_rejected
  FROM annotation n JOIN membership m ON m.organization_id = n.organization_id AND m.person_id = n.person_id
 WHERE n.organization_id = %(organization_id)s AND n.task_id = ANY(%(task_ids)s::uuid[]) AND n.stage = 1
 ORDER BY n.task_id, n.person_id, n.version DESC;

-- was_dealt --
-- Whether a task was ever in this person's hands.
SELECT EXISTS (SELECT FROM assignment WHERE organization_id = %(organization_id)s AND task_id = %(task_id)s AND person_id = %(person_id)s);

-- remarks --
-- Without "all", other annotators' remarks are left out, and what was replied to them: opinions on one task are blind to each other.
-- Once it is decided, what was said in comments is no secret among those who answered it.
SELECT r.remark_id, r.task_id, r.person_id, r.kind, r.reason, r.reply_to, r.chunk_key_id, r.sealed, r.at, r.closed_at, m.pseudonym,
       c.pseudonym AS closed_by
  FROM remark r
  JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
  LEFT JOIN membership c ON c.organization_id = r.organization_id AND c.person_id = r.closed_by
  LEFT JOIN remark o ON o.organization_id = r.organization_id AND o.remark_id = r.reply_to
  LEFT JOIN membership b ON b.organization_id = o.organization_id AND b.person_id = o.person_id
 WHERE r.organization_id = %(organization_id)s AND r.task_id = %(task_id)s
   AND r.kind <> 'verdict'
   AND (%(all)s OR r.person_id = %(person_id)s
        OR (m.role <> 'annotator' AND (o.remark_id IS NULL OR o.person_id = %(person_id)s OR b.role <> 'annotator'))
        OR (r.kind = 'comment' AND coalesce(
              (SELECT s.place = 'done' FROM task_stage s WHERE s.organization_id = r.organization_id AND s.task_id = r.task_id),
              (SELECT bool_and(d.is_done) FROM consensus d WHERE d.organization_id = r.organization_id AND d.task_id = r.task_id))))
   -- Of gold neither what was said before a person was dealt it nor what others say of it: either may tell that it is gold.
   AND (%(all)s OR r.person_id = %(person_id)s
        OR NOT EXISTS (SELECT FROM gold_answer g WHERE g.organization_id = r.organization_id AND g.task_id = r.task_id)
        OR (m.role <> 'annotator'
            AND r.at >= (SELECT a.claimed_at FROM assignment a WHERE a.organization_id = r.organization_id AND a.task_id = r.task_id
                                                                 AND a.person_id = %(person_id)s)))
 ORDER BY r.at, r.remark_id;

-- discussion --
-- What began a discussion, and by whom.
SELECT r.remark_id, r.task_id, r.project_id, r.person_id, r.kind, r.guideline_version, r.chunk_key_id, r.closed_at, m.role
  FROM remark r JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
 WHERE r.organization_id = %(organization_id)s AND r.project_id = %(project_id)s AND r.remark_id = %(remark_id)s AND r.reply_to IS NULL;

-- discussions --
-- Of the guidelines, newest first, by keyset on (at, remark_id).
SELECT r.remark_id, r.guideline_version, r.chunk_key_id, r.sealed, r.at, r.closed_at, m.pseudonym, c.pseudonym AS closed_by
  FROM remark r
  JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
  LEFT JOIN membership c ON c.organization_id = r.organization_id AND c.person_id = r.closed_by
 WHERE r.organization_id = %(organization_id)s AND r.project_id = %(project_id)s AND r.task_id IS NULL AND r.reply_to IS NULL
   AND (%(state)s::text IS NULL OR (r.closed_at IS NULL) = (%(state)s::text = 'open'))
   AND (%(before_at)s::timestamptz IS NULL OR (r.at, r.remark_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY r.at DESC, r.remark_id DESC
 LIMIT %(limit)s;

-- replies --
SELECT r.remark_id, r.reply_to, r.chunk_key_id, r.sealed, r.at, m.pseudonym
  FROM remark r JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
 WHERE r.organization_id = %(organization_id)s AND r.reply_to = ANY(%(remark_ids)s::uuid[])
 ORDER BY r.at, r.remark_id;

-- people_of_discussion --
-- Everybody who said something in it. annotators: also those, where what one of them says is no secret to the others.
SELECT DISTINCT r.person_id
  FROM remark r JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
 WHERE r.organization_id = %(organization_id)s AND (r.remark_id = %(remark_id)s OR r.reply_to = %(remark_id)s)
   AND (%(annotators)s OR m.role <> 'annotator');

-- count_replies --
SELECT count(*) FROM remark WHERE organization_id = %(organization_id)s AND reply_to = %(remark_id)s;

-- resolve --
-- No row: it was already.
UPDATE remark SET closed_at = %(now)s, closed_by = %(person_id)s
 WHERE organization_id = %(organization_id)s AND remark_id = %(remark_id)s AND closed_at IS NULL
RETURNING remark_id;

-- reopen_discussion --
UPDATE remark SET closed_at = NULL, closed_by = NULL
 WHERE organization_id = %(organization_id)s AND remark_id = %(remark_id)s AND closed_at IS NOT NULL
RETURNING remark_id;

-- people_of_task --
-- Everybody in whose hands a task ever was.
SELECT person_id FROM assignment WHERE organization_id = %(organization_id)s AND task_id = %(task_id)s;

-- people_of_project --
-- Everybody who has labeled in a project, or may.
SELECT DISTINCT m.person_id
  FROM queue_member m JOIN queue q ON q.organization_id = m.organization_id AND q.queue_id = m.queue_id
 WHERE m.organization_id = %(organization_id)s AND q.project_id = %(project_id)s;

-- add_remark --
INSERT INTO remark (organization_id, remark_id, task_id, project_id, guideline_version, reply_to, person_id, kind, reason, chunk_key_id,
                    sealed, at)
VALUES (%(organization_id)s, %(remark_id)s, %(task_id)s, %(project_id)s, %(guideline_version)s, %(reply_to)s, %(person_id)s, %(kind)s,
        %(reason)s, %(chunk_key_id)s, %(sealed)s, %(now)s)
ON CONFLICT (organization_id, remark_id) DO NOTHING;

-- looks --
SELECT l.at, l.action, l.purpose, l.subject_id, l.decision, l.rule, coalesce(encode(ledger_entry_id(g.salt, l.xid, l.id), 'hex'), '') AS entry_id,
       m.pseudonym
  FROM looks_of(%(object_id)s, %(limit)s) l
  LEFT JOIN ledger_log g ON g.organization_id = %(organization_id)s AND g.state <> 'closed'
  LEFT JOIN membership m ON m.organization_id = %(organization_id)s AND m.actor_commitment = l.actor_commitment
 ORDER BY l.at DESC, l.xid DESC, l.id DESC;

-- looks_page --
-- A page of looks: what matches among at most `walked` rows, which an index gives in order. The last of those is returned too when the
-- page is not full, so that the next page goes on behind it: a page costs the same however rare what is looked for, and however old
-- the log. Its place in the log is a probe of one index for each row that is shown.
WITH walked AS MATERIALIZED (
  SELECT l.*, row_number() OVER (ORDER BY l.at DESC, l.xid DESC, l.id DESC) AS nth
    FROM looks_walked(%(object_id)s, %(actor)s, %(denied)s, %(since)s, %(at)s, %(xid)s::xid8, %(id)s::bigint, %(walked)s::int) l
), hits AS (
  SELECT w.*, true AS is_hit FROM walked w
   WHERE (%(purpose)s::text IS NULL OR w.purpose = %(purpose)s) AND (NOT %(denied)s OR w.action = 8)
     AND (NOT %(people)s OR w.actor_commitment IS NOT NULL)
     AND (%(actor)s::bytea IS NULL OR w.actor_commitment = %(actor)s)
   ORDER BY w.nth LIMIT %(limit)s
), shown AS (
  SELECT * FROM hits
  UNION ALL
  SELECT w.*, false FROM walked w WHERE w.nth = %(walked)s AND (SELECT count(*) FROM hits) < %(limit)s
)
SELECT s.xid, s.id, s.at, s.action, s.purpose, s.object_id, s.object_ids, s.decision, s.rule, s.is_hit,
       nullif(s.actor_organization_id, %(organization_id)s) AS vendor_id, s.actor_commitment IS NOT NULL AS is_person,
       m.pseudonym, m.role, encode(ledger_entry_id(g.salt, s.xid, s.id), 'hex') AS entry_id, f.index,
       coalesce(f.index < g.published_size, false) AS is_published
  FROM shown s
  LEFT JOIN ledger_log g ON g.organization_id = %(organization_id)s AND g.state <> 'closed'
  LEFT JOIN membership m ON m.organization_id = %(organization_id)s AND m.actor_commitment = s.actor_commitment
  LEFT JOIN LATERAL (SELECT k.index FROM ledger_leaf k
                      WHERE k.organization_id = %(organization_id)s AND k.generation = g.generation
                        AND k.entry_id = ledger_entry_id(g.salt, s.xid, s.id) LIMIT 1) f ON true
 ORDER BY s.nth;

-- actor_of --
-- The commitment that stands for a person in this organization's entries, by the pseudonym.
SELECT actor_commitment FROM membership WHERE organization_id = %(organization_id)s AND pseudonym = %(pseudonym)s;

-- my_answers --
-- What was taught is not answered again: its answer was told.
SELECT n.task_id, n.annotation_id, n.submitted_at, n.version, n.chunk_key_id, n.ontology_version, n.sealed, a.state, t.trashed_at,
       EXISTS (SELECT FROM gold_answer g WHERE g.organization_id = a.organization_id AND g.task_id = a.task_id AND g.kind = 'taught') AS is_taught,
       q.is_staged
  FROM assignment a
  JOIN queue q ON q.organization_id = a.organization_id AND q.queue_id = a.queue_id
  JOIN annotation n ON n.organization_id = a.organization_id AND n.task_id = a.task_id AND n.person_id = a.person_id
                   AND n.version = CASE WHEN a.state IN (1, 5) THEN a.revision - 1 ELSE a.revision END AND n.stage = 1
  JOIN task t ON t.organization_id = n.organization_id AND t.task_id = n.task_id
 WHERE a.organization_id = %(organization_id)s AND a.person_id = %(person_id)s AND n.project_id = %(project_id)s AND a.state IN (1, 2, 5)
   AND (%(before_at)s::timestamptz IS NULL OR (n.submitted_at, n.task_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY n.submitted_at DESC, n.task_id DESC
 LIMIT %(limit)s;

-- wall_holds --
-- Newest first. Who countersigned is told by the pseudonym.
SELECT h.hold_id, h.change_id, h.epoch, h.opened_at, h.chain, h.countersigned_at, m.pseudonym AS countersigned_by,
       coalesce(w.wall_percent, 10) AS wall_percent
  FROM wall_hold h
  LEFT JOIN wall_policy w ON w.organization_id = h.organization_id
  LEFT JOIN membership m ON m.organization_id = h.organization_id AND m.actor_commitment = h.countersigned_by
 WHERE h.organization_id = %(organization_id)s
 ORDER BY h.opened_at DESC, h.hold_id DESC
 LIMIT 200;

-- statements_between --
SELECT document FROM statements_between(%(parties)s, %(named)s);

-- standing_still --
-- What people hold while time is stopped for it.
SELECT count(*) AS tasks, count(DISTINCT a.person_id) AS people, count(DISTINCT a.queue_id) AS projects
  FROM assignment a
 WHERE a.organization_id = %(organization_id)s AND a.state = 1 AND a.lease_until = 'infinity';

-- wall_hold_countersign --
SELECT wall_hold_countersign(%(token_sha256)s, %(hold_id)s, %(digest)s, %(now)s);

-- stage_submit --
SELECT * FROM stage_submit(%(token_sha256)s, %(project_id)s, %(task_id)s, %(stage)s::smallint, %(key)s, %(action)s, %(annotations)s::uuid[],
                           %(verdicts)s::text[], %(reasons)s::text[], %(ids)s::uuid[], %(remarks)s::uuid[], %(notes)s::bytea[],
                           %(chunk_key_id)s, %(annotation_id)s, %(sealed)s, %(digest)s, %(ontology_version)s, %(opinions)s::smallint,
                           %(question_nos)s::smallint[], %(codes)s::float8[], %(rounds_max)s::smallint, %(active_ms)s, %(next)s, %(held)s, %(now)s);

-- verdict_take_back --
SELECT * FROM verdict_take_back(%(token_sha256)s, %(project_id)s, %(task_id)s, %(within)s::interval, %(now)s);

-- answers_to_judge --
-- Everybody's newest answer of the label stage to a task; of a known one those that this reviewer was dealt it with, one of which may have
-- been planted: it is somebody's own, by its id.
WITH known AS (
  SELECT known_answers(a.organization_id, a.task_id, a.claimed_at) AS ids FROM assignment a
    JOIN queue k ON k.organization_id = a.organization_id AND k.queue_id = a.queue_id AND k.stage = 2
   WHERE a.organization_id = %(organization_id)s AND a.task_id = %(task_id)s AND a.person_id = %(person_id)s AND a.rank IS NULL)
(SELECT DISTINCT ON (n.person_id) n.task_id, n.person_id, n.version, n.annotation_id, n.ontology_version, n.chunk_key_id, n.sealed
  FROM annotation n
 WHERE n.organization_id = %(organization_id)s AND n.task_id = %(task_id)s AND n.stage = 1
   AND NOT EXISTS (SELECT FROM known WHERE n.annotation_id <> ALL (known.ids))
   -- what was rejected is judged no more, but where it was dealt as known work
   AND (EXISTS (SELECT FROM known WHERE n.annotation_id = ANY (known.ids))
        OR NOT EXISTS (SELECT FROM ruling r WHERE r.organization_id = n.organization_id AND r.task_id = n.task_id AND r.person_id = n.person_id
                                              AND r.kind = 'rejection' AND r.overturned_at IS NULL))
 ORDER BY n.person_id, n.version DESC)
UNION ALL
SELECT f.task_id, f.flaw_id, 1::smallint, f.flaw_id, f.ontology_version, f.chunk_key_id, f.sealed
  FROM planted_flaw f JOIN known ON f.flaw_id = ANY (known.ids)
 WHERE f.organization_id = %(organization_id)s AND f.task_id = %(task_id)s;

-- answers_as_judged --
-- The versions of answers to a task that verdicts were said of, by their ids.
SELECT n.task_id, n.annotation_id, n.chunk_key_id, n.sealed
  FROM annotation n
 WHERE n.organization_id = %(organization_id)s AND n.task_id = %(task_id)s AND n.annotation_id = ANY(%(annotation_ids)s::uuid[]);

-- verdicts --
-- What was said of the answers to some tasks, oldest first, with the author of each: whoever sees it knows them by number or name.
SELECT v.verdict_id, v.task_id, v.annotation_id, v.author_id, v.stage, v.verdict, v.reason, v.resolved_id, v.at,
       dense_rank() OVER (PARTITION BY v.task_id ORDER BY v.no)::int AS round,
       r.remark_id, r.chunk_key_id, r.sealed, m.pseudonym
  FROM verdict v
  LEFT JOIN remark r ON r.organization_id = v.organization_id AND r.remark_id = v.remark_id
  JOIN membership m ON m.organization_id = v.organization_id AND m.person_id = v.reviewer_id
 WHERE v.organization_id = %(organization_id)s AND v.task_id = ANY(%(task_ids)s::uuid[])
 ORDER BY v.task_id, v.no, v.verdict_id;

-- projects_undecided --
SELECT * FROM projects_undecided();

-- is_only_decider --
-- One worker decides for a project at a time; another one's turn is no error.
SELECT pg_try_advisory_xact_lock(7021, queue_no) FROM queue
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND stage = 1;

-- undecided --
-- Tasks that have the answers they wanted, longest waiting first, with the workflow as it stands.
SELECT s.task_id, s.moves, s.rounds, s.place, s.back_to, t.task_no, c.got, p.ontology_version, p.review_rate, p.adjudicate_below,
       p.opinions AS opinions_min, p.opinions_max, p.sure
  FROM task_stage s
  JOIN project p ON p.organization_id = s.organization_id AND p.project_id = s.project_id
  JOIN queue q ON q.organization_id = s.organization_id AND q.project_id = s.project_id AND q.stage = 1
  JOIN task t ON t.organization_id = s.organization_id AND t.task_id = s.task_id AND t.trashed_at IS NULL
  JOIN consensus c ON c.organization_id = s.organization_id AND c.task_id = s.task_id AND c.queue_id = q.queue_id
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s AND s.is_undecided
 ORDER BY s.since, s.task_id
 LIMIT %(limit)s;

-- votes_on --
SELECT task_no, question_no, annotator_no, code FROM vote
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND task_no = ANY(%(task_nos)s::bigint[])
 ORDER BY task_no, question_no, annotator_no;

-- stage_decide --
SELECT stage_decide(%(project_id)s, %(task_id)s, %(moves)s, %(got)s::smallint, %(to_place)s, %(opinions)s::smallint, %(model)s,
                    %(model_version)s, %(posterior)s, %(question)s, %(review_rate)s, %(adjudicate_below)s, %(opinions_min)s::smallint,
                    %(opinions_max)s::smallint, %(sure)s, %(fit_no)s, %(why)s, %(answer_nos)s::smallint[], %(answer_codes)s::float8[],
                    %(estimate_nos)s::smallint[], %(estimates)s::float8[], %(estimate_lows)s::float8[], %(estimate_highs)s::float8[],
                    %(estimate_models)s::text[], %(estimate_versions)s::text[], %(question_nos)s::smallint[], %(annotator_nos)s::int[], %(codes)s::float8[], %(now)s);

-- decisions --
-- The history of some tasks: every move between stages, oldest first.
SELECT d.*, m.pseudonym FROM decision d
  LEFT JOIN membership m ON m.organization_id = d.organization_id AND m.person_id = d.person_id
 WHERE d.organization_id = %(organization_id)s AND d.task_id = ANY(%(task_ids)s::uuid[])
 ORDER BY d.task_id, d.no;

-- offer_set --
SELECT * FROM offer_set(%(token_sha256)s, %(project_id)s, %(stage)s::smallint, %(queue_id)s, %(rate)s, %(currency)s, %(basis)s, %(review_hours)s,
                        %(read)s, %(now)s);

-- offers --
-- Every version of some stages, the label stage first and of each the newest.
SELECT o.stage, o.offer_no, o.rate, o.currency, o.basis, o.review_hours, o.created_at, coalesce(m.pseudonym, '') AS made_by
  FROM offer o
  LEFT JOIN membership m ON m.organization_id = o.organization_id AND m.person_id = o.person_id
 WHERE o.organization_id = %(organization_id)s AND o.project_id = %(project_id)s AND o.stage = ANY(%(stages)s::smallint[])
 ORDER BY o.stage, o.offer_no DESC;

-- owed --
-- What was done in some projects, by the offer that it was dealt under: of one person, or of everybody. One row a project, stage and offer;
-- offer_no 0, whose terms are null, is of what was dealt before there was an offer. A piece of work is an answer of labels, exams and audits,
-- by its assignment; of review and adjudication an owed verdict. accepted: of labels past their review deadline, and not sent back to their author
-- then; of the rest all, for nobody rejects it. Time is that of every version of an answer; gold and work count alike.
WITH piece AS (
  SELECT q.project_id, q.stage, a.offer_no, n.active_ms, n.submitted_at, r.ruling_id IS NOT NULL AS is_rejected,
         a.is_rework AND a.state IN (1, 5) AS is_away
    FROM queue q
    JOIN assignment a ON a.organization_id = q.organization_id AND a.queue_id = q.queue_id
                     AND (%(person_id)s::uuid IS NULL OR a.person_id = %(person_id)s)
   CROSS JOIN LATERAL (SELECT sum(x.active_ms)::bigint AS active_ms, max(x.submitted_at) AS submitted_at
                         FROM annotation x
                        WHERE x.organization_id = a.organization_id AND x.task_id = a.task_id AND x.person_id = a.person_id
                          AND x.stage = CASE q.stage WHEN 5 THEN 5 ELSE 1 END) n
    LEFT JOIN ruling r ON r.organization_id = a.organization_id AND r.task_id = a.task_id AND r.person_id = a.person_id
                      AND r.kind = 'rejection' AND r.overturned_at IS NULL
   WHERE q.organization_id = %(organization_id)s AND q.stage IN (1, 4, 5) AND n.submitted_at IS NOT NULL
     AND (%(project_id)s::uuid IS NULL OR q.project_id = %(project_id)s)
  UNION ALL
  SELECT j.project_id, j.stage, j.offer_no, j.active_ms::bigint, j.at, false, false
    FROM owed_verdict j
   WHERE j.organization_id = %(organization_id)s AND (%(person_id)s::uuid IS NULL OR j.person_id = %(person_id)s)
     AND (%(project_id)s::uuid IS NULL OR j.project_id = %(project_id)s))
SELECT p.project_id, p.stage, p.offer_no, o.rate, o.currency, o.basis, o.review_hours, o.created_at,
       count(*) AS answers, sum(p.active_ms)::bigint AS active_ms,
       count(*) FILTER (WHERE p.is_rejected) AS rejected, coalesce(sum(p.active_ms) FILTER (WHERE p.is_rejected), 0)::bigint AS rejected_ms,
       count(*) FILTER (WHERE s.is_accepted) AS accepted, coalesce(sum(p.active_ms) FILTER (WHERE s.is_accepted), 0)::bigint AS accepted_ms
  FROM piece p
  LEFT JOIN offer o ON o.organization_id = %(organization_id)s AND o.project_id = p.project_id AND o.stage = p.stage AND o.offer_no = p.offer_no
 CROSS JOIN LATERAL (SELECT NOT p.is_rejected AND NOT p.is_away
                            AND (p.stage <> 1 OR coalesce(p.submitted_at + make_interval(hours => o.review_hours) <= %(now)s, false)) AS is_accepted) s
 GROUP BY p.project_id, p.stage, p.offer_no, o.rate, o.currency, o.basis, o.review_hours, o.created_at
 ORDER BY p.project_id, p.stage, p.offer_no DESC;

-- standing_offers --
-- The projects that a person labels or, where they review, judges in, with the offer that stands at each stage that is theirs; exams while
-- they can be taken.
SELECT p.project_id, p.chunk_key_id, p.sealed, q.stage, o.offer_no, o.rate, o.currency, o.basis, o.review_hours, o.created_at, '' AS made_by
  FROM (SELECT x.* FROM project x WHERE x.organization_id = %(organization_id)s AND x.state <> 'trashed'
           AND EXISTS (SELECT FROM queue q
                         LEFT JOIN queue_member m ON m.organization_id = q.organization_id AND m.queue_id = q.queue_id
                                                 AND m.person_id = %(person_id)s
                        WHERE q.organization_id = x.organization_id AND q.project_id = x.project_id AND (q.stage = 1 OR %(reviews)s)
                          AND (m.person_id IS NOT NULL OR (q.is_open AND x.state IN ('active', 'paused'))))
         ORDER BY x.created_at DESC, x.project_id DESC LIMIT 200) p
  JOIN queue q ON q.organization_id = p.organization_id AND q.project_id = p.project_id
  LEFT JOIN queue_member m ON m.organization_id = q.organization_id AND m.queue_id = q.queue_id AND m.person_id = %(person_id)s
  LEFT JOIN offer o ON o.organization_id = q.organization_id AND o.project_id = q.project_id AND o.stage = q.stage AND o.offer_no = q.offer_no
 WHERE (q.stage = 1 OR (q.stage = 4 AND EXISTS (SELECT FROM exam x WHERE x.organization_id = q.organization_id AND x.queue_id = q.queue_id
                                                                    AND x.is_open))
        OR (q.stage IN (2, 3, 5) AND %(reviews)s))
   AND (m.person_id IS NOT NULL OR (q.is_open AND p.state IN ('active', 'paused')))
 ORDER BY p.created_at DESC, p.project_id DESC, q.stage;

-- stages_offered --
-- The stages that a project has, with the offer that stands at each.
SELECT q.stage, o.offer_no, o.rate, o.currency, o.basis, o.review_hours, o.created_at, coalesce(m.pseudonym, '') AS made_by
  FROM queue q
  LEFT JOIN offer o ON o.organization_id = q.organization_id AND o.project_id = q.project_id AND o.stage = q.stage AND o.offer_no = q.offer_no
  LEFT JOIN membership m ON m.organization_id = o.organization_id AND m.person_id = o.person_id
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s
 ORDER BY q.stage;

-- is_removed --
SELECT is_removed(%(organization_id)s, %(project_id)s, %(person_id)s);

-- answer_reject --
SELECT * FROM answer_reject(%(token_sha256)s, %(project_id)s, %(task_id)s, %(ruling_id)s, %(annotation_id)s, %(reason)s, %(chunk_key_id)s,
                            %(sealed)s, %(kinds)s::text[], %(subjects)s::uuid[], %(versions)s::int[], %(signals)s::text[],
                            %(counts)s::int[], %(out_of)s::int[], %(now)s);

-- author_of --
SELECT person_id FROM annotation
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND annotation_id = %(annotation_id)s;

-- person_remove --
SELECT * FROM person_remove(%(token_sha256)s, %(project_id)s, %(person_id)s, %(ruling_id)s, %(reason)s, %(chunk_key_id)s, %(sealed)s,
                            %(kinds)s::text[], %(subjects)s::uuid[], %(versions)s::int[], %(signals)s::text[], %(counts)s::int[],
                            %(out_of)s::int[], %(now)s);

-- ruling_withdraw --
SELECT ruling_withdraw(%(token_sha256)s, %(project_id)s, %(ruling_id)s, %(now)s);

-- rulings --
-- Of a project, against a person, or some by their ids; newest first, with both by pseudonym, and the appeal.
SELECT r.*, m.pseudonym, d.pseudonym AS decided_by_name, a.appeal_id, a.outcome, a.due_at AS appeal_due_at
  FROM ruling r
  JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = r.person_id
  JOIN membership d ON d.organization_id = r.organization_id AND d.person_id = r.decided_by
  LEFT JOIN appeal a ON a.organization_id = r.organization_id AND a.subject_id = r.ruling_id
 WHERE r.organization_id = %(organization_id)s
   AND (%(project_id)s::uuid IS NULL OR r.project_id = %(project_id)s)
   AND (%(person_id)s::uuid IS NULL OR r.person_id = %(person_id)s)
   AND (%(ids)s::uuid[] IS NULL OR r.ruling_id = ANY(%(ids)s))
   AND (%(before_at)s::timestamptz IS NULL OR (r.at, r.ruling_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY r.at DESC, r.ruling_id DESC
 LIMIT %(limit)s;

-- evidence --
-- Of some rulings, in their order, with the task that each item is about, what a verdict was, and the words of a remark.
SELECT e.ruling_id, e.no, e.kind, e.subject_id, e.version, e.signal, e.count, e.out_of,
       coalesce(n.task_id, v.task_id, k.task_id, CASE e.kind WHEN 'gold' THEN e.subject_id END) AS task_id, g.kind AS gold_kind,
       v.verdict, v.reason, k.project_id, k.chunk_key_id, k.sealed, x.is_passed
  FROM evidence e
  LEFT JOIN remark k ON e.kind = 'remark' AND k.organization_id = e.organization_id AND k.remark_id = e.subject_id
  LEFT JOIN sitting x ON e.kind = 'exam' AND x.organization_id = e.organization_id AND x.sitting_id = e.subject_id
  LEFT JOIN annotation n ON e.kind = 'answer' AND n.organization_id = e.organization_id AND n.annotation_id = e.subject_id
  LEFT JOIN verdict v ON e.kind = 'verdict' AND v.organization_id = e.organization_id AND v.verdict_id = e.subject_id
  LEFT JOIN gold_answer g ON e.kind = 'gold' AND g.organization_id = e.organization_id AND g.task_id = e.subject_id
 WHERE e.organization_id = %(organization_id)s AND e.ruling_id = ANY(%(ruling_ids)s::uuid[])
 ORDER BY e.ruling_id, e.no;

-- possible_evidence --
-- What of a person in a project a decision against them may rest on, the newest of each kind: what they answered to gold and whether it was
-- right, verdicts against them, answers of theirs that were rejected, exams, and what they wrote in discussions.
WITH gold AS (
  SELECT 'gold' AS kind, g.task_id AS subject_id, g.task_id, n.submitted_at AS at, bool_and(coalesce(v.code BETWEEN c.low AND c.high, false)) AS is_right
    FROM gold_answer g
    JOIN assignment a ON a.organization_id = g.organization_id AND a.task_id = g.task_id AND a.rank IS NULL AND a.person_id = %(person_id)s
                     AND (a.state = 2 OR (a.state = 1 AND a.revision > 1))
    JOIN queue q ON q.organization_id = a.organization_id AND q.queue_id = a.queue_id AND q.stage = 1
    JOIN annotation n ON n.organization_id = a.organization_id AND n.task_id = a.task_id AND n.person_id = a.person_id
                     AND n.version = CASE a.state WHEN 1 THEN a.revision - 1 ELSE a.revision END
    JOIN gold_code c ON c.organization_id = g.organization_id AND c.project_id = g.project_id AND c.task_no = g.task_no
    LEFT JOIN vote v ON v.organization_id = c.organization_id AND v.project_id = c.project_id AND v.question_no = c.question_no
                    AND v.task_no = c.task_no AND v.annotator_no = n.annotator_no
   WHERE g.organization_id = %(organization_id)s AND g.project_id = %(project_id)s AND g.retired_at IS NULL
   GROUP BY g.task_id, n.submitted_at
   ORDER BY is_right, at DESC, g.task_id LIMIT %(limit)s),
verdicts AS (
  SELECT 'verdict' AS kind, v.verdict_id AS subject_id, v.task_id, v.at, v.verdict, v.reason
    FROM verdict v
   WHERE v.organization_id = %(organization_id)s AND v.project_id = %(project_id)s AND v.author_id = %(person_id)s
     AND v.verdict IN ('fix', 'send-back')
   ORDER BY v.at DESC, v.verdict_id LIMIT %(limit)s),
rejected AS (
  SELECT 'answer' AS kind, r.annotation_id AS subject_id, r.task_id, r.at, r.reason
    FROM ruling r
   WHERE r.organization_id = %(organization_id)s AND r.project_id = %(project_id)s AND r.person_id = %(person_id)s
     AND r.kind = 'rejection' AND r.overturned_at IS NULL
   ORDER BY r.at DESC, r.ruling_id LIMIT %(limit)s),
exams AS (
  SELECT 'exam' AS kind, s.sitting_id AS subject_id, s.ended_at AS at, s.is_passed AS is_right
    FROM sitting s JOIN exam x ON x.organization_id = s.organization_id AND x.exam_id = s.exam_id AND x.project_id = %(project_id)s
   WHERE s.organization_id = %(organization_id)s AND s.person_id = %(person_id)s AND s.ended_at IS NOT NULL
   ORDER BY s.ended_at DESC, s.sitting_id LIMIT %(limit)s),
remarks AS (
  SELECT 'remark' AS kind, r.remark_id AS subject_id, r.task_id, r.at, r.chunk_key_id, r.sealed
    FROM remark r
   WHERE r.organization_id = %(organization_id)s AND r.project_id = %(project_id)s AND r.person_id = %(person_id)s
     AND r.kind IN ('comment', 'report')
   ORDER BY r.at DESC, r.remark_id LIMIT %(limit)s)
SELECT kind, subject_id, task_id, at, is_right, NULL AS verdict, NULL AS reason, NULL::uuid AS chunk_key_id, NULL::bytea AS sealed FROM gold
UNION ALL SELECT kind, subject_id, task_id, at, NULL, verdict, reason, NULL, NULL FROM verdicts
UNION ALL SELECT kind, subject_id, task_id, at, NULL, NULL, reason, NULL, NULL FROM rejected
UNION ALL SELECT kind, subject_id, NULL, at, is_right, NULL, NULL, NULL, NULL FROM exams
UNION ALL SELECT kind, subject_id, task_id, at, NULL, NULL, NULL, chunk_key_id, sealed FROM remarks;

-- guidelines_read --
-- The newest version of a project's guidelines that a person worked under or agreed to; 0: none.
SELECT greatest(coalesce((SELECT max(n.guideline_version) FROM annotation n
                           WHERE n.organization_id = %(organization_id)s AND n.project_id = %(project_id)s AND n.person_id = %(person_id)s), 0),
                coalesce((SELECT max(m.consented_version) FROM queue_member m
                            JOIN queue q ON q.organization_id = m.organization_id AND q.queue_id = m.queue_id
                           WHERE m.organization_id = %(organization_id)s AND m.person_id = %(person_id)s AND q.project_id = %(project_id)s), 0));

-- is_member --
SELECT EXISTS (SELECT FROM membership WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s);

-- appeal_file --
SELECT * FROM appeal_file(%(token_sha256)s, %(appeal_id)s, %(kind)s, %(subject_id)s, %(chunk_key_id)s, %(sealed)s, %(within)s::interval,
                          %(answer_within)s::interval, %(now)s);

-- appeal_answer --
SELECT appeal_answer(%(token_sha256)s, %(appeal_id)s, %(outcome)s, %(reason)s, %(chunk_key_id)s, %(sealed)s, %(now)s);

-- subject_of_appeal --
-- The project of a decision against a person.
SELECT project_id FROM ruling WHERE organization_id = %(organization_id)s AND ruling_id = %(subject_id)s AND person_id = %(person_id)s
UNION ALL
SELECT project_id FROM verdict WHERE organization_id = %(organization_id)s AND verdict_id = %(subject_id)s AND author_id = %(person_id)s
 LIMIT 1;

-- appeals --
-- Open ones by their deadline, or answered ones newest first; or of one person, or one by its id. With what each is against: the answer as
-- it was judged, what stands instead, and the note of whoever decided.
SELECT a.*, p.chunk_key_id AS project_key_id, p.sealed AS project_sealed, m.pseudonym, d.pseudonym AS decided_by_name, j.pseudonym AS judge,
       coalesce(r.reason, v.reason) AS decided_reason, coalesce(r.at, v.at) AS decided_at, v.verdict, v.stage,
       r.chunk_key_id AS ruling_key_id, r.sealed AS ruling_sealed, k.remark_id, k.chunk_key_id AS note_key_id, k.sealed AS note_sealed,
       n.annotation_id AS own_id, n.ontology_version AS own_version, n.chunk_key_id AS own_key_id, n.sealed AS own_sealed,
       s.annotation_id AS instead_id, s.ontology_version AS instead_version, s.chunk_key_id AS instead_key_id, s.sealed AS instead_sealed
  FROM appeal a
  JOIN project p ON p.organization_id = a.organization_id AND p.project_id = a.project_id
  JOIN membership m ON m.organization_id = a.organization_id AND m.person_id = a.person_id
  JOIN membership d ON d.organization_id = a.organization_id AND d.person_id = a.decided_by
  LEFT JOIN membership j ON j.organization_id = a.organization_id AND j.person_id = a.judge_id
  LEFT JOIN ruling r ON r.organization_id = a.organization_id AND r.ruling_id = a.subject_id
  LEFT JOIN verdict v ON v.organization_id = a.organization_id AND v.verdict_id = a.subject_id
  LEFT JOIN remark k ON k.organization_id = a.organization_id AND k.remark_id = v.remark_id
  LEFT JOIN annotation n ON n.organization_id = a.organization_id AND n.annotation_id = coalesce(r.annotation_id, v.annotation_id)
  LEFT JOIN annotation s ON s.organization_id = a.organization_id AND s.annotation_id = v.resolved_id
 WHERE a.organization_id = %(organization_id)s
   AND (%(person_id)s::uuid IS NULL OR a.person_id = %(person_id)s)
   AND (%(appeal_id)s::uuid IS NULL OR a.appeal_id = %(appeal_id)s)
   AND (%(is_open)s::boolean IS NULL OR (a.answered_at IS NULL) = %(is_open)s)
 ORDER BY a.answered_at DESC NULLS FIRST, a.due_at, a.appeal_id
 LIMIT 100;

-- appeal_deciders --
-- Who may answer appeals: of each, with the id, so that those who decided or appeal are left out.
SELECT person_id, pseudonym FROM membership
 WHERE organization_id = %(organization_id)s AND state = 'active' AND role IN ('owner', 'manager') ORDER BY role DESC, pseudonym;

-- add_skill --
-- The one that there is under that name.
WITH added AS (
  INSERT INTO skill (organization_id, skill_id, chunk_key_id, sealed, name_hash, created_at)
  VALUES (%(organization_id)s, %(skill_id)s, %(chunk_key_id)s, %(sealed)s, %(name_hash)s, %(now)s)
  ON CONFLICT DO NOTHING
  RETURNING skill_id)
SELECT skill_id FROM added
UNION ALL
SELECT skill_id FROM skill WHERE organization_id = %(organization_id)s AND name_hash = %(name_hash)s
 LIMIT 1;

-- skill_names --
SELECT skill_id, chunk_key_id, sealed FROM skill WHERE organization_id = %(organization_id)s ORDER BY created_at, skill_id LIMIT 500;

-- skill_holders --
SELECT s.skill_id, s.person_id, s.granted_at, s.expires_at, s.sitting_id, s.revoked_at, s.reason, m.pseudonym
  FROM person_skill s JOIN membership m ON m.organization_id = s.organization_id AND m.person_id = s.person_id AND m.state = 'active'
 WHERE s.organization_id = %(organization_id)s
 ORDER BY s.skill_id, s.granted_at, s.person_id;

-- skill_set --
SELECT skill_set(%(token_sha256)s, %(person_id)s, %(skill_id)s, %(expires_at)s, %(reason)s, %(now)s);

-- skills_ask --
SELECT skills_ask(%(token_sha256)s, %(project_id)s, %(stage)s::smallint, %(queue_id)s, %(skills)s, %(now)s);

-- skills_asked --
SELECT k.skill_id, x.project_id AS exam_project_id
  FROM queue q
  JOIN queue_skill k ON k.organization_id = q.organization_id AND k.queue_id = q.queue_id
  LEFT JOIN LATERAL (SELECT e.project_id FROM exam e WHERE e.organization_id = k.organization_id AND e.skill_id = k.skill_id AND e.is_open
                      ORDER BY e.project_id = q.project_id DESC, e.created_at LIMIT 1) x ON true
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.stage = %(stage)s
 ORDER BY k.skill_id;

-- skills_lacking --
-- Of the skills that a stage of a project asks for, those that a person does not have now.
SELECT k.skill_id, x.project_id AS exam_project_id
  FROM queue q
  JOIN queue_skill k ON k.organization_id = q.organization_id AND k.queue_id = q.queue_id
  LEFT JOIN LATERAL (SELECT e.project_id FROM exam e WHERE e.organization_id = k.organization_id AND e.skill_id = k.skill_id AND e.is_open
                      ORDER BY e.project_id = q.project_id DESC, e.created_at LIMIT 1) x ON true
 WHERE q.organization_id = current_setting('evenhand.organization')::uuid AND q.project_id = %(project_id)s AND q.stage = %(stage)s
   AND NOT EXISTS (SELECT FROM person_skill s WHERE s.organization_id = k.organization_id AND s.skill_id = k.skill_id
                                                AND s.person_id = %(person_id)s AND s.revoked_at IS NULL AND s.expires_at > %(now)s)
 ORDER BY k.skill_id;

-- exam_set --
SELECT exam_set(%(token_sha256)s, %(project_id)s, %(exam_id)s, %(queue_id)s, %(skill_id)s, %(gold)s, %(tasks)s::smallint, %(pass_mark)s,
                %(basis)s, %(needed)s::smallint, %(valid_days)s, %(retry_hours)s, %(open)s, %(now)s);

-- exam --
SELECT x.*, (SELECT array_agg(g.task_id ORDER BY g.task_id) FROM gold g
              WHERE g.organization_id = x.organization_id AND g.queue_id = x.queue_id) AS gold
  FROM exam x WHERE x.organization_id = %(organization_id)s AND x.project_id = %(project_id)s;

-- my_exams --
-- The exams of an organization as they stand for one person.
SELECT x.project_id, x.skill_id, x.tasks, x.needed, x.retry_hours, x.is_open, p.chunk_key_id, p.sealed, p.ontology_version,
       k.granted_at, k.expires_at, k.revoked_at,
       s.sitting_id, s.tasks AS sitting_wants, s.needed AS sitting_needs,
       (SELECT count(t.is_right) FROM sitting_task t WHERE t.organization_id = s.organization_id AND t.sitting_id = s.sitting_id) AS answered,
       (SELECT max(f.ended_at) FROM sitting f WHERE f.organization_id = x.organization_id AND f.exam_id = x.exam_id
                                                AND f.person_id = %(person_id)s AND NOT f.is_passed) AS failed_at,
       l.sitting_id AS last_id, l.ended_at AS last_ended_at, l.right_count AS last_right, l.tasks AS last_tasks, l.needed AS last_needed,
       l.is_passed AS last_passed,
       (SELECT count(*) FROM gold g WHERE g.organization_id = x.organization_id AND g.queue_id = x.queue_id
           AND NOT EXISTS (SELECT FROM assignment a WHERE a.organization_id = g.organization_id AND a.task_id = g.task_id
                                                      AND a.person_id = %(person_id)s)) AS unseen
  FROM exam x
  JOIN project p ON p.organization_id = x.organization_id AND p.project_id = x.project_id AND p.state = 'active'
  LEFT JOIN person_skill k ON k.organization_id = x.organization_id AND k.skill_id = x.skill_id AND k.person_id = %(person_id)s
  LEFT JOIN sitting s ON s.organization_id = x.organization_id AND s.exam_id = x.exam_id AND s.person_id = %(person_id)s AND s.ended_at IS NULL
  LEFT JOIN LATERAL (SELECT e.* FROM sitting e WHERE e.organization_id = x.organization_id AND e.exam_id = x.exam_id
                                                 AND e.person_id = %(person_id)s AND e.ended_at IS NOT NULL
                      ORDER BY e.ended_at DESC LIMIT 1) l ON true
 WHERE x.organization_id = %(organization_id)s
   AND (x.is_open OR s.sitting_id IS NOT NULL OR l.sitting_id IS NOT NULL)
 ORDER BY x.created_at, x.exam_id
 LIMIT 200;

-- sittings --
-- The attempts at the exam of a project, newest first: by keyset on when they began.
SELECT s.sitting_id, s.person_id, m.pseudonym, s.begun_at, s.ended_at, s.tasks, s.needed, s.right_count, s.is_passed,
       (SELECT count(t.is_right) FROM sitting_task t WHERE t.organization_id = s.organization_id AND t.sitting_id = s.sitting_id) AS answered
  FROM sitting s
  JOIN exam x ON x.organization_id = s.organization_id AND x.exam_id = s.exam_id
  JOIN membership m ON m.organization_id = s.organization_id AND m.person_id = s.person_id
 WHERE s.organization_id = %(organization_id)s AND x.project_id = %(project_id)s
   AND (%(before)s::timestamptz IS NULL OR (s.begun_at, s.sitting_id) < (%(before)s, %(before_id)s::uuid))
 ORDER BY s.begun_at DESC, s.sitting_id DESC
 LIMIT %(limit)s;

-- sitting_tasks --
-- What was answered in a sitting, in that order; what was right beside it where it teaches.
SELECT t.task_id, t.is_right, n.annotation_id, n.chunk_key_id, n.sealed,
       g.chunk_key_id AS gold_key_id, g.sealed AS gold_sealed, g.version AS gold_version
  FROM sitting_task t
  JOIN assignment a ON a.organization_id = t.organization_id AND a.task_id = t.task_id AND a.person_id = %(person_id)s
  LEFT JOIN annotation n ON n.organization_id = t.organization_id AND n.task_id = t.task_id AND n.person_id = %(person_id)s
                        AND n.version = a.revision AND a.state = 2
  LEFT JOIN gold_answer g ON g.organization_id = t.organization_id AND g.task_id = t.task_id AND g.kind = 'taught' AND g.retired_at IS NULL
 WHERE t.organization_id = %(organization_id)s AND t.sitting_id = %(sitting_id)s
 ORDER BY a.claimed_at, t.task_id;
