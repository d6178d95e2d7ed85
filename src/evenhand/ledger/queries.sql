-- note --
-- One entry of a cold verb, in that verb's own transaction.
SELECT * FROM ledger_note(%(action)s::smallint, %(actor_commitment)s, %(actor_organization_id)s, %(object_id)s, %(subject_id)s, %(digest)s,
                          %(purpose)s, %(decision)s, %(rule)s, %(quantity)s, %(now)s);

-- note_public --
-- One entry of the public governance log, in the transaction of the change that it records.
SELECT * FROM ledger_note_public(%(action)s::smallint, %(body)s::json, %(now)s);

-- note_software --
-- That another software than the last one runs now; whether that is news.
SELECT ledger_note_software(%(now)s);
