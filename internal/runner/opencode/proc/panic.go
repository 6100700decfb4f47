package proc

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// CatchPanic does do; a panic becomes an error and leaves its stack in the log. Every goroutine of this package runs in it:
// an event of one agent must never end the server.
func CatchPanic(log *slog.Logger, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do()
}
