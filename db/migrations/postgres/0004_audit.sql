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
CREATE FUNCTION main.keep_audit() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.n IS NULL AND OLD.mac IS NULL AND NEW.n IS NOT NULL AND NEW.mac IS NOT NULL
    AND to_jsonb(NEW) - 'n' - 'mac' = to_jsonb(OLD) - 'n' - 'mac' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit entries are kept as they were written';
END $keep$;
-- +goose StatementEnd
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION main.keep_audit();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION main.keep_audit();
CREATE TRIGGER instance_audit_is_kept BEFORE UPDATE OR DELETE ON instance_audit FOR EACH ROW EXECUTE FUNCTION main.keep_audit();
CREATE TRIGGER instance_audit_stays BEFORE TRUNCATE ON instance_audit FOR EACH STATEMENT EXECUTE FUNCTION main.keep_audit();

-- +goose Down
SELECT 'there is no way back: the audit log is kept' AS refused;
