-- export_snapshot --
SELECT pg_export_snapshot();

-- backup_facts --
-- What stands in the snapshot, for the manifest. Read as the role that sees every row.
SELECT (SELECT key_reference FROM evenhand.installation) AS key_reference,
       (SELECT software FROM evenhand.installation) AS software,
       (SELECT coalesce(array_agg(number ORDER BY number), '{}') FROM evenhand.migration) AS migrations,
       (SELECT count(*) FROM evenhand.organization) AS organizations,
       (SELECT count(*) FROM evenhand.project) AS projects,
       (SELECT count(*) FROM evenhand.task) AS tasks,
       (SELECT count(*) FROM evenhand.annotation) AS annotations,
       (SELECT count(*) FROM evenhand.release) AS releases,
       (SELECT count(*) FROM evenhand.ledger_inbox) AS ledger_entries;

-- function_owners --
-- The functions that run in another role's name than the owner's: a restore hands them over again.
SELECT p.oid::regprocedure::text AS routine, r.rolname AS owner
  FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
 WHERE p.pronamespace = 'evenhand'::regnamespace
   AND p.proowner <> (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'evenhand')
 ORDER BY 1;

-- ledger_restored --
-- Rows from here on have an id beyond whatever the restored sequences gave out.
SELECT evenhand.ledger_restored(%(now)s, (SELECT last_value + 1 FROM evenhand.ledger_inbox_id_seq),
                                (SELECT last_value + 1 FROM evenhand.governance_inbox_id_seq));

-- outbox_restored --
SELECT evenhand.outbox_restored();
