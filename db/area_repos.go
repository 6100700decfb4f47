package db

func init() {
	nameOf("repository_hosts", "added_by", "added_by_name")
	onErase(eraseKeeper)
	ofTeam("repository_host_keys", "repository_hosts", "repositories")
	sealedIn("repositories", "id", "credential")
}
