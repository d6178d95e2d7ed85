-- mint --
-- A grant for a person: judged, recorded, committed with the statement.
SELECT * FROM grant_mint(%(token_sha256)s, %(action)s, %(purpose)s, %(objects)s, %(now)s);

-- mint_for_software --
-- A grant for the software itself: recorded, committed with the statement.
SELECT * FROM grant_mint_for_software(%(organization_id)s, %(action)s, %(purpose)s, %(objects)s, %(now)s);

-- epoch --
-- The version of the register.
SELECT register_epoch();

-- statements --
-- Every statement in force, public and of challengers, for the solver.
SELECT * FROM register_statements();

-- points --
-- The parties that verdicts ask about.
SELECT party FROM register_points();

-- ties --
-- The graph as it was solved last, each tie once.
SELECT * FROM register_ties() WHERE party_a < party_b;

-- begin --
-- Take the gate; false when the register is no longer the one that was computed on.
SELECT register_begin(%(base)s);

-- file_statements --
-- Put statements, ends of others, and which records organizations are.
SELECT register_file(%(statements)s, %(ended)s, %(parties)s, %(epoch)s, %(now)s);

-- solve --
-- Put what changed of the solved graph.
SELECT register_solve(%(gone)s, %(ties)s, %(graph)s, %(epoch)s);

-- concerns --
-- Which customers ties that are new or stronger concern, and how.
SELECT * FROM register_concerns(%(ties)s, %(now)s);

-- tell --
-- An entry in a customer's own log, and a hold where it asked for one.
SELECT hold_open(%(organization_id)s, %(hold_id)s, %(change_id)s, %(effect)s, %(chain)s, %(digest)s, %(epoch)s, %(now)s);

-- bump --
-- The new version, and what it is about. What it forbids is taken back with it.
SELECT register_bump(%(parties)s, %(organizations)s, %(persons)s, %(now)s);

-- kind --
-- What an organization is.
SELECT kind, party_of(organization_id) AS party FROM organization WHERE organization_id = %(organization_id)s;

-- challenge_add --
-- A claim with its source, open until the operator decides.
INSERT INTO challenge (organization_id, challenge_id, source, state, filed_at)
VALUES (%(organization_id)s, %(challenge_id)s, %(source)s, 'open', %(now)s) ON CONFLICT DO NOTHING;

-- challenges --
-- An organization's own claims, newest first.
SELECT challenge_id, source, state, filed_at, decided_at, note FROM challenge
 WHERE organization_id = %(organization_id)s ORDER BY filed_at DESC, challenge_id DESC LIMIT 500;

-- challenges_open --
-- For an owner of the operator: every claim that nobody decided on.
SELECT * FROM challenges_open(%(token_sha256)s, %(now)s);

-- challenge_decide --
-- Confirmed or refused; its statements end as the customer's own.
SELECT challenge_decide(%(token_sha256)s, %(challenge_id)s, %(state)s, %(note)s, %(epoch)s, %(now)s);

-- quarter_add --
-- The quarterly statement of an organization, once a quarter.
INSERT INTO quarter_statement (organization_id, quarter, at, signed_by)
VALUES (%(organization_id)s, %(quarter)s, %(now)s, %(signed_by)s) ON CONFLICT DO NOTHING;

-- silences --
-- Organizations that have been silent for too long, each told of once.
SELECT * FROM silences_begin(%(after)s, %(now)s);

-- silences_here --
-- Who owes a statement, of those who work for this organization.
SELECT * FROM silences_here();

-- policy --
-- How an organization wants its walls.
SELECT notice_percent, wall_percent, cool_off_days, on_change FROM wall_policy WHERE organization_id = %(organization_id)s;

-- policy_put --
-- Its new policy.
INSERT INTO wall_policy (organization_id, notice_percent, wall_percent, cool_off_days, on_change, changed_at)
VALUES (%(organization_id)s, %(notice_percent)s, %(wall_percent)s, %(cool_off_days)s, %(on_change)s, %(now)s)
ON CONFLICT (organization_id) DO UPDATE
   SET notice_percent = excluded.notice_percent, wall_percent = excluded.wall_percent, cool_off_days = excluded.cool_off_days,
       on_change = excluded.on_change, changed_at = excluded.changed_at;

-- conflicts --
-- An organization's own conflicts that count.
SELECT party, basis, since, until FROM conflict
 WHERE organization_id = %(organization_id)s AND until > %(now)s ORDER BY party;

-- conflict_put --
-- A conflict, declared or declared again.
INSERT INTO conflict AS c (organization_id, party, basis, since) VALUES (%(organization_id)s, %(party)s, %(basis)s, %(now)s)
ON CONFLICT (organization_id, party) DO UPDATE
   SET basis = excluded.basis, since = CASE WHEN c.until > %(now)s THEN c.since ELSE excluded.since END, until = 'infinity';

-- conflict_end --
-- Withdrawn: it counts until its cooling-off ends.
UPDATE conflict SET until = %(until)s WHERE organization_id = %(organization_id)s AND party = %(party)s AND until = 'infinity';

-- waivers --
-- An organization's own waivers in force.
SELECT w.waiver_id, w.party, w.person_id, w.rival, w.reason, w.since, w.until, w.hold_id, m.actor_commitment AS person
  FROM waiver w
  LEFT JOIN membership m ON m.organization_id = w.organization_id AND m.person_id = w.person_id
 WHERE w.organization_id = %(organization_id)s AND w.until > %(now)s
 ORDER BY w.party NULLS LAST, m.actor_commitment, w.rival NULLS FIRST, w.since, w.waiver_id;

-- is_member --
-- Whether a person is known in an organization, also one who has left.
SELECT exists (SELECT FROM membership WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s);

-- waiver_put --
-- A waiver, signed by an owner.
INSERT INTO waiver (organization_id, waiver_id, party, person_id, rival, reason, granted_by, since, until, hold_id)
VALUES (%(organization_id)s, %(waiver_id)s, %(party)s, %(person_id)s, %(rival)s, %(reason)s, %(granted_by)s, %(now)s, %(until)s, %(hold_id)s)
ON CONFLICT DO NOTHING;

-- waiver_end --
-- Taken back, from now on.
UPDATE waiver SET until = %(now)s WHERE organization_id = %(organization_id)s AND waiver_id = %(waiver_id)s AND until > %(now)s;

-- holds_open --
-- How many changes of control wait for the organization's word.
SELECT count(*) FROM wall_hold WHERE organization_id = %(organization_id)s AND countersigned_at IS NULL;

-- countersigned --
-- The ties that the organization has accepted, and how strong they were.
SELECT k.party, k.rival, k.high, h.countersigned_at
  FROM wall_hold h CROSS JOIN LATERAL jsonb_to_recordset(h.chain) AS k(party text, rival text, high float8)
 WHERE h.organization_id = %(organization_id)s AND h.countersigned_at IS NOT NULL
 ORDER BY k.party, k.rival, h.countersigned_at, h.hold_id;

-- documents --
-- The versions of an organization's wall document, newest first.
SELECT version, epoch, at, body FROM wall_document WHERE organization_id = %(organization_id)s
   AND version < coalesce(%(before)s, 2147483647) ORDER BY version DESC LIMIT %(limit)s;

-- document --
-- One version.
SELECT body FROM wall_document WHERE organization_id = %(organization_id)s AND version = %(version)s;

-- document_put --
-- The next version.
INSERT INTO wall_document (organization_id, version, epoch, at, body)
VALUES (%(organization_id)s, %(version)s, %(epoch)s, %(now)s, %(body)s);

-- document_version --
-- The newest version's number, or nothing.
SELECT max(version) FROM wall_document WHERE organization_id = %(organization_id)s;

-- in_force --
-- The ties that stand between a customer and those who work for it.
SELECT * FROM walls_in_force(%(now)s);

-- statements_between --
-- What is filed about parties and between them, as its customer may see it.
SELECT document FROM statements_between(%(parties)s, %(named)s);

-- interest_put --
-- Declare an interest of a person.
SELECT interest_put(%(token_sha256)s, %(person_id)s, %(interest_id)s, %(party)s, %(kind)s, %(percent)s, %(since)s, %(until)s, %(commitment)s,
                    %(chunk_key_id)s, %(sealed)s, %(now)s);

-- interest_end --
-- It ended now.
SELECT interest_end(%(token_sha256)s, %(person_id)s, %(interest_id)s, %(now)s);

-- interest_declarer --
-- As whom one may speak of a person; null for nobody.
SELECT interest_declarer(%(token_sha256)s, %(person_id)s, %(now)s);

-- interests --
-- A person's own interests, for herself and her vendor.
SELECT * FROM interests_of(%(token_sha256)s, %(person_id)s, %(now)s);

-- person_to_move --
-- A person's sealed row, for the operator.
SELECT * FROM person_to_move(%(token_sha256)s, %(person_id)s, %(now)s);

-- vendor_change --
-- A person goes to another vendor.
SELECT vendor_change(%(token_sha256)s, %(person_id)s, %(vendor_id)s, %(chunk_key_id)s, %(sealed)s, %(salt)s, %(commitment)s, %(now)s);
