-- next_number --
-- The project's row is locked by the caller, so two releases cannot take one number.
SELECT coalesce(max(number), 0) + 1 FROM release
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- lock_project --
SELECT ontology_version, guideline_version FROM project
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s FOR NO KEY UPDATE;

-- ontology_version --
SELECT ontology_version FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- has_project --
SELECT EXISTS (SELECT FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s);

-- add_release --
INSERT INTO release (organization_id, release_id, project_id, number, state, include, frozen_at, chunk_key_id, sealed, person_id, fit_no)
VALUES (%(organization_id)s, %(release_id)s, %(project_id)s, %(number)s, 'building', %(include)s, %(now)s, %(chunk_key_id)s, %(sealed)s,
        %(person_id)s, %(fit_no)s)
ON CONFLICT (organization_id, release_id) DO NOTHING;

-- froze --
-- Under the lock of `lock_project`: from here on a verdict that the release holds is taken back no more.
UPDATE project SET frozen_at = %(now)s WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- release --
SELECT * FROM release WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s;

-- releases --
SELECT * FROM release WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s ORDER BY number DESC LIMIT 500;

-- finish --
UPDATE release SET state = %(state)s, sealed = %(sealed)s, version = 2
 WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s AND state = 'building';

-- waiting --
SELECT * FROM releases_waiting();

-- forget_parts --
-- What a killed build had written; the release starts over.
DELETE FROM release_part WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s;

-- forget_files --
DELETE FROM release_file WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s;

-- add_part --
INSERT INTO release_part (organization_id, release_id, file_no, part_no, sealed)
VALUES (%(organization_id)s, %(release_id)s, %(file_no)s, %(part_no)s, %(sealed)s);

-- add_file --
INSERT INTO release_file (organization_id, release_id, file_no, name, bytes, sha256)
VALUES (%(organization_id)s, %(release_id)s, %(file_no)s, %(name)s, %(bytes)s, %(sha256)s);

-- files --
SELECT file_no, name, bytes, sha256 FROM release_file
 WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s ORDER BY file_no;

-- part --
SELECT sealed FROM release_part
 WHERE organization_id = %(organization_id)s AND release_id = %(release_id)s AND file_no = %(file_no)s AND part_no = %(part_no)s;

-- frozen_tasks --
-- A page of what the release holds, by task number: short read-only statements, so that vacuum keeps the queue's head clean.
SELECT t.task_id, t.task_no, t.batch_id, t.chunk_key_id, t.version, t.sealed
  FROM task t
  JOIN batch b ON b.organization_id = t.organization_id AND b.batch_id = t.batch_id AND b.state = 'published'
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_no > %(after)s
   AND (t.trashed_at IS NULL OR t.trashed_at > %(frozen_at)s)
   AND (%(include)s::text = 'all'
        -- done is what the last move by then said; without any, what has its answers and waits for no decision
        OR coalesce((SELECT d.to_place = 'done' FROM decision d
                      WHERE d.organization_id = t.organization_id AND d.task_id = t.task_id AND d.at <= %(frozen_at)s
                      ORDER BY d.no DESC LIMIT 1),
                    NOT EXISTS (SELECT FROM task_stage s WHERE s.organization_id = t.organization_id AND s.task_id = t.task_id AND s.is_undecided)
                    AND EXISTS (SELECT FROM consensus c WHERE c.organization_id = t.organization_id AND c.task_id = t.task_id AND c.is_done)))
 ORDER BY t.task_no
 LIMIT %(limit)s;

-- frozen_annotations --
-- The answers that stood at the moment of freezing: every annotator's newest version by then, and what a reviewer or an adjudicator had
-- decided, where that was the last word.
(SELECT DISTINCT ON (n.task_id, n.person_id) n.task_id, n.annotation_id, n.person_id, n.version, n.stage, n.annotator_no,
        n.ontology_version, n.guideline_version, n.chunk_key_id, n.submitted_at, n.active_ms, n.sealed, m.pseudonym
   FROM annotation n JOIN membership m ON m.organization_id = n.organization_id AND m.person_id = n.person_id
  WHERE n.organization_id = %(organization_id)s AND n.task_id = ANY(%(task_ids)s::uuid[]) AND n.submitted_at <= %(frozen_at)s
    AND n.stage = 1
    AND NOT EXISTS (SELECT FROM ruling r WHERE r.organization_id = n.organization_id AND r.task_id = n.task_id AND r.person_id = n.person_id
                       AND r.kind = 'rejection' AND r.at <= %(frozen_at)s AND coalesce(r.overturned_at > %(frozen_at)s, true))
  ORDER BY n.task_id, n.person_id, n.version DESC)
UNION ALL
SELECT n.task_id, n.annotation_id, n.person_id, n.version, n.stage, n.annotator_no, n.ontology_version, n.guideline_version,
       n.chunk_key_id, n.submitted_at, n.active_ms, n.sealed, m.pseudonym
  FROM (SELECT DISTINCT ON (d.task_id) d.organization_id, d.resolved_id FROM decision d
         WHERE d.organization_id = %(organization_id)s AND d.task_id = ANY(%(task_ids)s::uuid[]) AND d.at <= %(frozen_at)s
         ORDER BY d.task_id, d.no DESC) d
  JOIN annotation n ON n.organization_id = d.organization_id AND n.annotation_id = d.resolved_id
  JOIN membership m ON m.organization_id = n.organization_id AND m.person_id = n.person_id;

-- retain --
SELECT projects_retain(%(now)s);

-- forget_drafts --
SELECT drafts_forget(%(before)s, %(max)s);

-- projects_due --
SELECT * FROM projects_due(%(before)s, %(max)s);

-- destroy_keys --
SELECT project_keys_destroy(%(organization_id)s, %(project_id)s, %(now)s);

-- delete_some --
SELECT project_delete_some(%(organization_id)s, %(project_id)s, %(max)s, %(now)s);

-- task_to_shred --
SELECT t.task_id, t.project_id, t.chunk_key_id, t.trashed_at, k.successor_id
  FROM task t
  JOIN chunk_key k USING (organization_id, chunk_key_id)
 WHERE t.organization_id = %(organization_id)s AND t.task_id = %(subject_id)s;

-- project_to_shred --
SELECT project_id, state FROM project WHERE organization_id = %(organization_id)s AND project_id = %(subject_id)s;

-- chunk_key_retire --
SELECT chunk_key_retire(%(chunk_key_id)s, %(successor_id)s);

-- add_shredding --
INSERT INTO shredding (organization_id, shredding_id, scope, subject_id, project_id, chunk_key_id, person_id, asked_at, begins_at)
VALUES (%(organization_id)s, %(shredding_id)s, %(scope)s, %(subject_id)s, %(project_id)s, %(chunk_key_id)s, %(person_id)s, %(now)s,
        %(begins_at)s)
ON CONFLICT (organization_id, shredding_id) DO NOTHING;

-- shredding --
SELECT shredding_id, scope, subject_id, project_id, chunk_key_id, asked_at, begins_at, keys, method, certificate, finished_at
  FROM shredding
 WHERE organization_id = %(organization_id)s AND shredding_id = %(shredding_id)s;

-- shreddings --
SELECT shredding_id, scope, subject_id, project_id, chunk_key_id, asked_at, begins_at, keys, method, certificate, finished_at
  FROM shredding
 WHERE organization_id = %(organization_id)s
 ORDER BY asked_at DESC, shredding_id DESC
 LIMIT 200;

-- shreddings_due --
SELECT organization_id, shredding_id FROM shreddings_due(%(now)s);

-- sealed_beside --
-- What is sealed under the key of an item's chunk and does not belong to the item, some of it.
SELECT 'task' AS kind, t.task_id AS id, t.task_id, t.project_id, NULL::uuid AS person_id, t.version, t.sealed
  FROM task t WHERE t.organization_id = %(organization_id)s AND t.chunk_key_id = %(chunk_key_id)s AND t.task_id <> %(task_id)s
UNION ALL
SELECT 'annotation', n.annotation_id, n.task_id, n.project_id, n.person_id, 1, n.sealed
  FROM annotation n WHERE n.organization_id = %(organization_id)s AND n.chunk_key_id = %(chunk_key_id)s AND n.task_id <> %(task_id)s
UNION ALL
SELECT 'remark', r.remark_id, r.task_id, r.project_id, r.person_id, 1, r.sealed
  FROM remark r WHERE r.organization_id = %(organization_id)s AND r.chunk_key_id = %(chunk_key_id)s AND r.task_id <> %(task_id)s
UNION ALL
SELECT 'check', c.check_id, c.task_id, c.project_id, NULL::uuid, c.part::int, c.sealed
  FROM check_record c WHERE c.organization_id = %(organization_id)s AND c.chunk_key_id = %(chunk_key_id)s AND c.task_id <> %(task_id)s
UNION ALL
SELECT 'gold', g.task_id, g.task_id, g.project_id, NULL::uuid, g.version, g.sealed
  FROM gold_answer g WHERE g.organization_id = %(organization_id)s AND g.chunk_key_id = %(chunk_key_id)s AND g.task_id <> %(task_id)s
UNION ALL
SELECT 'flaw', f.flaw_id, f.task_id, f.project_id, f.author_id, 1, f.sealed
  FROM planted_flaw f WHERE f.organization_id = %(organization_id)s AND f.chunk_key_id = %(chunk_key_id)s AND f.task_id <> %(task_id)s
UNION ALL
SELECT 'draft', d.task_id, d.task_id, t.project_id, d.person_id, 1, d.sealed
  FROM draft d JOIN task t USING (organization_id, task_id)
 WHERE d.organization_id = %(organization_id)s AND d.chunk_key_id = %(chunk_key_id)s AND d.task_id <> %(task_id)s
LIMIT %(max)s;

-- rows_resealed --
SELECT rows_resealed(%(chunk_key_id)s, %(successor_id)s, %(kinds)s::text[], %(ids)s::uuid[], %(people)s::uuid[], %(old)s::bytea[],
                     %(new)s::bytea[]);

-- item_shred --
SELECT item_shred(%(task_id)s, %(chunk_key_id)s, %(now)s);

-- organization_keys_destroy --
SELECT organization_keys_destroy(%(now)s);

-- keys_destroyed --
SELECT count(*)
  FROM project_key k
  LEFT JOIN chunk_key c USING (organization_id, project_key_id)
 WHERE k.organization_id = %(organization_id)s AND k.project_id = %(project_id)s AND c.destroyed_at IS NOT NULL;

-- releases_before --
-- Releases that may hold an item: those cut of its project while it was there.
SELECT number FROM release
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND state = 'ready' AND frozen_at <= %(now)s
 ORDER BY number;

-- shredding_finish --
SELECT shredding_finish(%(shredding_id)s, %(keys)s, %(method)s, %(certificate)s, %(now)s);

-- entry_of_signing --
-- The place in the inbox of the entry with which a release was signed.
SELECT xid, id FROM ledger_inbox
 WHERE organization_id = %(organization_id)s AND object_id = %(project_id)s AND subject_id = %(release_id)s
   AND action = 15 AND decision = 'allow'
 ORDER BY xid DESC, id DESC LIMIT 1;
