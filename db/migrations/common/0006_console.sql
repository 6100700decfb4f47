-- +goose Up
-- A deleted team is unreachable and can be brought back until its rows and files are purged. Then its audit log and its sums are
-- left, and a row for them to hang on.
ALTER TABLE tenants ADD COLUMN deleted_at BIGINT;
ALTER TABLE tenants ADD COLUMN purged_at BIGINT;
CREATE INDEX tenants_deleted ON tenants (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX tenants_by_name ON tenants (name, id);
CREATE INDEX users_by_name ON users (name, id);

-- An admin inside a team: with a reason, until a time, or until the admin leaves or the login ends.
CREATE TABLE entrances (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id), user_name TEXT NOT NULL,
  login_id TEXT NOT NULL, reason TEXT NOT NULL, entered_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, left_at BIGINT, PRIMARY KEY (tenant_id, id));
CREATE INDEX entrances_by_user ON entrances (user_id, ends_at) WHERE left_at IS NULL;
CREATE INDEX entrances_open ON entrances (tenant_id, ends_at) WHERE left_at IS NULL;

-- +goose Down
SELECT 'there is no way back: teams may be deleted' AS refused;
