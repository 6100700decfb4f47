-- +goose Up
INSERT INTO event_types VALUES ('session.alarm');
