-- The roles of an installation, made once by whoever owns the database (it needs CREATEROLE, not superuser).
-- owner: the role that runs this file; it owns tables and runs migrations, and nothing at run time.
-- work, sweep, wall, people: own the functions that run with more rights than app; none of them can log in.
-- app: the web and worker processes log in as it (or as a member of it). It owns nothing.
-- sequencer: reads the ledger's inbox and the outbox across tenants. broker: reads wrapped keys.
-- backup: reads every row, all of which are ciphertext or numbers, and writes none; the owner takes this role to make a backup.
do $$
declare r text;
begin
  foreach r in array array['evenhand_work', 'evenhand_sweep', 'evenhand_wall', 'evenhand_people', 'evenhand_app',
                           'evenhand_sequencer', 'evenhand_broker', 'evenhand_backup'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls', r);
    end if;
  end loop;
  foreach r in array array['evenhand_work', 'evenhand_sweep', 'evenhand_wall', 'evenhand_people', 'evenhand_backup'] loop
    -- The owner hands functions over to these, for which it must be a member of each; backups it makes as the last one.
    if not pg_has_role(current_user, r, 'usage') or not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to %I', r, current_user);
    end if;
  end loop;
  -- App and the others may not make things in the database, not even temporary ones.
  execute format('revoke temporary, create on database %I from public', current_database());
  execute format('revoke create on schema public from public');
exception when insufficient_privilege then
  raise exception 'The owner role % may not make roles.', current_user
    using hint = 'Give it CREATEROLE and make it the owner of the database, or let an administrator run roles.sql once.';
end $$;
