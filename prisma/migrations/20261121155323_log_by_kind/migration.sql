-- DropIndex
DROP INDEX "management_log_provider_id_kind_last_at_id_idx";

-- ── By hand from here ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Behind row-level security a comparison of enums is no way into an index, because it is not leakproof. That an index is
-- about one kind only, however, is known before anything is compared. Most entries are of links: they need none.
CREATE INDEX management_log_attempts_idx ON management_log (provider_id, last_at DESC, id DESC) WHERE kind = 'attempt';
CREATE INDEX management_log_commands_idx ON management_log (provider_id, last_at DESC, id DESC) WHERE kind = 'command';
CREATE INDEX management_log_changes_idx ON management_log (provider_id, last_at DESC, id DESC) WHERE kind = 'change';
