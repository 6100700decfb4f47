package session

import "regexp"

// A spare is an agent process that is started before the session that will use it. Its ID is never a session's.
var spareID = regexp.MustCompile(`^spare-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// SpareOf returns the ID of a spare that nothing else is named after; unique is a UUID.
func SpareOf(unique string) ID { return ID("spare-" + unique) }

// IsSpare reports whether the ID is that of a spare.
func (i ID) IsSpare() bool { return spareID.MatchString(string(i)) }
