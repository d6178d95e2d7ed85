-- as_people --
-- The owner of the schema is held by the walls like everybody else; as the role of people it sees organizations.
SET LOCAL ROLE evenhand_people;

-- organizations --
SELECT o.organization_id AS id, o.kind, coalesce(u.tasks, 0) AS tasks, coalesce(u.bytes, 0) AS bytes,
       (SELECT count(*) FROM evenhand.membership m WHERE m.organization_id = o.organization_id AND m.state <> 'removed') AS members,
       o.quota_tasks, o.quota_bytes, o.quota_members
  FROM evenhand.organization o LEFT JOIN evenhand.usage u ON u.organization_id = o.organization_id
 ORDER BY o.created_at, o.organization_id;

-- limit_tasks --
UPDATE evenhand.organization SET quota_tasks = %(quota)s WHERE organization_id = %(organization_id)s;

-- limit_bytes --
UPDATE evenhand.organization SET quota_bytes = %(quota)s WHERE organization_id = %(organization_id)s;

-- limit_members --
UPDATE evenhand.organization SET quota_members = %(quota)s WHERE organization_id = %(organization_id)s;
