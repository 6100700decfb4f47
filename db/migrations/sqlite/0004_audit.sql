-- +goose Up
-- An entry says where it came from and how it ended; n and mac are its seal, empty until the sealer has been there.
ALTER TABLE audit ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN result TEXT NOT NULL DEFAULT 'ok';
ALTER TABLE audit ADD COLUMN was TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN became TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN n BIGINT;
ALTER TABLE audit ADD COLUMN mac TEXT;
CREATE UNIQUE INDEX audit_by_n ON audit (tenant_id, n) WHERE n IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (tenant_id, id) WHERE n IS NULL;
CREATE INDEX audit_by_actor ON audit (tenant_id, actor_id, id);
CREATE INDEX audit_by_verb ON audit (tenant_id, verb, id);
CREATE INDEX audit_by_object ON audit (tenant_id, object_id, id);
CREATE INDEX audit_by_time ON audit (tenant_id, at);

-- What has no team: signing in, people, teams, settings.
CREATE TABLE instance_audit (
  id TEXT PRIMARY KEY, at BIGINT NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, via TEXT NOT NULL, verb TEXT NOT NULL,
  object_id TEXT NOT NULL, detail TEXT NOT NULL, peer TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL, was TEXT NOT NULL,
  became TEXT NOT NULL, n BIGINT, mac TEXT);
CREATE UNIQUE INDEX instance_audit_by_n ON instance_audit (n) WHERE n IS NOT NULL;
CREATE INDEX instance_audit_unsealed ON instance_audit (id) WHERE n IS NULL;
CREATE INDEX instance_audit_by_actor ON instance_audit (actor_id, id);
CREATE INDEX instance_audit_by_verb ON instance_audit (verb, id);
CREATE INDEX instance_audit_by_object ON instance_audit (object_id, id);
CREATE INDEX instance_audit_by_time ON instance_audit (at);

-- How long each chain is and its last seal; the chain of the instance is "instance", every other bears its team's id.
CREATE TABLE audit_heads (chain TEXT PRIMARY KEY, n BIGINT NOT NULL, mac TEXT NOT NULL);

-- Nothing is taken back: an entry may be sealed once and is otherwise as it was written.
-- +goose StatementBegin
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit entries are kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_is_sealed_once BEFORE UPDATE ON audit WHEN OLD.n IS NOT NULL OR OLD.mac IS NOT NULL OR NEW.n IS NULL OR NEW.mac IS NULL
  OR NEW.tenant_id IS NOT OLD.tenant_id OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor_id IS NOT OLD.actor_id
  OR NEW.actor_name IS NOT OLD.actor_name OR NEW.via IS NOT OLD.via OR NEW.verb IS NOT OLD.verb OR NEW.object_id IS NOT OLD.object_id
  OR NEW.detail IS NOT OLD.detail OR NEW.peer IS NOT OLD.peer OR NEW.request IS NOT OLD.request OR NEW.result IS NOT OLD.result
  OR NEW.was IS NOT OLD.was OR NEW.became IS NOT OLD.became
BEGIN SELECT RAISE(ABORT, 'audit entries are kept as they were written'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER instance_audit_is_kept BEFORE DELETE ON instance_audit BEGIN SELECT RAISE(ABORT, 'audit entries are kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER instance_audit_is_sealed_once BEFORE UPDATE ON instance_audit WHEN OLD.n IS NOT NULL OR OLD.mac IS NOT NULL OR NEW.n IS NULL OR NEW.mac IS NULL
  OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor_id IS NOT OLD.actor_id
  OR NEW.actor_name IS NOT OLD.actor_name OR NEW.via IS NOT OLD.via OR NEW.verb IS NOT OLD.verb OR NEW.object_id IS NOT OLD.object_id
  OR NEW.detail IS NOT OLD.detail OR NEW.peer IS NOT OLD.peer OR NEW.request IS NOT OLD.request OR NEW.result IS NOT OLD.result
  OR NEW.was IS NOT OLD.was OR NEW.became IS NOT OLD.became
BEGIN SELECT RAISE(ABORT, 'audit entries are kept as they were written'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 'there is no way back: the audit log is kept' AS refused;
