"""Whether tenants see each other: every relation, verb, tenant and role of the catalogue, and the rules of the walls around them.

Each function returns what is wrong, in words; nothing wrong is an empty list. Saboteurs break something and see it named.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from database import APP, OWNER, SEQUENCER, Copy
from evenhand.store.database import Database

VERBS = ("select", "insert", "update", "delete")

# Relations without a tenant, and why app may read them.
PUBLIC = {
    "migration": "which steps the schema has taken",
    "installation": "one row about the installation",
    "ledger_action": "the closed list of actions",
    "governance_inbox": "what the governance log says to everybody",
    "ledger_witness": "the installation's witnesses, which its policy names",
    "ledger_root": "what the governance log says to everybody",
    "ledger_quorum": "how many of them its policy asks for",
}
# Unique keys that do not start with the tenant, and why nobody can ask with them whether another tenant has a value.
UNTENANTED_KEYS = {
    "migration": "no tenant",
    "installation": "no tenant",
    "ledger_action": "no tenant",
    "organization": "the tenant itself",
    "person": "no tenant; app reaches it through functions alone",
    "credential": "a digest of 32 random bytes, and an id made by the server",
    "ticket": "a digest of 32 random bytes",
    "sign_in_attempt": "no tenant; app reaches it through functions alone",
    "break_glass": "the tenant's, and an id made by the server",
    "identity": "keyed hashes; app reaches it through functions alone",
    "passkey": "an id that a device drew at random; app reaches it through functions alone",
    "challenge_used": "made by the server; app reaches it through functions alone",
    "wall_epoch": "no tenant; app has no right to it",
    "key_epoch": "no tenant; app has no right to it",
    "affiliation": "no tenant; app has no right to it",
    "employment": "no tenant; app has no right to it",
    "ownership_statement": "no tenant; app reaches it through functions alone",
    "person_interest": "no tenant; app reaches it through functions alone",
    "touch": "no tenant; app has no right to it",
    "governance_inbox": "(xid, id), both made by the server",
    "ledger_cursor": "no tenant; app has no right to it",
    "ledger_quorum": "no tenant",
    "ledger_root": "no tenant",
    "ledger_witness": "no tenant",
    "ledger_inbox": "(xid, id), both made by the server",
    "outbox": "(xid, id), both made by the server",
}


@dataclass(frozen=True)
class Reached:
    """One attempt that touched rows. whose: own, foreign or none (no tenant was set)."""

    role: str
    relation: str
    verb: str
    whose: str


# ------------------------------------------------------------------------------------------------------- the matrix --
async def plant(copy: Copy) -> tuple[UUID, UUID]:
    """One row of each of two tenants in every relation. Checks, foreign keys and triggers step aside: policies alone matter."""
    ours, theirs = uuid4(), uuid4()
    async with copy.connect() as superuser:
        for table, name in await superuser.fetch(
            "select conrelid::regclass::text, conname from pg_constraint"
            " where contype in ('c', 'f') and connamespace = 'evenhand'::regnamespace"
        ):
            await superuser.execute(f"alter table {table} drop constraint {name}")
        for table, name in await superuser.fetch(
            "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal"
        ):
            await superuser.execute(f"drop trigger {name} on {table}")
        for relation in await relations(superuser, "r"):
            for tenant in (ours, theirs):
                if not await superuser.fetchval(f"select count(*) from {relation}") or await _has_tenant(
                    superuser, relation
                ):
                    await superuser.execute(await _insertion(superuser, relation, tenant))
    return ours, theirs


async def roles_of(connection: asyncpg.Connection) -> list[str]:
    """The installation's own roles, app first; the owner and the logins of the processes are not among them."""
    rows = await connection.fetch(
        "select rolname from pg_roles where rolname like 'evenhand\\_%' and rolname <> all($1::text[])"
        " order by rolname <> 'evenhand_app', rolname",
        [OWNER, APP, SEQUENCER],
    )
    return [row["rolname"] for row in rows]


async def relations(connection: asyncpg.Connection, kinds: str = "rpvm") -> list[str]:
    """Every table and view of ours."""
    rows = await connection.fetch(
        "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and position(relkind::text in $1) > 0"
        " order by relname",
        kinds,
    )
    return [row["relname"] for row in rows]


async def _has_tenant(connection: asyncpg.Connection, relation: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select from pg_attribute where attrelid = $1::text::regclass and attname = 'organization_id')",
        relation,
    )
    return found


async def _insertion(connection: asyncpg.Connection, relation: str, tenant: UUID) -> str:
    """An insert of a row that nobody has yet, for a tenant."""
    columns = await connection.fetch(
        "select attname, atttypid::regtype::text as type, attidentity::text as identity, attgenerated::text as generated"
        " from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped",
        relation,
    )
    filled = [each for each in columns if not each["identity"] and not each["generated"]]
    names = ", ".join(each["attname"] for each in filled)
    values = ", ".join(_value(each["attname"], each["type"], tenant) for each in filled)
    return f"insert into {relation} ({names}) values ({values})"


def _value(name: str, type_: str, tenant: UUID) -> str:
    if name == "organization_id":
        return f"'{tenant}'"
    fresh = uuid4()
    return {
        "uuid": f"'{fresh}'",
        "uuid[]": f"array['{fresh}'::uuid]",
        "bytea": f"'\\x{fresh.hex}'",
        "bytea[]": f"array['\\x{fresh.hex}'::bytea]",
        "text": f"'{fresh.hex}'",
        "character varying": f"'{fresh.hex}'",
        "ledger_decision": "'allow'",
        "text[]": f"array['{fresh.hex}']",
        "boolean": "true",
        "smallint": str(fresh.int % 30000),
        "integer": str(fresh.int % 2**31),
        "bigint": str(fresh.int % 2**62),
        "smallint[]": f"array[{fresh.int % 30000}]",
        "integer[]": f"array[{fresh.int % 2**31}]",
        "bigint[]": f"array[{fresh.int % 2**62}]",
        "double precision": "0.5",
        "double precision[]": "array[0.5]",
        "xid8": f"'{fresh.int % 2**62}'",
        "interval": "interval '1 hour'",
        "json": "'{}'",
        "jsonb": "'{}'",
        "date": "date '2026-03-01'",
    }.get(type_, "now()")


@dataclass(frozen=True)
class _Attempt:
    relation: str
    verb: str
    whose: str
    statement: str


async def matrix(
    copy: Copy, ours: UUID, theirs: UUID, roles: Sequence[str] = (), only: Collection[str] = ()
) -> tuple[set[Reached], int]:
    """(what was reached, how many attempts): every relation x verb x role x {own tenant, other tenant's rows, no tenant}.

    roles, only: these roles and relations instead of all.
    """
    async with copy.connect() as superuser:
        roles = roles or await roles_of(superuser)
        attempts = [
            attempt
            for relation in await relations(superuser)
            if not only or relation in only
            for attempt in await _attempts(superuser, relation, ours, theirs)
        ]
    reached = set()
    for role in roles:
        async with copy.connect(role) as connection:
            for each in attempts:
                if await _touches(connection, each.statement, ours if each.whose != "none" else None):
                    reached.add(Reached(role, each.relation, each.verb, each.whose))
    return reached, len(attempts) * len(roles)


async def _attempts(connection: asyncpg.Connection, relation: str, ours: UUID, theirs: UUID) -> list[_Attempt]:
    is_tenanted = await _has_tenant(connection, relation)
    column = await connection.fetchval(
        "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
        " and attidentity = '' and attgenerated = '' order by attname = 'organization_id' desc limit 1",
        relation,
    )
    found = []
    for whose, tenant in (("own", ours), ("foreign", theirs), ("none", theirs)):
        of = f" where organization_id = '{tenant}'" if is_tenanted else ""
        statements = {
            "select": f"select 1 from {relation}{of}",
            "insert": await _insertion(connection, relation, tenant),
            "update": f"update {relation} set {column} = {column}{of}",
            "delete": f"delete from {relation}{of}",
        }
        found += [_Attempt(relation, verb, whose, statement) for verb, statement in statements.items()]
    return found


async def _touches(connection: asyncpg.Connection, statement: str, tenant: UUID | None) -> bool:
    """Whether the statement touched a row. Refused for want of rights, by a policy or by the missing tenant: no."""
    bound = f"select set_config('evenhand.organization', '{tenant}', true); " if tenant else ""
    try:
        status: str = await connection.execute(f"begin; {bound}{statement}")
        return int(status.rsplit(" ", 1)[-1]) > 0
    except asyncpg.UniqueViolationError:
        return True  # it went past every policy, and was told that somebody has the value
    except (
        asyncpg.InsufficientPrivilegeError,
        asyncpg.UndefinedObjectError,  # unrecognized configuration parameter: no tenant was ever set here
        asyncpg.InvalidTextRepresentationError,  # the empty string that is left of one is no UUID
    ):
        return False
    finally:
        await connection.execute("rollback")


class _Undone(Exception):
    """Ends a transaction without keeping what it did."""


async def shuffled(database: Database, copy: Copy, tenants: tuple[UUID, UUID], seed: int) -> tuple[set[Reached], int]:
    """The matrix of app by the product's own way in, from both sides at once and in an order that is drawn: (reached, attempts).

    database: a pool of one connection, which requests of both tenants and of none share, one after the other.
    """
    async with copy.connect() as superuser:
        attempts = [
            (tenant, attempt)
            for tenant, other in (tenants, tenants[::-1])
            for relation in await relations(superuser)
            for attempt in await _attempts(superuser, relation, tenant, other)
        ]
    random.Random(seed).shuffle(attempts)
    waiting, reached = iter(attempts), set()

    async def requests() -> None:
        for tenant, each in waiting:
            if await _touches_by(database, each, tenant if each.whose != "none" else None):
                reached.add(Reached("evenhand_app", each.relation, each.verb, each.whose))

    await asyncio.gather(*(requests() for _ in range(8)))
    return reached, len(attempts)


async def _touches_by(database: Database, attempt: _Attempt, tenant: UUID | None) -> bool:
    """Whether a request touched a row. What reads is committed, as in life; what writes is undone."""
    touched = False
    try:
        async with database.tenant(tenant) if tenant else database.statement() as connection:
            transaction = connection.transaction() if tenant is None else nullcontext()
            async with transaction:
                status: str = await connection.execute(attempt.statement)
                touched = int(status.rsplit(" ", 1)[-1]) > 0
                if attempt.verb != "select":
                    raise _Undone
    except asyncpg.UniqueViolationError:
        return True
    except (
        _Undone,
        asyncpg.InsufficientPrivilegeError,
        asyncpg.UndefinedObjectError,
        asyncpg.InvalidTextRepresentationError,
    ):
        pass
    return touched


def opened_in_schema() -> set[tuple[str, str]]:
    """(role, table) that the schema files open across tenants by name."""
    text = "\n".join(
        file.read_text("utf-8")
        for room in files("evenhand").iterdir()
        if room.is_dir()
        for file in room.iterdir()
        if file.name.endswith(".sql")
    )
    found = {(role, table) for table, role in re.findall(r"call open_to_role\('(\w+)', '(\w+)'\)", text)}
    loop = r"foreach t in array array\[([^\]]*)\] loop\s+call open_to_role\(t, '(\w+)'\)"
    for tables, role in re.findall(loop, text):
        found |= {(role, table) for table in re.findall(r"'(\w+)'", tables)}
    return found


def crossings(reached: set[Reached]) -> list[str]:
    """What must not have been reached: app anything that is not its tenant's, the others what the schema does not open to them."""
    opened = opened_in_schema()
    wrong = []
    for each in sorted(reached, key=str):
        if each.relation in PUBLIC and each.verb == "select":
            continue
        if each.whose == "own" and each.relation not in PUBLIC:
            continue
        if each.role != "evenhand_app" and (each.role, each.relation) in opened:
            continue
        if each.role == "evenhand_backup" and each.verb == "select":
            continue  # it reads every row, sealed as it is, and writes none
        wrong.append(f"{each.role} {each.verb}s {each.relation} ({each.whose})")
    return wrong


async def missing(
    copy: Copy, reached: set[Reached], roles: Sequence[str] = (), only: Collection[str] = ()
) -> list[str]:
    """Rights that were given and reach nothing of one's own tenant: a policy is gone."""
    async with copy.connect() as superuser:
        roles = roles or await roles_of(superuser)
        granted = await superuser.fetch(
            """
            select r.role, c.relname as relation, v.verb
              from unnest($1::text[]) as r(role) cross join unnest($2::text[]) as v(verb)
              join pg_class c on c.relnamespace = 'evenhand'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
             where has_table_privilege(r.role, c.oid, v.verb)
               -- an update or a delete reads what it looks for
               and (v.verb = 'insert' or has_table_privilege(r.role, c.oid, 'select'))
            """,
            list(roles),
            list(VERBS),
        )
    return [
        f"{row['role']} may {row['verb']} {row['relation']} and reaches nothing"
        for row in granted
        if not only or row["relation"] in only
        if Reached(row["role"], row["relation"], row["verb"], "own") not in reached
    ]


# ---------------------------------------------------------------------------------------------------- the catalogue --
async def unforced(connection: asyncpg.Connection) -> list[str]:
    """Tables without forced row-level security that are not on the list."""
    rows = await connection.fetch(
        "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and relkind in ('r', 'p')"
        " and not (relrowsecurity and relforcerowsecurity) order by relname"
    )
    return [row["relname"] for row in rows if row["relname"] not in PUBLIC]


async def bare_views(connection: asyncpg.Connection) -> list[str]:
    """Views that would look with their owner's eyes."""
    rows = await connection.fetch(
        "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and relkind in ('v', 'm')"
        " and not coalesce(reloptions, '{}') @> array['security_invoker=true']"
    )
    return [row["relname"] for row in rows]


async def untenanted_keys(connection: asyncpg.Connection) -> list[str]:
    """Unique indexes that do not start with the tenant and are not on the list: each tells whether another tenant has a value."""
    rows = await connection.fetch(
        """
        select t.relname as relation, i.relname as index from pg_index x
          join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
          left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
         where t.relnamespace = 'evenhand'::regnamespace and t.relkind in ('r', 'p') and x.indisunique
           and a.attname is distinct from 'organization_id'
         order by 1, 2
        """
    )
    return [f"{row['relation']}.{row['index']}" for row in rows if row["relation"] not in UNTENANTED_KEYS]


async def loose_functions(connection: asyncpg.Connection) -> list[str]:
    """Functions that anybody may call, or that run with more rights and look for names wherever the caller says."""
    rows = await connection.fetch(
        """
        select p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, r.rolname as owner, r.rolcanlogin,
               coalesce(p.proacl, acldefault('f', p.proowner))::text[] as acl
          from pg_proc p join pg_roles r on r.oid = p.proowner
         where p.pronamespace = 'evenhand'::regnamespace
        """
    )
    wrong = []
    for row in rows:
        if any(each.startswith("=") for each in row["acl"]):
            wrong.append(f"{row['name']} may be called by anybody")
        if row["prosecdef"] and not any(
            "search_path=pg_catalog, evenhand, pg_temp" in each for each in row["proconfig"] or ()
        ):
            wrong.append(f"{row['name']} has no search_path of its own")
        if row["prosecdef"] and row["rolcanlogin"]:
            wrong.append(f"{row['name']} runs as {row['owner']}, who can log in")
    return wrong


async def rights_of_app(copy: Copy, login: str) -> list[str]:
    """What the login of the processes could do beyond its job."""
    wrong = []
    async with copy.connect() as superuser:
        role = await superuser.fetchrow("select * from pg_roles where rolname = $1", login)
        for right in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"):
            if role[right]:
                wrong.append(f"{login} has {right}")
        memberships = await superuser.fetch(
            "select r.rolname from pg_roles r where pg_has_role($1, r.oid, 'member') and r.rolname not in ($1, 'evenhand_app')",
            login,
        )
        wrong += [f"{login} is a member of {row['rolname']}" for row in memberships]
        owned = await superuser.fetch(
            "select relname as name from pg_class where pg_get_userbyid(relowner) in ($1, 'evenhand_app')"
            " union all select proname from pg_proc where pg_get_userbyid(proowner) in ($1, 'evenhand_app')"
            " union all select nspname from pg_namespace where pg_get_userbyid(nspowner) in ($1, 'evenhand_app')",
            login,
        )
        wrong += [f"{login} owns {row['name']}" for row in owned]
        for right in ("create", "temporary"):
            if await superuser.fetchval("select has_database_privilege($1, current_database(), $2)", login, right):
                wrong.append(f"{login} may {right} in the database")
        schemas = await superuser.fetch(
            "select nspname from pg_namespace where has_schema_privilege($1, oid, 'create')", login
        )
        wrong += [f"{login} may create in {row['nspname']}" for row in schemas]
        more = await superuser.fetch(
            "select c.relname, r.word from pg_class c cross join unnest(array['truncate', 'references', 'trigger']) as r(word)"
            " where c.relnamespace = 'evenhand'::regnamespace and c.relkind in ('r', 'p')"
            " and has_table_privilege($1, c.oid, r.word)",
            login,
        )
        wrong += [f"{login} may {row['word']} {row['relname']}" for row in more]
    return wrong


async def hands_of_app(copy: Copy) -> list[str]:
    """The same by trying: making things as app."""
    done = []
    async with copy.connect(as_="app") as connection:
        for statement in (
            "create temporary table t (x int)",
            "create table evenhand.t (x int)",
            "create table public.t (x int)",
            "create schema s",
            "create function evenhand.f() returns int language sql as 'select 1'",
            "alter table evenhand.task disable row level security",
            "set row_security = off; select count(*) from evenhand.task",
            "set session_replication_role = replica",
            "set role evenhand_work",
            "set role evenhand_owner",
            "set session authorization evenhand_owner",
            "copy evenhand.task from stdin",
            "copy evenhand.task to '/tmp/evenhand-leak'",
        ):
            try:
                async with connection.transaction():
                    await connection.execute(statement)
                    done.append(statement)
                    raise _Back
            except (_Back, asyncpg.PostgresError):
                pass
    return done


class _Back(Exception):
    """Rolls back."""


async def logins_of(connection: asyncpg.Connection) -> list[str]:
    """Which of the installation's own roles could log in; none."""
    rows: list[Any] = await connection.fetch(
        "select rolname from pg_roles where rolname = any($1::text[]) and (rolcanlogin or rolsuper or rolbypassrls)",
        await roles_of(connection),
    )
    return [row["rolname"] for row in rows]


# -------------------------------------------------------------------------------------------------------- functions --
# How each function that app may call knows its tenant. "credential": by the digest of a token, resolved inside. "setting": the
# tenant of the transaction. "argument": app says it, and what the function does is harmless in any tenant or is what app is for.
FUNCTIONS_OF_APP = {
    "actor_of": "credential",
    "answer_reopen": "credential",
    "batch_drop": "argument: forgets a batch that was never published",
    "batch_open": "argument: makes the slots of a batch that is published",
    "batches_unopened": "argument: ids for the worker",
    "challenge_decide": "credential",
    "challenges_open": "credential",
    "break_glass_approve": "credential",
    "break_glass_ask": "credential",
    "break_glass_close": "setting",
    "break_glass_counts": "argument: none; two counts that name nobody, for the public log",
    "break_glass_of": "credential",
    "break_glass_over": "argument: none; ids for the worker, of what is over",
    "check_run_take": "argument: none; ids for the worker",
    "claim": "credential",
    "disclosures_erase": "setting",
    "draft_save": "credential",
    "drafts_forget": "argument: none; forgets drafts that nobody came back to",
    "forget_notifications": "argument: none but an age; forgets what was told long ago",
    "grant_mint": "credential",
    "grant_mint_for_software": "argument: writes an entry, in the log of whose content the software opens",
    "hold_open": "argument: writes into the log of the customer that a change of the register concerns",
    "identity_find": "argument: by keyed hashes of what a provider vouches for, before anybody is signed in",
    "import_chunk": "credential",
    "import_run_take": "argument: none; ids for the worker, and under which credential it goes on",
    "interest_declarer": "credential",
    "interest_end": "credential",
    "interest_put": "credential",
    "interests_of": "credential",
    "key_add": "argument: within one membership",
    "mail_due": "argument: none; ids for the worker, of what waits to be mailed",
    "chunk_key_retire": "setting",
    "item_shred": "setting",
    "organization_keys_destroy": "setting",
    "rows_resealed": "setting",
    "shredding_finish": "setting",
    "shreddings_due": "argument: for the worker",
    "key_changes": "argument: which organizations' keys changed, to forget them; says nothing of the keys",
    "key_policy_set": "setting",
    "key_rewraps_due": "argument: for the worker",
    "key_file_due": "argument: for the worker",
    "keys_under": "argument: a count over all, for the operator's command, under references that only the key file names",
    "key_use_revoke": "setting",
    "keys_rewrapped": "setting",
    "lease_end": "credential",
    "lease_prolong": "credential",
    "lease_resume": "credential",
    "ledger_entry_id": "argument: computes",
    "ledger_facts": "argument: none; counts and ages that name nobody",
    "ledger_note": "setting",
    "ledger_note_public": "argument: appends to the log that everybody reads, of no tenant",
    "ledger_note_software": "argument: none; which software runs",
    "looks_of": "setting",
    "looks_walked": "setting",
    "media_drop": "argument: none; ids and object names for the worker, of files that nothing shows",
    "media_forget": "argument: one that was dropped",
    "media_look": "credential",
    "member_add": "argument: a person is found across customers by keyed hash alone",
    "member_remove": "setting",
    "member_role_set": "setting",
    "names_of_members": "setting",
    "vendors_of_members": "setting",
    "operating_facts": "argument: none; counts that name nobody",
    "organization_add": "argument: a new one",
    "party_of": "argument: which record of the public register an organization is",
    "password_change": "credential",
    "person_to_move": "credential",
    "preferences_set": "credential",
    "project_delete_some": "argument: one that lies in the trash",
    "project_keys_destroy": "argument: for the worker, of a project whose days in the trash are over",
    "projects_due": "argument: none; ids for the worker",
    "projects_retain": "argument: none; by each organization's own setting",
    "quality_take": "argument: none; ids for the worker, of projects whose votes changed",
    "queue_pause": "setting",
    "raise_floors": "argument: none; numbers of the queue",
    "register_begin": "argument: none; takes the gate",
    "register_bump": "argument: none; the register's version",
    "register_concerns": "argument: ids of the customers whom a change concerns, for whoever files it on",
    "register_epoch": "argument: none; the register's version",
    "register_facts": "argument: none; counts that name nobody",
    "register_file": "argument: what the verbs of the register decided",
    "register_points": "argument: none; a set of parties that names nobody's conflicts",
    "register_solve": "argument: the graph as it was solved",
    "register_statements": "argument: none; the register, and what was claimed beside it, for the solver",
    "register_ties": "argument: none; the graph as it was solved",
    "relay_take": "argument: none; ids and counts for the worker",
    "releases_waiting": "argument: ids for the worker",
    "self": "credential",
    "passkey_add": "credential",
    "passkey_enroll": "setting",
    "passkeys_forget": "argument: one person, by the operator at the machine",
    "passkey_facts": "argument: by a passkey's own id, before anybody is signed in; names no organization but the person's own",
    "passkey_remove": "credential",
    "passkey_shown": "argument: after the passkey was checked",
    "passkeys_of": "credential",
    "session_close": "credential",
    "session_confirm": "credential",
    "session_end": "credential",
    "session_facts": "credential",
    "session_use": "credential",
    "member_sessions_end": "setting",
    "session_open": "argument: after the password was checked, within one membership",
    "sessions_of": "credential",
    "sign_in_attempted": "argument: keyed hashes",
    "sign_in_facts": "argument: a keyed hash",
    "sign_in_succeeded": "argument: keyed hashes",
    "projects_undecided": "argument: none; ids for the worker",
    "has_undecided": "argument: none; yes or no, for the worker",
    "silences_begin": "argument: none; ids for the worker",
    "silences_here": "setting",
    "vendors_here": "setting",
    "stage_decide": "setting",
    "stage_submit": "credential",
    "stages_open": "setting",
    "verdict_take_back": "credential",
    "statements_between": "setting",
    "submit": "credential",
    "gold_make": "credential",
    "skills_ask": "credential",
    "skill_set": "credential",
    "exam_set": "credential",
    "audit_ask": "credential",
    "answer_reject": "credential",
    "appeal_answer": "credential",
    "appeal_file": "credential",
    "is_removed": "argument: reads as whoever calls it, of their own tenant",
    "offer_set": "credential",
    "person_remove": "credential",
    "ruling_withdraw": "credential",
    "gold_mend": "credential",
    "gold_queues": "argument: none; ids and rates for the worker",
    "flaw_plant": "credential",
    "flaw_remove": "credential",
    "is_flaw_dealt": "argument: reads as whoever calls it, of their own tenant",
    "known_answers": "argument: reads as whoever calls it, of their own tenant",
    "known_queues": "argument: none; ids and rates for the worker",
    "known_reviews_make": "setting",
    "known_settle": "argument: none; corrects counts, and says how many",
    "gold_rates_changed": "setting",
    "gold_retire": "credential",
    "sweep_drafts": "argument: none; forgets drafts of finished tasks",
    "sweep_leases": "argument: none; takes back leases that ran out",
    "sweep_routes": "argument: none; gives back what was set aside for somebody who did not come",
    "projects_routed": "argument: none; ids and a version for the worker",
    "routes_set": "setting",
    "tasks_change": "credential",
    "tasks_requeue": "credential",
    "tasks_unqueue": "credential",
    "tasks_reserve": "credential",
    "tasks_unreserve": "credential",
    "tenant": "setting",
    "ticket_add": "argument: within one membership",
    "ticket_facts": "credential",
    "ticket_use": "credential",
    "vendor_change": "credential",
    "wall_hold_countersign": "credential",
    "walls_in_force": "setting",
    "webhook_deliveries_add": "argument: ids for a webhook of the tenant that is named with it",
    "webhook_deliveries_due": "argument: none; what is sealed of webhooks, for the worker",
    "webhook_deliveries_forget": "argument: none; forgets what was sent a month ago",
    "webhooks_listening": "argument: ids for the worker",
}


async def functions_of_app(connection: asyncpg.Connection) -> set[str]:
    """The names of the functions that app may call."""
    rows = await connection.fetch(
        "select proname from pg_proc where pronamespace = 'evenhand'::regnamespace"
        " and has_function_privilege('evenhand_app', oid, 'execute')"
    )
    return {row["proname"] for row in rows}
