-- mint --
-- A grant for a person: judged, recorded, committed with the statement.
SELECT * FROM grant_mint(%(token_sha256)s, %(action)s, %(purpose)s, %(objects)s, %(now)s);

-- mint_for_software --
-- A grant for the software itself: recorded, committed with the statement.
SELECT * FROM grant_mint_for_software(%(organization_id)s, %(action)s, %(purpose)s, %(objects)s, %(now)s);
