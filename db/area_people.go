package db

func init() {
	ofPerson("memberships", "logins", "reset_links", "authenticators", "recovery_codes", "passkeys", "pending_logins", "identities", "login_links",
		"letters", "instance_letters")
	nameOf("invitations", "invited_by", "invited_by_name")
	nameOf("entrances", "user_id", "user_name")
	onErase(eraseGuest)
	ofTeam("api_tokens", "invitations", "memberships", "entrances", "letters")
	sealedOutside("authenticators", "user_id", "secret")
	sealedIn("letters", "id", "data")
	sealedOutside("instance_letters", "id", "data")
}
