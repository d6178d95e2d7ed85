-- note --
-- One entry of a cold verb, in that verb's own transaction.
SELECT * FROM ledger_note(%(action)s::smallint, %(actor_commitment)s, %(actor_organization_id)s, %(object_id)s, %(subject_id)s, %(digest)s,
                          %(purpose)s, %(decision)s, %(rule)s, %(quantity)s, %(now)s);
