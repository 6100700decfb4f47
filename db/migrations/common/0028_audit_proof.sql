-- +goose Up
-- proof authenticates a head; it is empty in databases of before until the sealer has been there. Entries up to lost_n were sealed
-- with lost_key, which the operator gave up; lost_mac is the seal of the last of them.
ALTER TABLE audit_heads ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_heads ADD COLUMN lost_n BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_heads ADD COLUMN lost_mac TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_heads ADD COLUMN lost_key TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'there is no way back: the audit log is kept' AS refused;
