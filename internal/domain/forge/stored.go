package forge

import "time"

// Stored are a repository's settings as they are kept, without their secrets.
type Stored struct {
	Settings
	// Access is what the token could do when it was saved, at CheckedAt.
	Access    Access
	CheckedAt time.Time
	// Hook is the part of the webhook's address that names the repository; "" if no webhook is set up.
	Hook string
}
