package fault

import (
	"fmt"
	"runtime/debug"
)

// Panic is what Catch makes of a panic. Its text and its stack are for logs only: it is Internal, as every error that is not a *Error.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n%s", p.Value, p.Stack) }

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
