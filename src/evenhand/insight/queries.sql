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
SELECT g.task_no, g.kind, c.question_no, c.code AS known, m.person_id, m.pseudonym, m.annotator_no, v.code
  FROM gold_answer g
  JOIN assignment a ON a.organization_id = g.organization_id AND a.task_id = g.task_id AND a.rank IS NULL
                   AND (a.state = 2 OR (a.state = 1 AND a.revision > 1))
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
