/**
 * How the state file came to its shape, oldest first. The file's `user_version` counts how many it has seen, so an
 * entry that was released is never edited: add one.
 *
 * Times are ISO texts in UTC. Every row that belongs to a portal says to which, since an agent may serve several.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    instance TEXT NOT NULL,
    journal_id TEXT NOT NULL,
    session INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE portals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    addresses TEXT NOT NULL,
    password TEXT NOT NULL,
    certificate TEXT,
    display_name TEXT,
    policy TEXT NOT NULL,
    joined_at TEXT NOT NULL,
    proven_at TEXT
  ) STRICT;

  CREATE TABLE plans (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    sources TEXT NOT NULL,
    PRIMARY KEY (portal_id, id)
  ) STRICT;

  -- Outlives its portal: its key is the only way to what it holds.
  CREATE TABLE repositories (
    id TEXT PRIMARY KEY,
    portal_id TEXT REFERENCES portals (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    folder TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;

  -- Outlives its portal as well: no id is ever executed twice.
  CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL,
    body TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    reason TEXT NOT NULL,
    receipt TEXT NOT NULL,
    state TEXT NOT NULL,
    received_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
  ) STRICT;
  CREATE INDEX commands_by_state ON commands (state);

  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    fact TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_portal ON outbox (portal_id, sequence);

  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    plan_revision INTEGER NOT NULL,
    plan_name TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    command_id TEXT,
    started_at TEXT NOT NULL,
    process TEXT,
    finished_at TEXT,
    outcome TEXT,
    snapshot_id TEXT,
    counts TEXT,
    code TEXT,
    detail TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (started_at);

  CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    times INTEGER NOT NULL,
    level TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT,
    text TEXT NOT NULL
  ) STRICT;

  -- Who holds the lock of this state folder. Means something only while the lock is held.
  CREATE TABLE daemon (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    pid INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Where the agent waits to be dialled, and the firewall rule that it added for that.
  CREATE TABLE listening (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    address TEXT,
    port INTEGER NOT NULL,
    rule TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- How this portal is reached, and the address at which it last proved itself, which is tried first.
  ALTER TABLE portals ADD COLUMN proxy TEXT NOT NULL DEFAULT '{"kind":"environment"}';
  ALTER TABLE portals ADD COLUMN last_address TEXT;
  `,
  `
  -- Plans that run by themselves. Runs before there were schedules were all asked for.
  ALTER TABLE plans ADD COLUMN schedule TEXT;
  ALTER TABLE runs ADD COLUMN why TEXT NOT NULL DEFAULT 'asked';

  -- Up to when each schedule is settled. It is for that very schedule: another one starts anew.
  CREATE TABLE schedules (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    schedule TEXT NOT NULL,
    settled_at TEXT NOT NULL,
    PRIMARY KEY (portal_id, plan_id)
  ) STRICT;
  `,
  `
  -- Which snapshots of a plan stay, what a run removed, and when a repository last gave back the space.
  ALTER TABLE plans ADD COLUMN retention TEXT;
  ALTER TABLE runs ADD COLUMN tidied TEXT;
  ALTER TABLE repositories ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE repositories ADD COLUMN pruned_at TEXT;
  ALTER TABLE repositories ADD COLUMN prune_took_ms INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Each portal has a sequence of reports of its own, without gaps and with a name of its own: what one portal gets, or
  -- says of it, does not concern another.
  ALTER TABLE portals ADD COLUMN journal_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE portals ADD COLUMN last_sequence INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE outbox_of_portals (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    at TEXT NOT NULL,
    fact TEXT NOT NULL,
    PRIMARY KEY (portal_id, sequence)
  ) STRICT;
  INSERT INTO outbox_of_portals
    SELECT portal_id, row_number() OVER (PARTITION BY portal_id ORDER BY sequence), at, fact FROM outbox;
  DROP TABLE outbox;
  ALTER TABLE outbox_of_portals RENAME TO outbox;
  UPDATE portals SET
    last_sequence = (SELECT count(*) FROM outbox WHERE portal_id = portals.id),
    journal_id = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
                       substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)));
  `,
  `
  -- The agent's own pair of age keys, to which others seal for it.
  ALTER TABLE identity ADD COLUMN age_identity TEXT;
  ALTER TABLE identity ADD COLUMN age_recipient TEXT;
  `,
  `
  -- A repository may be elsewhere than in a folder. What opens it there is sealed, and was set at some time.
  ALTER TABLE repositories ADD COLUMN place TEXT NOT NULL DEFAULT '';
  ALTER TABLE repositories ADD COLUMN credentials TEXT;
  ALTER TABLE repositories ADD COLUMN credentials_at TEXT;
  UPDATE repositories SET place = json_object('kind', 'folder', 'folder', folder);
  ALTER TABLE repositories DROP COLUMN folder;
  `,
  `
  -- The key by which this agent signs its own vault tokens, where vaults are, and the leave for each repository there.
  ALTER TABLE identity ADD COLUMN vault_key TEXT;
  CREATE TABLE vaults (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    vault TEXT NOT NULL,
    PRIMARY KEY (portal_id, id)
  ) STRICT;
  CREATE TABLE vault_grants (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    repository_id TEXT NOT NULL,
    vault_id TEXT NOT NULL,
    grant_text TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (portal_id, repository_id)
  ) STRICT;
  `,
  `
  -- To whom the keys of a portal's repositories are sealed, and whom the portal named since, whom nobody here accepted.
  CREATE TABLE recovery (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    held_at TEXT NOT NULL,
    waiting TEXT
  ) STRICT;
  CREATE TABLE seals (
    repository_id TEXT PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    digest TEXT NOT NULL,
    sealed TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- What a plan says beyond folders, place, times and retention, as JSON.
  ALTER TABLE plans ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
  `,
  `
  -- The restic that last tried a repository out: a lock that it left behind is ours to remove.
  ALTER TABLE repositories ADD COLUMN trial TEXT;
  `,
  `
  -- What plans may name here, as a person at this machine wrote it down, and what was dumped and run beside a backup.
  CREATE TABLE offers (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    setting TEXT NOT NULL,
    secret TEXT,
    PRIMARY KEY (kind, name)
  ) STRICT;
  ALTER TABLE runs ADD COLUMN dumps TEXT;
  ALTER TABLE runs ADD COLUMN hooks TEXT;
  `,
  `
  -- Repositories of other servers, which are only read here.
  ALTER TABLE repositories ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;

  -- What was put back onto this machine. One that has no end yet goes on, or was cut.
  CREATE TABLE restores (
    id TEXT PRIMARY KEY,
    portal_id TEXT,
    repository_id TEXT NOT NULL,
    body TEXT NOT NULL,
    started_at TEXT NOT NULL,
    process TEXT,
    staging TEXT NOT NULL DEFAULT '[]',
    finished_at TEXT,
    result TEXT
  ) STRICT;
  `,
  `
  -- What was hashed after the last backup of a plan, and when restoring it was last tried.
  CREATE TABLE drills (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    snapshot_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    entries TEXT NOT NULL,
    held_at TEXT,
    PRIMARY KEY (portal_id, plan_id)
  ) STRICT;
  `,
  `
  -- How many backups of a plan there were since a part of its repository was read back, and which part that was.
  CREATE TABLE verifications (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    runs INTEGER NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (portal_id, plan_id)
  ) STRICT;
  ALTER TABLE runs ADD COLUMN verified TEXT;
  `,
]
