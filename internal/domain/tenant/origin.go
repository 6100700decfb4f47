package tenant

import "context"

// Origin is where an act comes from: who is signed in, by which credential, from which address, in which request.
// It travels in the context, so that acts outside of any team are written down as well as a team's.
type Origin struct {
	User UserID
	Name string
	// Via names the credential: "login", "token:<id>", "command" or "system".
	Via string
	// Peer is the network address, or "command" for the operator's commands.
	Peer string
	// Request is the id of the request in the server's log; empty where there was none.
	Request string
}

type originKey struct{}

// WithOrigin gives a context in which acts come from o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is where acts of ctx come from; ok is false for loops, which nobody asked.
func OriginOf(ctx context.Context) (o Origin, ok bool) {
	o, ok = ctx.Value(originKey{}).(Origin)
	return o, ok
}
