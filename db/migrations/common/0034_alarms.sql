-- +goose Up
INSERT INTO event_types VALUES ('session.alarm');

-- +goose Down
SELECT 'there is no way back from alarms' AS refused;
