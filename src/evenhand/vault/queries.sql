-- project_key --
-- The key of a project (null: the organization's directory) for one month, wrapped.
SELECT organization_id, project_key_id, project_id, month, key_reference, wrapped
  FROM project_key
 WHERE organization_id = %(organization_id)s
   AND coalesce(project_id, '00000000-0000-0000-0000-000000000000') = coalesce(%(project_id)s, '00000000-0000-0000-0000-000000000000'::uuid)
   AND month = %(month)s
   AND wrapped IS NOT NULL;

-- add_project_key --
-- Two processes may make the month's key at once: one wins, the other reads it.
INSERT INTO project_key (organization_id, project_key_id, project_id, month, key_reference, wrapped, wrapped_for, created_at)
VALUES (%(organization_id)s, %(project_key_id)s, %(project_id)s, %(month)s, %(key_reference)s, %(wrapped)s, %(wrapped_for)s, %(now)s)
ON CONFLICT DO NOTHING;

-- add_chunk_keys --
INSERT INTO chunk_key (organization_id, chunk_key_id, project_key_id, key_reference, wrapped, wrapped_for, is_for_rows, created_at)
SELECT %(organization_id)s, each.chunk_key_id, %(project_key_id)s, %(key_reference)s, each.wrapped, %(wrapped_for)s, %(is_for_rows)s, %(now)s
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
   AND chunk_key.is_for_rows
 ORDER BY chunk_key.created_at, chunk_key.chunk_key_id
 LIMIT 1;

-- chunk_keys --
-- Wrapped keys by id, each with the project key that wraps it. None where the use of the customer's key was revoked.
SELECT c.chunk_key_id, c.key_reference AS chunk_reference, c.wrapped AS chunk_wrapped, c.successor_id, k.organization_id,
       k.project_key_id, k.project_id, k.month, k.key_reference, k.wrapped
  FROM chunk_key c
  JOIN project_key k USING (organization_id, project_key_id)
 WHERE c.organization_id = %(organization_id)s
   AND c.chunk_key_id = ANY(%(chunk_key_ids)s::uuid[]);

-- key_policy --
-- How the tenant keeps its keys.
SELECT mode, service, key_reference, version, ceremony, revoked_at, changed_at, rewrapped, rewrapped_to, rewrapped_at, problem
  FROM key_policy
 WHERE organization_id = %(organization_id)s;

-- key_changes --
-- The newest epoch of keys, and whose keys changed since another.
SELECT * FROM key_changes(%(since)s);

-- key_policy_set --
SELECT key_policy_set(%(mode)s, %(service)s, %(reference)s, %(ceremony)s, %(now)s);

-- key_use_revoke --
SELECT key_use_revoke(%(at)s, %(reference)s, %(now)s);

-- key_rewraps_due --
SELECT organization_id FROM key_rewraps_due(%(now)s);

-- key_file_due --
SELECT organization_id FROM key_file_due(%(reference)s);

-- keys_under --
-- How many months' keys, of whomever, lie under one of these customer keys.
SELECT keys_under(%(references)s::text[]);

-- months_to_rewrap --
-- Months' keys that are wrapped for an older policy.
SELECT organization_id, project_key_id, project_id, month, key_reference, wrapped
  FROM project_key
 WHERE organization_id = %(organization_id)s AND wrapped IS NOT NULL AND wrapped_for < %(version)s
   AND (%(after)s::uuid IS NULL OR project_key_id > %(after)s::uuid)
 ORDER BY project_key_id
 LIMIT %(max)s;

-- chunks_to_rewrap --
-- Chunk keys from one on, in order; a rewrapping looks at each once.
SELECT c.chunk_key_id, c.key_reference AS chunk_reference, c.wrapped AS chunk_wrapped, k.organization_id, k.project_key_id,
       k.project_id, k.month, k.key_reference, k.wrapped
  FROM chunk_key c
  JOIN project_key k USING (organization_id, project_key_id)
 WHERE c.organization_id = %(organization_id)s AND c.wrapped IS NOT NULL AND k.wrapped IS NOT NULL AND c.wrapped_for < %(version)s
   AND (%(is_hold)s OR c.key_reference IS NOT NULL)
   AND (%(after)s::uuid IS NULL OR c.chunk_key_id > %(after)s::uuid)
 ORDER BY c.chunk_key_id
 LIMIT %(max)s;

-- keys_rewrapped --
SELECT keys_rewrapped(%(version)s, %(months)s::uuid[], %(months_old)s::bytea[], %(months_new)s::bytea[], %(reference)s,
                      %(chunks)s::uuid[], %(chunks_old)s::bytea[], %(chunks_new)s::bytea[], %(chunk_reference)s,
                      %(to)s, %(is_done)s, %(problem)s, %(now)s);

-- keys_held --
-- Under which customer keys the tenant's keys lie: how many months, how many chunks directly.
SELECT x.reference, sum(x.months)::bigint AS months, sum(x.chunks)::bigint AS chunks
  FROM (SELECT key_reference AS reference, count(*) AS months, 0 AS chunks FROM project_key
         WHERE organization_id = %(organization_id)s AND wrapped IS NOT NULL GROUP BY 1
        UNION ALL
        SELECT key_reference, 0, count(*) FROM chunk_key
         WHERE organization_id = %(organization_id)s AND wrapped IS NOT NULL AND key_reference IS NOT NULL GROUP BY 1) x
 GROUP BY 1
 ORDER BY 1;

-- grant_facts --
-- What a grant that is committed says; nothing for one that is not, or was denied.
SELECT organization_id, purpose, at FROM grant_facts(%(xid)s::bigint::text::xid8, %(id)s);

-- granted_chunk_keys --
-- Which of these keys seal something that a grant names.
SELECT g.chunk_key_id
  FROM granted_chunk_keys(%(xid)s::bigint::text::xid8, %(id)s, %(organization_id)s, %(chunk_key_ids)s::uuid[]) AS g(chunk_key_id);

-- key_unwrapped --
SELECT key_unwrapped(%(organization_id)s, %(chunk_key_ids)s::uuid[], %(purpose)s, %(now)s);

-- chunk_key_is_there --
-- Whether a key that this process made is in the database, and not destroyed.
SELECT EXISTS (SELECT FROM chunk_key WHERE organization_id = %(organization_id)s AND chunk_key_id = %(chunk_key_id)s AND wrapped IS NOT NULL);
