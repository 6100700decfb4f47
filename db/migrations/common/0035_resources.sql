-- +goose Up
-- What the processes of a session may take of the host: bytes, thousandths of a processor, processes and threads. NULL is no limit
-- but the team's. A session gets those of its team unless its creator sets others.
ALTER TABLE lanes ADD COLUMN max_memory_bytes_per_session BIGINT;
ALTER TABLE lanes ADD COLUMN max_cpu_milli_per_session BIGINT;
ALTER TABLE lanes ADD COLUMN max_tasks_per_session BIGINT;
ALTER TABLE sessions ADD COLUMN max_memory_bytes BIGINT;
ALTER TABLE sessions ADD COLUMN max_cpu_milli BIGINT;
ALTER TABLE sessions ADD COLUMN max_tasks BIGINT;

-- +goose Down
SELECT 'there is no way back from limits of the host' AS refused;
