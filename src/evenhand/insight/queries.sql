-- votes --
-- Every vote of a project, in the order the statistics want: task, then annotator.
SELECT question_no, task_no, annotator_no, code FROM vote
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s
 ORDER BY question_no, task_no, annotator_no;

-- hours --
-- Work by the hour, for pace and forecast.
SELECT hour, sum(answers)::bigint AS answers, sum(done)::bigint AS done FROM project_hour
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND hour >= %(since)s
 GROUP BY hour ORDER BY hour;

-- annotators --
-- Each annotator's answers and time, by pseudonym.
SELECT m.pseudonym, sum(h.answers)::bigint AS answers, sum(h.skipped)::bigint AS skipped, sum(h.active_ms)::bigint AS active_ms,
       max(h.hour) AS last_hour
  FROM project_hour h JOIN membership m ON m.organization_id = h.organization_id AND m.annotator_no = h.annotator_no
 WHERE h.organization_id = %(organization_id)s AND h.project_id = %(project_id)s
 GROUP BY m.pseudonym ORDER BY 2 DESC, 1;

-- votes_of_tasks --
-- The votes on some tasks: one page of the data table, or one chunk of a release.
SELECT question_no, task_no, annotator_no, code FROM vote
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND task_no = ANY(%(task_nos)s::bigint[])
 ORDER BY question_no, task_no, annotator_no;

-- origins --
-- How the standing answers of a project came about, as the relay counts them.
SELECT origins FROM project_count WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- count_version --
-- Where a project's event stream stands.
SELECT tasks, done, answers, skipped, reports, version FROM project_count
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- is_on_hold --
SELECT EXISTS (SELECT FROM wall_hold WHERE organization_id = %(organization_id)s AND countersigned_at IS NULL);

-- gold_results --
-- What people answered to gold, beside what is known: one row a person, gold task and question that it knows. Only answers given while it
-- was gold: those that resolved a task before say nothing of who gave them. code: null where the question was left out.
SELECT g.task_no, g.kind, c.question_no, c.code AS known, c.low, c.high, m.person_id, m.pseudonym, m.annotator_no, v.code
  FROM gold_answer g
  JOIN assignment a ON a.organization_id = g.organization_id AND a.task_id = g.task_id AND a.rank IS NULL
                   AND (a.state = 2 OR (a.state = 1 AND a.revision > 1))
  JOIN queue k ON k.organization_id = a.organization_id AND k.queue_id = a.queue_id AND k.stage IN (1, 4)
  JOIN membership m ON m.organization_id = a.organization_id AND m.person_id = a.person_id
  JOIN gold_code c ON c.organization_id = g.organization_id AND c.project_id = g.project_id AND c.task_no = g.task_no
  LEFT JOIN vote v ON v.organization_id = c.organization_id AND v.project_id = c.project_id AND v.question_no = c.question_no
                  AND v.task_no = c.task_no AND v.annotator_no = m.annotator_no
 WHERE g.organization_id = %(organization_id)s AND g.project_id = %(project_id)s AND g.retired_at IS NULL
 ORDER BY g.task_no, m.annotator_no, c.question_no;

-- gold_queues --
SELECT * FROM gold_queues();

-- gold_rates_now --
-- Everybody's own rate, where they have one.
SELECT m.person_id, m.gold_per_mille, q.gold_per_mille AS usual
  FROM queue_member m JOIN queue q ON q.organization_id = m.organization_id AND q.queue_id = m.queue_id
 WHERE m.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.stage = 1;

-- set_gold_rates --
-- In one order, so that two who do it at once do not wait for each other.
WITH rates AS (
  SELECT u.person_id, u.per_mille FROM unnest(%(people)s::uuid[], %(per_mille)s::smallint[]) AS u(person_id, per_mille)),
known AS (
  SELECT m.person_id, rates.per_mille
    FROM queue_member m JOIN rates USING (person_id)
   WHERE m.organization_id = %(organization_id)s AND m.queue_id = %(queue_id)s AND m.gold_per_mille IS DISTINCT FROM rates.per_mille
   ORDER BY m.person_id FOR UPDATE OF m)
UPDATE queue_member SET gold_per_mille = known.per_mille FROM known
 WHERE queue_member.organization_id = %(organization_id)s AND queue_member.queue_id = %(queue_id)s AND queue_member.person_id = known.person_id;

-- quality_take --
SELECT * FROM quality_take(%(now)s, %(silence)s);

-- sweep_facts --
-- What a sweep needs to know of a project before it reads votes.
SELECT ontology_version FROM project WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- batches_of_project --
SELECT batch_id FROM batch WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s ORDER BY created_at, batch_id;

-- vendors_here --
-- The vendors whose people work here, as the public register of ownership names them.
SELECT organization_id, name FROM vendors_here();

-- vendors_of_members --
SELECT annotator_no, vendor_id FROM vendors_of_members(%(organization_id)s);

-- tasks_by_no --
SELECT task_no, task_id FROM task
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND task_no = ANY(%(task_nos)s::bigint[]);

-- sweep_lock --
-- Whoever writes what it found holds its row, and is still the one whose turn it is.
SELECT attempt FROM quality_sweep
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND state = 'running' AND attempt = %(attempt)s FOR UPDATE;

-- forget_questions --
DELETE FROM quality_question WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- forget_people --
DELETE FROM quality_person WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- forget_tasks --
DELETE FROM quality_task WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- forget_manners --
DELETE FROM quality_manner WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- forget_slices --
DELETE FROM quality_slice WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- add_question_fit --
INSERT INTO quality_question (organization_id, project_id, question_no, model, model_version, fitted_at, votes, tasks, people, figures)
VALUES (%(organization_id)s, %(project_id)s, %(question_no)s, %(model)s, %(model_version)s, %(now)s, %(votes)s, %(tasks)s, %(people)s,
        %(figures)s::jsonb);

-- add_people --
INSERT INTO quality_person (organization_id, project_id, question_no, annotator_no, accuracy, low, high, checked, votes, figures,
                            parts)
SELECT %(organization_id)s, %(project_id)s, %(question_no)s, each.*
  FROM unnest(%(annotator_nos)s::int[], %(accuracies)s::float8[], %(lows)s::float8[], %(highs)s::float8[], %(checked)s::int[],
              %(votes)s::int[], %(figures)s::jsonb[], %(parts)s::jsonb[]) AS each;

-- add_manners --
INSERT INTO quality_manner (organization_id, project_id, annotator_no, answers, counted, figures)
SELECT %(organization_id)s, %(project_id)s, each.*
  FROM unnest(%(annotator_nos)s::int[], %(answers)s::int[], %(counted)s::int[], %(figures)s::jsonb[]) AS each;

-- add_tasks --
INSERT INTO quality_task (organization_id, project_id, question_no, place, task_id, probability, code, votes, agreeing)
SELECT %(organization_id)s, %(project_id)s, %(question_no)s, each.*
  FROM unnest(%(places)s::int[], %(task_ids)s::uuid[], %(probabilities)s::float8[], %(codes)s::int[], %(votes)s::int[],
              %(agreeing)s::int[]) AS each;

-- add_slices --
INSERT INTO quality_slice (organization_id, project_id, question_no, dimension, subject, figures)
SELECT %(organization_id)s, %(project_id)s, %(question_no)s, each.*
  FROM unnest(%(dimensions)s::text[], %(subjects)s::text[], %(figures)s::jsonb[]) AS each;

-- standing_fit --
-- The number of the fit that stands; null: there is none.
SELECT max(fit_no) FROM quality_fit WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- fit_learned --
SELECT question_no, codes, learned FROM quality_fit
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND fit_no = %(fit_no)s;

-- add_fit --
INSERT INTO quality_fit (organization_id, project_id, question_no, fit_no, fitted_at, codes, learned)
VALUES (%(organization_id)s, %(project_id)s, %(question_no)s, %(fit_no)s, %(now)s, %(codes)s::jsonb, %(learned)s);

-- forget_fits --
-- The fits before the present one that no decision, no release and no route names. Whoever decides by one just now holds the lock that
-- this takes.
DELETE FROM quality_fit f
 WHERE f.organization_id = %(organization_id)s AND f.project_id = %(project_id)s AND f.fit_no < %(fit_no)s AND NOT f.is_released
   AND NOT EXISTS (SELECT FROM decision d
                    WHERE d.organization_id = f.organization_id AND d.project_id = f.project_id AND d.fit_no = f.fit_no)
   AND NOT EXISTS (SELECT FROM route r
                    WHERE r.organization_id = f.organization_id AND r.project_id = f.project_id AND r.fit_no = f.fit_no);

-- newest_fit --
-- The number of the newest sweep that learned something; null: there is none.
SELECT greatest((SELECT max(fit_no) FROM quality_fit WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s),
                (SELECT max(fit_no) FROM quality_estimate WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s));

-- estimates --
SELECT question_no, learned FROM quality_estimate
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND fit_no = %(fit_no)s;

-- add_estimates --
INSERT INTO quality_estimate (organization_id, project_id, question_no, fit_no, learned)
VALUES (%(organization_id)s, %(project_id)s, %(question_no)s, %(fit_no)s, %(learned)s);

-- forget_estimates --
DELETE FROM quality_estimate
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND fit_no < %(fit_no)s AND NOT is_released;

-- freeze_fit --
-- Keep the fit that stands, for a release that is cut now. A sweep that puts another one in its place meanwhile waits, or is waited for.
WITH kept AS (
  UPDATE quality_fit SET is_released = true
   WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s
     AND fit_no = (SELECT max(fit_no) FROM quality_fit WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s)
  RETURNING fit_no)
SELECT max(fit_no) FROM kept;

-- freeze_estimates --
WITH kept AS (
  UPDATE quality_estimate SET is_released = true
   WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s
     AND fit_no = (SELECT max(fit_no) FROM quality_estimate WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s)
  RETURNING fit_no)
SELECT max(fit_no) FROM kept;

-- decisions_by_fit --
-- What a fit last decided of some tasks, by a moment where there is one, with the votes as they were read.
SELECT t.task_no, d.fit_no, d.question, d.posterior, d.model, d.model_version, d.answer_nos, d.answer_codes, d.estimate_nos, d.estimates,
       d.estimate_lows, d.estimate_highs, d.estimate_models, d.estimate_versions, d.question_nos, d.annotator_nos, d.codes
  FROM task t
  JOIN LATERAL (SELECT x.* FROM decision x
                 WHERE x.organization_id = t.organization_id AND x.task_id = t.task_id AND x.by = 'decide'
                   AND (%(at)s::timestamptz IS NULL OR x.at <= %(at)s)
                 ORDER BY x.no DESC LIMIT 1) d ON d.fit_no IS NOT NULL AND d.posterior IS NOT NULL AND d.to_place <> 'label'
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_no = ANY(%(task_nos)s::bigint[]);

-- no_decider --
-- Nobody decides for the project until this transaction ends: see work's `is_only_decider`.
SELECT pg_advisory_xact_lock(7021, queue_no) FROM queue
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND stage = 1;

-- decided_answers --
-- What was last decided of the tasks that left the label stage, the newest first.
SELECT t.task_no, d.answer_nos, d.answer_codes
  FROM task_stage s
  JOIN task t ON t.organization_id = s.organization_id AND t.task_id = s.task_id AND t.trashed_at IS NULL
  JOIN LATERAL (SELECT x.answer_nos, x.answer_codes FROM decision x
                 WHERE x.organization_id = s.organization_id AND x.task_id = s.task_id AND x.by = 'decide' AND x.to_place <> 'label'
                 ORDER BY x.no DESC LIMIT 1) d ON d.answer_nos IS NOT NULL
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s AND s.place <> 'label'
 ORDER BY s.since DESC, s.task_id
 LIMIT %(limit)s;

-- decided_counts --
SELECT count(*) AS decided, coalesce(sum(c.got), 0)::bigint AS answers
  FROM task_stage s
  JOIN queue q ON q.organization_id = s.organization_id AND q.project_id = s.project_id AND q.stage = 1
  JOIN consensus c ON c.organization_id = s.organization_id AND c.task_id = s.task_id AND c.queue_id = q.queue_id
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s AND s.place <> 'label';

-- end_sweep --
UPDATE quality_sweep
   SET state = %(state)s, ended_at = %(now)s, rest_until = %(rest_until)s, votes = %(votes)s, cause = %(cause)s,
       decided = %(decided)s, decided_answers = %(decided_answers)s, compared = %(compared)s, differing = %(differing)s
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND state = 'running' AND attempt = %(attempt)s;

-- sweep --
SELECT s.state, s.started_at, s.ended_at, s.votes, s.cause, s.version = c.version AS is_current, s.decided, s.decided_answers, s.compared,
       s.differing
  FROM quality_sweep s JOIN project_count c USING (organization_id, project_id)
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s;

-- target --
SELECT accuracy FROM quality_target WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- set_target --
INSERT INTO quality_target (organization_id, project_id, accuracy) VALUES (%(organization_id)s, %(project_id)s, %(accuracy)s)
ON CONFLICT (organization_id, project_id) DO UPDATE SET accuracy = excluded.accuracy;

-- remove_target --
DELETE FROM quality_target WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- question_fits --
SELECT question_no, model, model_version, fitted_at, votes, tasks, people, figures FROM quality_question
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s ORDER BY question_no;

-- people_of_question --
-- Best first; whoever cannot be judged yet comes last, those with most answers before the others. Of one vendor's people, or of those who
-- answered in one batch, with their figures there (part), where either is asked for.
SELECT q.annotator_no, q.accuracy, q.low, q.high, q.checked, q.votes, q.figures, m.pseudonym, m.person_id, m.role, v.vendor_id,
       q.parts #> ARRAY['batch', %(batch_id)s::uuid::text] AS part
  FROM quality_person q
  JOIN membership m ON m.organization_id = q.organization_id AND m.annotator_no = q.annotator_no
  JOIN vendors_of_members(%(organization_id)s) v ON v.annotator_no = q.annotator_no
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.question_no = %(question_no)s
   AND (%(vendor_id)s::uuid IS NULL OR v.vendor_id = %(vendor_id)s)
   AND (%(batch_id)s::uuid IS NULL OR q.parts #> ARRAY['batch', %(batch_id)s::uuid::text] IS NOT NULL)
 ORDER BY q.accuracy DESC NULLS LAST, q.checked DESC, q.annotator_no;

-- person_of_project --
SELECT q.question_no, q.annotator_no, q.accuracy, q.low, q.high, q.checked, q.votes, q.figures, q.parts, m.pseudonym, m.person_id, m.role,
       v.vendor_id
  FROM quality_person q
  JOIN membership m ON m.organization_id = q.organization_id AND m.annotator_no = q.annotator_no
  JOIN vendors_of_members(%(organization_id)s) v ON v.annotator_no = q.annotator_no
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND m.pseudonym = %(pseudonym)s
 ORDER BY q.question_no;

-- manners --
-- How everybody's answers were made.
SELECT q.annotator_no, q.answers, q.counted, q.figures, m.pseudonym, m.person_id
  FROM quality_manner q JOIN membership m ON m.organization_id = q.organization_id AND m.annotator_no = q.annotator_no
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s
 ORDER BY q.answers DESC, q.annotator_no;

-- manner --
SELECT figures FROM quality_manner
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND annotator_no = %(annotator_no)s;

-- signals_of --
-- What was found of one person, by their id, as the last sweep left it: a row for each question, and one for how their answers were made.
SELECT q.question_no, q.annotator_no, q.figures AS told, f.figures, f.fitted_at,
       (SELECT max(x.fit_no) FROM quality_fit x WHERE x.organization_id = q.organization_id AND x.project_id = q.project_id
                                                  AND x.question_no = q.question_no) AS fit_no
  FROM quality_person q
  JOIN membership m ON m.organization_id = q.organization_id AND m.annotator_no = q.annotator_no AND m.person_id = %(person_id)s
  JOIN quality_question f ON f.organization_id = q.organization_id AND f.project_id = q.project_id AND f.question_no = q.question_no
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s
UNION ALL
SELECT NULL, q.annotator_no, q.figures, NULL, s.ended_at,
       (SELECT max(x.fit_no) FROM quality_fit x WHERE x.organization_id = q.organization_id AND x.project_id = q.project_id)
  FROM quality_manner q
  JOIN membership m ON m.organization_id = q.organization_id AND m.annotator_no = q.annotator_no AND m.person_id = %(person_id)s
  JOIN quality_sweep s ON s.organization_id = q.organization_id AND s.project_id = q.project_id
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s;

-- pseudonyms --
SELECT annotator_no, pseudonym FROM membership
 WHERE organization_id = %(organization_id)s AND annotator_no = ANY(%(annotator_nos)s::int[]);

-- hardest_tasks --
SELECT place, task_id, probability, code, votes, agreeing FROM quality_task
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND question_no = %(question_no)s AND place > %(after)s
 ORDER BY place LIMIT %(limit)s;

-- slices --
SELECT question_no, dimension, subject, figures FROM quality_slice
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s ORDER BY question_no, dimension, subject;

-- own_accuracy --
-- One person's figures on the projects they may still work in.
SELECT q.project_id, q.question_no, q.accuracy, q.low, q.high, q.checked, q.votes, f.fitted_at, t.accuracy AS target, p.ontology_version
  FROM quality_person q
  JOIN quality_question f USING (organization_id, project_id, question_no)
  JOIN project p USING (organization_id, project_id)
  LEFT JOIN quality_target t USING (organization_id, project_id)
 WHERE q.organization_id = %(organization_id)s AND q.annotator_no = %(annotator_no)s AND p.state IN ('active', 'paused')
 ORDER BY p.created_at DESC, q.project_id, q.question_no LIMIT 200;

-- vote_columns --
-- The votes of a project, for a binary COPY: of types that never are null, in the order of `columns.VOTES`.
SELECT question_no, task_no, annotator_no, code FROM vote
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- answer_columns --
-- When each answer was given, how long it took, under which guidelines and how it was made; every version of it, of annotators alone.
-- What was rejected is left out, as its votes are: those of gold stand.
SELECT t.task_no, n.annotator_no, extract(epoch FROM n.submitted_at)::float8 AS at, n.active_ms, n.guideline_version, n.version,
       coalesce(n.manner[1], -1) AS pastes, coalesce(n.manner[2], -1) AS pasted, coalesce(n.manner[3], -1) AS typed,
       coalesce(n.manner[4], -1) AS departures, coalesce(n.manner[5], -1) AS away_ms, coalesce(n.manner[6], -1) AS edits
  FROM annotation n
  JOIN task t ON t.organization_id = n.organization_id AND t.task_id = n.task_id
 WHERE n.organization_id = %(organization_id)s AND n.project_id = %(project_id)s AND t.project_id = %(project_id)s
   AND n.stage = 1
   AND (NOT EXISTS (SELECT FROM ruling r WHERE r.organization_id = n.organization_id AND r.task_id = n.task_id AND r.person_id = n.person_id
                                           AND r.kind = 'rejection' AND r.overturned_at IS NULL)
        OR EXISTS (SELECT FROM gold_answer g WHERE g.organization_id = n.organization_id AND g.task_id = n.task_id));

-- task_columns --
-- The batch of each task, as a place among the project's batches.
SELECT t.task_no, b.place
  FROM task t
  JOIN (SELECT batch_id, (row_number() OVER (ORDER BY created_at, batch_id) - 1)::int AS place FROM batch
         WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s) b USING (batch_id)
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.trashed_at IS NULL;

-- known_codes --
-- What is right for gold tasks, coded as votes are.
SELECT c.question_no, c.task_no, c.code
  FROM gold_code c
  JOIN gold_answer g ON g.organization_id = c.organization_id AND g.project_id = c.project_id AND g.task_no = c.task_no
 WHERE c.organization_id = %(organization_id)s AND c.project_id = %(project_id)s AND g.retired_at IS NULL;

-- known_codes_of_tasks --
-- The same of some tasks.
SELECT c.question_no, c.task_no, c.code
  FROM gold_code c
  JOIN gold_answer g ON g.organization_id = c.organization_id AND g.project_id = c.project_id AND g.task_no = c.task_no
 WHERE c.organization_id = %(organization_id)s AND c.project_id = %(project_id)s AND c.task_no = ANY(%(task_nos)s::bigint[])
   AND g.retired_at IS NULL;

-- verdict_codes --
-- What reviewers (stage 2) and adjudicators (3) answered instead, of tasks for which it still stands, coded as votes are.
SELECT c.question_no, t.task_no, c.code, n.stage
  FROM verdict_code c
  JOIN annotation n ON n.organization_id = c.organization_id AND n.annotation_id = c.annotation_id
  JOIN task t ON t.organization_id = c.organization_id AND t.task_id = c.task_id
  JOIN task_stage s ON s.organization_id = c.organization_id AND s.task_id = c.task_id AND s.resolved_id = c.annotation_id
 WHERE c.organization_id = %(organization_id)s AND c.project_id = %(project_id)s;

-- accepted_tasks --
-- Tasks that are done because a reviewer accepted what was answered.
SELECT t.task_no
  FROM task_stage s
  JOIN task t ON t.organization_id = s.organization_id AND t.task_id = s.task_id
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s AND s.place = 'done' AND s.resolved_id IS NULL
   AND EXISTS (SELECT FROM verdict v WHERE v.organization_id = s.organization_id AND v.task_id = s.task_id AND v.no = s.moves
                                       AND v.stage = 2 AND v.verdict = 'accept');

-- answered_tasks --
-- The newest tasks of a project that anybody answered, sealed.
SELECT t.task_id, t.chunk_key_id, t.sealed, t.version FROM task t
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.trashed_at IS NULL
   AND EXISTS (SELECT FROM annotation n WHERE n.organization_id = t.organization_id AND n.task_id = t.task_id AND n.stage = 1)
 ORDER BY t.task_no DESC
 LIMIT %(limit)s;

-- standing_answers --
-- Everybody's newest answer to some tasks, of annotators and without those that were rejected, sealed.
SELECT DISTINCT ON (n.task_id, n.person_id) n.task_id, n.person_id, n.annotation_id, n.annotator_no, n.ontology_version, n.chunk_key_id, n.sealed, m.pseudonym
  FROM annotation n JOIN membership m ON m.organization_id = n.organization_id AND m.person_id = n.person_id
 WHERE n.organization_id = %(organization_id)s AND n.task_id = ANY(%(task_ids)s::uuid[]) AND n.stage = 1
   AND NOT EXISTS (SELECT FROM ruling r WHERE r.organization_id = n.organization_id AND r.task_id = n.task_id AND r.person_id = n.person_id
                                          AND r.kind = 'rejection' AND r.overturned_at IS NULL)
 ORDER BY n.task_id, n.person_id, n.version DESC;

-- known_queues --
SELECT * FROM known_queues();

-- known_settle --
SELECT known_settle(%(before)s, %(now)s);

-- known_reviews_make --
SELECT known_reviews_make(%(project_id)s, %(now)s);

-- known_verdicts --
-- What reviewers said of answers to gold: whose they were, and of which task. Who planted a flaw says nothing by judging it.
SELECT g.task_no, v.author_id, v.reviewer_id, v.verdict, f.flaw_id IS NOT NULL AS is_planted
  FROM known_verdict v JOIN gold_answer g ON g.organization_id = v.organization_id AND g.task_id = v.task_id AND g.retired_at IS NULL
  LEFT JOIN planted_flaw f ON f.organization_id = v.organization_id AND f.flaw_id = v.annotation_id
 WHERE v.organization_id = %(organization_id)s AND v.project_id = %(project_id)s AND v.author_id <> v.reviewer_id;

-- planted_flaws --
-- A page of planted flaws, oldest task first, with their tasks: by keyset on task_no. verdicts: of others than who planted it.
SELECT f.task_id, t.task_no, f.flaw_id, f.ontology_version, f.reason, f.planted_at, m.pseudonym, g.retired_at,
       f.chunk_key_id AS flaw_key_id, f.sealed AS flaw_sealed, t.chunk_key_id, t.sealed, t.version AS task_version,
       EXISTS (SELECT FROM known_review k WHERE k.organization_id = f.organization_id AND k.task_id = f.task_id
                                            AND f.flaw_id = ANY (k.annotation_ids)) AS is_chosen,
       is_flaw_dealt(f.organization_id, f.task_id, f.flaw_id) AS is_dealt, v.verdicts, v.caught, v.with_reason
  FROM planted_flaw f
  JOIN task t ON t.organization_id = f.organization_id AND t.task_id = f.task_id
  JOIN gold_answer g ON g.organization_id = f.organization_id AND g.task_id = f.task_id
  JOIN membership m ON m.organization_id = f.organization_id AND m.person_id = f.author_id
 CROSS JOIN LATERAL (
       SELECT count(*)::int AS verdicts, count(*) FILTER (WHERE x.verdict <> 'accept')::int AS caught,
              count(*) FILTER (WHERE x.verdict <> 'accept' AND x.reason = f.reason)::int AS with_reason
         FROM known_verdict x WHERE x.organization_id = f.organization_id AND x.task_id = f.task_id AND x.annotation_id = f.flaw_id
                                AND x.reviewer_id <> f.author_id) v
 WHERE f.organization_id = %(organization_id)s AND f.project_id = %(project_id)s AND t.task_no > %(after)s
 ORDER BY t.task_no
 LIMIT %(limit)s;

-- review_verdicts --
-- How often each reviewer accepted each author's work.
SELECT author_id, reviewer_id, count(*) FILTER (WHERE verdict = 'accept')::int AS accepted, count(*)::int AS total FROM verdict
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s AND stage = 2
 GROUP BY author_id, reviewer_id ORDER BY author_id, reviewer_id;

-- known_rates_now --
-- How much known work each reviewer is dealt now.
SELECT m.person_id, CASE WHEN q.gold_per_mille > 0 THEN coalesce(m.gold_per_mille, q.gold_per_mille) ELSE 0 END / 1000.0::float8 AS rate
  FROM queue_member m JOIN queue q ON q.organization_id = m.organization_id AND q.queue_id = m.queue_id
 WHERE m.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.stage = 2;

-- pseudonyms_of --
SELECT person_id, pseudonym FROM membership
 WHERE organization_id = %(organization_id)s AND person_id = ANY(%(people)s::uuid[]);

-- audit_ask --
SELECT audit_ask(%(token_sha256)s, %(project_id)s, %(audit_id)s, %(queue_id)s, %(share)s, %(delta)s, %(rate)s, %(tasks)s, %(drawn)s, %(code_tasks)s, %(question_nos)s, %(codes)s, %(now)s);

-- tasks_done --
-- The tasks of a project that are done, by number: those that an audit is about. Gold is not among them: its answer was known before.
SELECT t.task_id, t.task_no
  FROM task t
  JOIN queue q ON q.organization_id = t.organization_id AND q.project_id = t.project_id AND q.stage = 1
  LEFT JOIN consensus c ON c.organization_id = t.organization_id AND c.task_id = t.task_id AND c.queue_id = q.queue_id
  LEFT JOIN task_stage s ON s.organization_id = t.organization_id AND s.task_id = t.task_id
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.trashed_at IS NULL
   AND CASE WHEN s.task_id IS NULL THEN coalesce(c.is_done, false) ELSE s.place = 'done' END
   AND NOT EXISTS (SELECT FROM gold_answer g WHERE g.organization_id = t.organization_id AND g.task_id = t.task_id)
 ORDER BY t.task_no;

-- tasks_resolved --
-- What a reviewer or an adjudicator put in the place of the answers to some tasks, sealed.
SELECT t.task_id, t.task_no, n.annotation_id, n.ontology_version, n.stage, n.chunk_key_id AS resolved_key_id, n.sealed AS resolved
  FROM task t
  JOIN task_stage s ON s.organization_id = t.organization_id AND s.task_id = t.task_id
  JOIN annotation n ON n.organization_id = s.organization_id AND n.annotation_id = s.resolved_id
 WHERE t.organization_id = %(organization_id)s AND t.project_id = %(project_id)s AND t.task_id = ANY(%(task_ids)s::uuid[]);

-- audits --
-- The audits of a project, newest first; moment: those that were asked for by then.
SELECT a.audit_id, a.share, a.delta, a.rate, a.tasks, a.asked_at,
       (SELECT count(*) FROM audit_task x WHERE x.organization_id = a.organization_id AND x.audit_id = a.audit_id) AS drawn
  FROM audit a
 WHERE a.organization_id = %(organization_id)s AND a.project_id = %(project_id)s
   AND (%(moment)s::timestamptz IS NULL OR a.asked_at <= %(moment)s)
 ORDER BY a.asked_at DESC, a.audit_id DESC;

-- audits_done --
-- The tasks of a project's audits that experts have answered, in the order in which they did: the label that stood, and the answer.
SELECT x.audit_id, x.question_nos, x.codes, w.question_nos AS said_nos, w.codes AS said, w.at
  FROM audit_task x
  JOIN audit_answer w ON w.organization_id = x.organization_id AND w.task_id = x.task_id
 WHERE x.organization_id = %(organization_id)s AND x.project_id = %(project_id)s
   AND (%(moment)s::timestamptz IS NULL OR w.at <= %(moment)s)
 ORDER BY w.at, w.task_id;

-- projects_routed --
SELECT * FROM projects_routed();

-- places_asked_for --
-- Places that Decide asked for and that are still free, not routed before, in the order in which they will be dealt; and who had the task in
-- any way. They stand in the second pass of each priority: a probe for each of those, however long the queue is.
SELECT found.task_id, found.task_no, found.moves AS decision_no,
       array(SELECT a.person_id FROM assignment a
              WHERE a.organization_id = %(organization_id)s AND a.task_id = found.task_id) AS had_by
  FROM queue q
 CROSS JOIN (SELECT (level::bigint << 51) + (1::bigint << 47) AS first, (level::bigint << 51) + (2::bigint << 47) AS beyond
               FROM generate_series(0, 255) AS level OFFSET 0) AS pass      -- bounds that are there: see "ranks" in work/functions.sql
 CROSS JOIN LATERAL (
       SELECT k.task_id, t.task_no, s.moves, k.rank
         FROM slot k
         JOIN task t ON t.organization_id = k.organization_id AND t.task_id = k.task_id
         JOIN task_stage s ON s.organization_id = k.organization_id AND s.task_id = k.task_id AND s.place = 'label' AND NOT s.is_undecided
        WHERE k.organization_id = %(organization_id)s AND k.queue_id = q.queue_id
          AND k.rank >= pass.first AND k.rank < pass.beyond
          AND NOT EXISTS (SELECT FROM route r WHERE r.organization_id = k.organization_id AND r.task_id = k.task_id
                                                AND r.decision_no = s.moves)
        ORDER BY k.rank
        LIMIT %(limit)s) AS found
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.stage = 1 AND NOT q.is_paused
 ORDER BY found.rank
 LIMIT %(limit)s;

-- people_at_work --
-- Who answered in a project lately and would be dealt something now, and for how many places there is room: none for whom gold is due,
-- and none beyond what waits for them. rate, basis: of the offer that stands. active_ms, answers: of all that they did here.
SELECT m.person_id, b.annotator_no, o.rate, o.basis, coalesce(h.active_ms, 0) AS active_ms, coalesce(h.answers, 0) AS answers,
       least(%(waiting_max)s - w.waiting, CASE WHEN q.gold_per_mille > 0 THEN coalesce(m.next_gold_at, m.claims) - m.claims - w.waiting
                                               ELSE %(waiting_max)s END)::int AS room
  FROM queue q
  JOIN queue_member m ON m.organization_id = q.organization_id AND m.queue_id = q.queue_id
  JOIN membership b ON b.organization_id = m.organization_id AND b.person_id = m.person_id AND b.state = 'active'
                   AND b.role NOT IN ('auditor', 'visitor')
  JOIN (SELECT x.annotator_no, sum(x.active_ms)::bigint AS active_ms, sum(x.answers)::bigint AS answers, max(x.hour) AS last
          FROM project_hour x
         WHERE x.organization_id = %(organization_id)s AND x.project_id = %(project_id)s
         GROUP BY 1) h ON h.annotator_no = b.annotator_no AND h.last >= date_trunc('hour', %(since)s::timestamptz)
  LEFT JOIN offer o ON o.organization_id = q.organization_id AND o.project_id = q.project_id AND o.stage = q.stage AND o.offer_no = q.offer_no
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE a.state = 5) AS waiting FROM assignment a
        WHERE a.organization_id = q.organization_id AND a.queue_id = q.queue_id AND a.person_id = m.person_id AND a.state IN (1, 5)) w
 WHERE q.organization_id = %(organization_id)s AND q.project_id = %(project_id)s AND q.stage = 1 AND NOT q.is_paused
   AND m.eligible_until > %(now)s AND m.consented_version >= q.guideline_version
   AND w.waiting < %(waiting_max)s
   AND (q.gold_per_mille = 0 OR m.claims + w.waiting < m.next_gold_at)
   AND EXISTS (SELECT FROM assignment a WHERE a.organization_id = q.organization_id AND a.person_id = m.person_id
                                          AND a.claimed_at >= %(since)s AND a.queue_id = q.queue_id AND a.state IN (1, 2))
   AND NOT EXISTS (SELECT FROM ruling r WHERE r.organization_id = q.organization_id AND r.project_id = q.project_id
                                          AND r.person_id = m.person_id AND r.kind = 'removal' AND r.overturned_at IS NULL)
 ORDER BY h.last DESC, m.person_id
 LIMIT %(limit)s;

-- routes_set --
SELECT routes_set(%(project_id)s, %(tasks)s::uuid[], %(decisions)s::int[], %(people)s::uuid[], %(bits)s::float8[], %(costs)s::float8[],
                  %(fit_no)s, %(until)s, %(now)s);

-- decided_as_they_stand --
-- What fits last decided of tasks that left the label stage, while they have the votes that were read. Set-wise: one pass over the votes.
WITH decided AS (
  SELECT t.task_no, d.fit_no, d.question, d.posterior, d.answer_nos, d.answer_codes, d.estimate_nos, d.estimates, d.estimate_lows,
         d.estimate_highs, d.estimate_models, d.estimate_versions, d.question_nos, d.annotator_nos, d.codes
    FROM task_stage s
    JOIN task t ON t.organization_id = s.organization_id AND t.task_id = s.task_id AND t.trashed_at IS NULL
    JOIN LATERAL (SELECT x.* FROM decision x
                   WHERE x.organization_id = s.organization_id AND x.task_id = s.task_id AND x.by = 'decide'
                   ORDER BY x.no DESC LIMIT 1) d ON d.fit_no IS NOT NULL AND d.posterior IS NOT NULL AND d.to_place <> 'label'
   WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s AND s.resolved_id IS NULL),
voted AS (
  SELECT v.task_no, array_agg(v.question_no ORDER BY v.question_no, v.annotator_no) AS question_nos,
         array_agg(v.annotator_no ORDER BY v.question_no, v.annotator_no) AS annotator_nos,
         array_agg(v.code ORDER BY v.question_no, v.annotator_no) AS codes
    FROM vote v
   WHERE v.organization_id = %(organization_id)s AND v.project_id = %(project_id)s AND EXISTS (SELECT FROM decided)
   GROUP BY v.task_no)
SELECT d.task_no, d.fit_no, d.question, d.posterior, d.answer_nos, d.answer_codes, d.estimate_nos, d.estimates, d.estimate_lows,
       d.estimate_highs, d.estimate_models, d.estimate_versions
  FROM decided d JOIN voted v ON v.task_no = d.task_no
 WHERE v.question_nos = d.question_nos AND v.annotator_nos = d.annotator_nos AND v.codes = d.codes;

-- given_answers --
-- What reviewers (stage 2) and adjudicators (3) answered instead, of every task for which it stands: a row a closed question, or one
-- without any.
SELECT t.task_no, n.stage, c.question_no, c.code
  FROM task_stage s
  JOIN annotation n ON n.organization_id = s.organization_id AND n.annotation_id = s.resolved_id
  JOIN task t ON t.organization_id = s.organization_id AND t.task_id = s.task_id AND t.trashed_at IS NULL
  LEFT JOIN verdict_code c ON c.organization_id = n.organization_id AND c.annotation_id = n.annotation_id
 WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s;

-- labels_stored --
-- Labels as they were last written, for a binary COPY: of types that never are null; NaN stands for none.
SELECT question_no, task_no, coalesce(code, 'NaN')::float8, coalesce(probability, 'NaN')::float8,
       (array_position(ARRAY['votes', 'model', 'decision', 'review', 'adjudication'], source) - 1)::smallint, is_least::int::smallint
  FROM task_label WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s;

-- put_labels --
-- Labels that are new or changed; nothing where another sweep has taken the project meanwhile.
INSERT INTO task_label (organization_id, project_id, question_no, task_no, code, probability, source, is_least)
SELECT %(organization_id)s, %(project_id)s, each.*
  FROM unnest(%(question_nos)s::smallint[], %(task_nos)s::bigint[], %(codes)s::float8[], %(probabilities)s::float8[], %(sources)s::text[],
              %(are_least)s::boolean[]) AS each
 WHERE EXISTS (SELECT FROM quality_sweep s WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s
                                             AND s.attempt = %(attempt)s)
ON CONFLICT (organization_id, project_id, question_no, task_no) DO UPDATE
   SET code = excluded.code, probability = excluded.probability, source = excluded.source, is_least = excluded.is_least;

-- remove_labels --
DELETE FROM task_label l
 USING unnest(%(question_nos)s::smallint[], %(task_nos)s::bigint[]) AS gone(question_no, task_no)
 WHERE l.organization_id = %(organization_id)s AND l.project_id = %(project_id)s AND l.question_no = gone.question_no
   AND l.task_no = gone.task_no
   AND EXISTS (SELECT FROM quality_sweep s WHERE s.organization_id = %(organization_id)s AND s.project_id = %(project_id)s
                                             AND s.attempt = %(attempt)s);

-- label_counts --
-- Labels as the last fit left them, counted by what they say and what made them, of tasks that are not in the trash: a sweep removes those.
SELECT question_no, code, source, count(*) AS count FROM task_label
 WHERE organization_id = %(organization_id)s AND project_id = %(project_id)s
 GROUP BY question_no, code, source;
