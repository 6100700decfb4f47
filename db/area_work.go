package db

func init() {
	nameOf("sessions", "created_by", "created_by_name")
	nameOf("events", "actor_id", "actor_name")
	onErase(eraseTold)
	onNewTeam(openQueue)
	ofTeam("model_calls", "model_blobs", "grants", "tenant_changes", "session_terms", "session_counts", "person_counts", "agent_processes", "agent_starts",
		"gateway_keys")
	sealedIn("agent_processes", "tenant_id", "password")
}
