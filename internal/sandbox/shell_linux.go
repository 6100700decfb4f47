package sandbox

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// shell enters the second domain of the session it was started in and becomes bash.
func shell(args []string) error {
	var s Shell
	if err := json.Unmarshal([]byte(os.Getenv(shellVar)), &s); err != nil {
		return fmt.Errorf("read the shell's settings: %w", err)
	}
	var buf [unix.PathMax]byte
	n, err := unix.Getcwd(buf[:]) // the kernel's word, not that of PWD
	if err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	spec, err := s.domain(string(buf[:n-1]))
	if err != nil {
		return err
	}
	if spec, err = spec.proxied(); err != nil {
		return err
	}
	spec.Argv, spec.UID = append([]string{bash}, args...), 0 // who starts a shell is its user already
	return enter(stage{Spec: spec, Held: landlockABI() >= 1})
}
