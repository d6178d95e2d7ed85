-- project_key --
-- The key of a project (null: the organization's directory) for one month, wrapped.
SELECT project_key_id, key_reference, wrapped
  FROM project_key
 WHERE organization_id = %(organization_id)s
   AND coalesce(project_id, '00000000-0000-0000-0000-000000000000') = coalesce(%(project_id)s, '00000000-0000-0000-0000-000000000000'::uuid)
   AND month = %(month)s
   AND wrapped IS NOT NULL;

-- add_project_key --
-- Two processes may make the month's key at once: one wins, the other reads it.
INSERT INTO project_key (organization_id, project_key_id, project_id, month, key_reference, wrapped, created_at)
VALUES (%(organization_id)s, %(project_key_id)s, %(project_id)s, %(month)s, %(key_reference)s, %(wrapped)s, %(now)s)
ON CONFLICT DO NOTHING;

-- add_chunk_keys --
INSERT INTO chunk_key (organization_id, chunk_key_id, project_key_id, wrapped, created_at)
SELECT %(organization_id)s, each.chunk_key_id, %(project_key_id)s, each.wrapped, %(now)s
  FROM unnest(%(chunk_key_ids)s::uuid[], %(wrapped)s::bytea[]) AS each(chunk_key_id, wrapped);

-- newest_chunk_key --
-- The key that new rows of a project's (or the directory's) own are sealed under this month.
SELECT chunk_key.chunk_key_id, chunk_key.created_at
  FROM chunk_key
  JOIN project_key USING (organization_id, project_key_id)
 WHERE chunk_key.organization_id = %(organization_id)s
   AND coalesce(project_key.project_id, '00000000-0000-0000-0000-000000000000') = coalesce(%(project_id)s, '00000000-0000-0000-0000-000000000000'::uuid)
   AND project_key.month = %(month)s
   AND chunk_key.wrapped IS NOT NULL
 ORDER BY chunk_key.created_at, chunk_key.chunk_key_id
 LIMIT 1;

-- chunk_keys --
-- Wrapped keys by id, each with the project key that wraps it.
SELECT chunk_key.chunk_key_id, chunk_key.wrapped, project_key.project_key_id, project_key.project_id, project_key.month,
       project_key.key_reference, project_key.wrapped AS project_wrapped
  FROM chunk_key
  JOIN project_key USING (organization_id, project_key_id)
 WHERE chunk_key.organization_id = %(organization_id)s
   AND chunk_key.chunk_key_id = ANY(%(chunk_key_ids)s::uuid[]);
