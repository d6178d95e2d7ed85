-- actor --
-- Who a token is, read afresh.
SELECT * FROM actor_of(%(token_sha256)s, %(now)s) WHERE organization_id IS NOT NULL;

-- sign_in_facts --
SELECT * FROM sign_in_facts(%(email_hash)s) WHERE person_id IS NOT NULL;

-- self --
SELECT * FROM self(%(token_sha256)s, %(now)s) WHERE person_id IS NOT NULL;

-- session_open --
SELECT session_open(%(token_sha256)s, %(credential_id)s, %(organization_id)s, %(person_id)s, %(csrf)s, %(now)s, %(ends_at)s, %(idle)s,
                    %(replaces)s, %(confirms)s, %(is_strong)s);

-- session_use --
SELECT session_use(%(token_sha256)s, %(now)s, %(idle)s);

-- member_sessions_end --
SELECT member_sessions_end(%(organization_id)s, %(person_id)s, %(now)s);

-- session_confirm --
SELECT session_confirm(%(token_sha256)s, %(is_strong)s, %(now)s);

-- session_is_strong --
SELECT is_strong FROM credential WHERE organization_id = %(organization_id)s AND token_sha256 = %(token_sha256)s;

-- weak_sessions_end --
-- What was opened by a password alone ends where a passkey is asked for from now on.
DELETE FROM credential WHERE organization_id = %(organization_id)s AND kind = 'session' AND NOT is_strong;

-- session_facts --
SELECT * FROM session_facts(%(token_sha256)s, %(now)s) WHERE person_id IS NOT NULL;

-- passkey_add --
SELECT passkey_add(%(token_sha256)s, %(passkey_id)s, %(credential)s, %(public_key)s, %(sign_count)s, %(is_synced)s, %(chunk_key_id)s,
                   %(sealed)s, %(challenge)s, %(until)s, %(most)s, %(now)s);

-- passkey_enroll --
SELECT passkey_enroll(%(person_id)s, %(organization_id)s, %(passkey_id)s, %(credential)s, %(public_key)s, %(sign_count)s, %(is_synced)s,
                      %(chunk_key_id)s, %(sealed)s, %(challenge)s, %(until)s, %(now)s);

-- passkeys_forget --
SELECT passkeys_forget(%(person_id)s);

-- passkeys --
SELECT * FROM passkeys_of(%(token_sha256)s, %(now)s);

-- passkey_remove --
SELECT passkey_remove(%(token_sha256)s, %(passkey_id)s, %(now)s);

-- passkey_facts --
SELECT * FROM passkey_facts(%(credential)s) WHERE person_id IS NOT NULL;

-- passkey_shown --
SELECT passkey_shown(%(credential)s, %(sign_count_was)s, %(sign_count)s, %(challenge)s, %(until)s, %(now)s);

-- break_glass_ask --
SELECT break_glass_ask(%(token_sha256)s, %(organization_id)s, %(break_glass_id)s, %(chunk_key_id)s, %(sealed)s, %(now)s, %(lapses_at)s);

-- break_glass_of --
SELECT * FROM break_glass_of(%(token_sha256)s, %(now)s, %(most)s);

-- break_glass_approve --
SELECT * FROM break_glass_approve(%(token_sha256)s, %(break_glass_id)s, %(pseudonyms)s, %(salt)s, %(now)s, %(lasts)s);

-- break_glass_close --
SELECT break_glass_close(%(token_sha256)s, %(break_glass_id)s, %(by)s, %(now)s);

-- break_glass_over --
SELECT * FROM break_glass_over(%(now)s, %(most)s);

-- break_glass_counts --
SELECT * FROM break_glass_counts();

-- break_glass_here --
-- What was asked of this customer, newest first, with how often the visitor looked while it was open.
SELECT b.break_glass_id, b.chunk_key_id, b.sealed, b.asked_at, b.lapses_at, b.opened_at, b.until, b.closed_at, b.closed_by, m.pseudonym,
       (SELECT count(*) FROM break_glass_approval a WHERE a.organization_id = b.organization_id AND a.break_glass_id = b.break_glass_id)
         AS approvals
  FROM break_glass b LEFT JOIN membership m ON m.organization_id = b.organization_id AND m.person_id = b.person_id
 WHERE b.organization_id = %(organization_id)s
 ORDER BY b.asked_at DESC, b.break_glass_id DESC LIMIT %(most)s;

-- identity_find --
SELECT identity_find(%(issuer_hash)s, %(subject_hash)s, %(email_hash)s, %(now)s);

-- session_end --
SELECT session_end(%(token_sha256)s);

-- sign_in_attempted --
SELECT sign_in_attempted(%(buckets)s, %(now)s, %(window)s);

-- sign_in_succeeded --
SELECT sign_in_succeeded(%(address)s, %(network)s);

-- sessions --
SELECT * FROM sessions_of(%(token_sha256)s, %(now)s);

-- password_change --
SELECT password_change(%(token_sha256)s, %(was)s, %(password_hash)s, %(now)s);

-- session_close --
SELECT session_close(%(token_sha256)s, %(credential_id)s, %(now)s);

-- organization_add --
SELECT organization_add(%(organization_id)s, %(kind)s, %(chunk_key_id)s, %(sealed)s, %(now)s);

-- member_add --
SELECT * FROM member_add(%(organization_id)s, %(vendor_id)s, %(person_id)s, %(email_hash)s, %(chunk_key_id)s, %(sealed)s, %(role)s,
                         %(state)s, %(pseudonyms)s, %(salt)s, %(now)s);

-- ticket_add --
SELECT ticket_add(%(token_sha256)s, %(purpose)s, %(organization_id)s, %(person_id)s, %(now)s, %(expires_at)s);

-- ticket_facts --
SELECT * FROM ticket_facts(%(token_sha256)s, %(now)s) WHERE organization_id IS NOT NULL;

-- ticket_use --
SELECT * FROM ticket_use(%(token_sha256)s, %(password_hash)s, %(chunk_key_id)s, %(sealed)s, %(now)s) WHERE organization_id IS NOT NULL;

-- preferences_set --
SELECT preferences_set(%(token_sha256)s, %(preferences)s::jsonb, %(now)s);

-- key_add --
SELECT key_add(%(token_sha256)s, %(credential_id)s, %(organization_id)s, %(person_id)s, %(scopes)s, %(prefix)s, %(chunk_key_id)s,
               %(sealed)s, %(now)s, %(expires_at)s);

-- keys --
-- The API keys of an organization; what they open is not among it.
SELECT credential_id, person_id, scopes, prefix, chunk_key_id, sealed, created_at, expires_at, last_used_at
  FROM credential
 WHERE organization_id = %(organization_id)s AND kind = 'key'
 ORDER BY created_at, credential_id;

-- key_remove --
DELETE FROM credential
 WHERE organization_id = %(organization_id)s AND credential_id = %(credential_id)s AND kind = 'key'
RETURNING credential_id;

-- members --
SELECT person_id, role, pseudonym, annotator_no, state, joined_at, last_seen_at
  FROM membership
 WHERE organization_id = %(organization_id)s AND state <> 'removed'
 ORDER BY joined_at, person_id;

-- member --
SELECT person_id, role, pseudonym, annotator_no, state, joined_at, last_seen_at
  FROM membership
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND state <> 'removed';

-- names_of_members --
SELECT * FROM names_of_members(%(organization_id)s);

-- member_role_set --
SELECT member_role_set(%(organization_id)s, %(person_id)s, %(role)s);

-- disclosures_erase --
SELECT disclosures_erase(%(organization_id)s, %(person_id)s, %(fresh)s);

-- member_remove --
SELECT member_remove(%(organization_id)s, %(person_id)s, %(now)s);

-- organization --
SELECT o.organization_id, o.kind, o.chunk_key_id, o.sealed, o.retention_days, o.allows_break_glass,
       o.requires_passkey, o.quota_tasks, o.quota_bytes, o.quota_members, o.created_at,
       coalesce(u.tasks, 0) AS tasks, coalesce(u.bytes, 0) AS bytes,
       (SELECT count(*) FROM membership m WHERE m.organization_id = o.organization_id AND m.state <> 'removed') AS members
  FROM organization o LEFT JOIN usage u ON u.organization_id = o.organization_id
 WHERE o.organization_id = %(organization_id)s;

-- organization_update --
UPDATE organization
   SET chunk_key_id = %(chunk_key_id)s, sealed = %(sealed)s, retention_days = %(retention_days)s,
       allows_break_glass = coalesce(%(allows_break_glass)s, allows_break_glass),
       requires_passkey = coalesce(%(requires_passkey)s, requires_passkey)
 WHERE organization_id = %(organization_id)s;

-- managers --
-- Who is told of what concerns the organization.
SELECT person_id FROM membership
 WHERE organization_id = %(organization_id)s AND state = 'active' AND role IN ('owner', 'manager');

-- notify --
-- One line each; what was not read yet counts up instead.
INSERT INTO notification AS n (organization_id, notification_id, person_id, kind, project_id, subject_id, at)
SELECT %(organization_id)s, told.id, told.person_id, %(kind)s, %(project_id)s, %(subject_id)s, %(now)s
  FROM unnest(%(ids)s::uuid[], %(persons)s::uuid[]) AS told (id, person_id)
 ORDER BY told.person_id
ON CONFLICT (organization_id, person_id, kind, project_id, subject_id) WHERE read_at IS NULL
DO UPDATE SET quantity = n.quantity + 1, at = excluded.at;

-- notifications --
SELECT notification_id, kind, project_id, subject_id, quantity, at, read_at FROM notification
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (at, notification_id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY at DESC, notification_id DESC
 LIMIT %(limit)s;

-- unread_notifications --
SELECT count(*) FROM notification
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND read_at IS NULL;

-- read_notifications --
UPDATE notification SET read_at = %(now)s
 WHERE organization_id = %(organization_id)s AND person_id = %(person_id)s AND read_at IS NULL
   AND (%(ids)s::uuid[] IS NULL OR notification_id = ANY(%(ids)s::uuid[]));

-- forget_notifications --
SELECT forget_notifications(%(before)s, %(max)s);

-- mail_due --
SELECT * FROM mail_due(%(now)s, %(max)s);

-- mail_drop --
DELETE FROM mail WHERE organization_id = %(organization_id)s AND mail_id = %(mail_id)s;
