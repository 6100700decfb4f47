-- +goose Up
-- A spare is an agent process that is started before the session that will use it. session_id and room are its own name until a session
-- takes it over; room stays. A process that was started for its session has no room.
ALTER TABLE agent_processes ADD COLUMN room TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'there is no way back from spare agent processes' AS refused;
