-- look --
-- The first look at this customer's data that is in a signed tree, by somebody who is not its own; and where it stands there.
SELECT l.index, l.xid::text AS xid, l.id, a.name
  FROM evenhand.ledger_leaf l
  JOIN evenhand.ledger_inbox i ON i.xid = l.xid AND i.id = l.id
  JOIN evenhand.ledger_action a ON a.action = i.action
 WHERE l.organization_id = %(organization_id)s AND l.index < %(size)s AND a.name = 'asset.release'
   AND i.actor_commitment IS NOT NULL AND i.actor_organization_id IS DISTINCT FROM l.organization_id
 ORDER BY l.index LIMIT 1;

-- forge --
-- The look is made out to nobody: as if that person never saw the item. What a superuser of the database can do, and nobody else.
UPDATE evenhand.ledger_inbox SET actor_commitment = NULL, actor_organization_id = NULL WHERE xid = %(xid)s AND id = %(id)s;
