package tenant

import "context"

// Origin describes where an action comes from: the user, the credential, the network address and the request. It is passed in
// the context, so that actions outside of any team are logged in the same way as a team's.
type Origin struct {
	User UserID
	Name string
	// Via identifies the credential: "login", "token:<id>", "command" or "system".
	Via string
	// Peer is the network address, or "command" for the operator's commands.
	Peer string
	// Request is the ID of the request in the server log; empty if there was none.
	Request string
}

type originKey struct{}

// WithOrigin returns a context with the origin o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns the origin of ctx; ok is false for background loops, which nobody requested.
func OriginOf(ctx context.Context) (o Origin, ok bool) {
	o, ok = ctx.Value(originKey{}).(Origin)
	return o, ok
}
