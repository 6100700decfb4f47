package db

func init() {
	nameOf("budget_requests", "asked_by", "asked_by_name")
	ofTeam("provider_models", "providers", "budget_requests", "budget_stops", "reservations", "budgets", "storage")
	sealedIn("providers", "id", "api_key")
}
