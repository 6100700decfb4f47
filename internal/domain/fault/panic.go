package fault

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Panic is the error that Catch makes of a panic. It is Internal, so people never read it; a log shows its stack too.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// LogValue is what a log shows: the text and the stack.
func (p *Panic) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("%s\n%s", p.Error(), p.Stack))
}

// Catch runs fn and returns its error, or a *Panic if fn panics. It bounds the damage of one bad input to the work on it; the
// rest of the process continues. It does not reach into goroutines that fn starts.
func Catch(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}
