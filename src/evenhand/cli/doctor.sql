-- as_backup --
-- The role that reads every row, sealed as it is, and writes none.
SET LOCAL ROLE evenhand_backup;

-- references --
-- Every column that names a row of another table without a foreign key, from the catalog, so that no table is forgotten; with
-- the statement that counts the rows whose other end is missing. The hot tables have no foreign keys: each would take a lock
-- on a shared row for every claim and answer.
-- Not followed, because what they name may be gone: records of what happened (ledger_inbox, outbox, webhook_delivery, shredding), keys of
-- deleted projects, and files that are being dropped after their project.
SELECT child.relname AS child, a.attname AS names, parent.relname AS parent,
       format('SELECT count(*) FROM evenhand.%1$I c WHERE c.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM evenhand.%3$I p'
              ' WHERE p.organization_id = c.organization_id AND p.%2$I = c.%2$I)', child.relname, a.attname, parent.relname) AS orphans
  FROM pg_class child
  JOIN pg_attribute a ON a.attrelid = child.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_class parent ON parent.relnamespace = child.relnamespace AND parent.relkind = 'r' AND parent.oid <> child.oid
                      AND (parent.relname || '_id' = a.attname OR (parent.relname = 'membership' AND a.attname = 'person_id'))
 WHERE child.relnamespace = 'evenhand'::regnamespace AND child.relkind = 'r'
   AND child.relname NOT IN ('ledger_inbox', 'outbox', 'webhook_delivery', 'shredding')
   AND (child.relname, a.attname) NOT IN (('project_key', 'project_id'), ('media', 'project_id'))
   AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = child.oid AND o.attname = 'organization_id')
   -- The other end's whole key is the organization and this column.
   AND EXISTS (SELECT FROM pg_index i JOIN pg_attribute k ON k.attrelid = parent.oid AND k.attnum = i.indkey[1]
                WHERE i.indrelid = parent.oid AND i.indisprimary AND i.indnkeyatts = 2 AND k.attname = a.attname)
   AND NOT EXISTS (SELECT FROM pg_constraint f
                    WHERE f.conrelid = child.oid AND f.confrelid = parent.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey))
UNION ALL
SELECT 'vote', 'task_no', 'task',
       'SELECT count(*) FROM evenhand.vote c WHERE NOT EXISTS (SELECT FROM evenhand.task p WHERE p.organization_id = c.organization_id'
       ' AND p.project_id = c.project_id AND p.task_no = c.task_no)'
UNION ALL
SELECT 'annotation', 'ontology_version', 'ontology_version',
       'SELECT count(*) FROM evenhand.annotation c WHERE NOT EXISTS (SELECT FROM evenhand.ontology_version p'
       ' WHERE p.organization_id = c.organization_id AND p.project_id = c.project_id AND p.version = c.ontology_version)'
 ORDER BY 1, 2;

-- files_drawn --
-- Some of the files that rows name, drawn anew each time.
SELECT object_name, sealed_bytes
  FROM evenhand.media
 WHERE state = 'stored'
 ORDER BY random()
 LIMIT %(max)s;

-- alarms --
-- How often in the last thirty days something sealed did not open, and of how many organizations.
SELECT count(*) AS alarms, count(DISTINCT organization_id) AS organizations
  FROM evenhand.ledger_inbox
 WHERE rule = 'does-not-open' AND at > now() - interval '30 days';
