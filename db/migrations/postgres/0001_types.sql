-- +goose Up
-- One word for bytes in both dialects, so that the tables below are written once.
CREATE DOMAIN BLOB AS BYTEA;

-- +goose Down
DROP DOMAIN BLOB;
