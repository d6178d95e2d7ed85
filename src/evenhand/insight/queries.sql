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
