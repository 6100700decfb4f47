package sandbox

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// shell enters the inner domain of the session in which it was started and executes a program: bash, or git when the agent server calls it.
// Git runs what its configuration says, which the shell's programs can write.
func shell(program string, args []string) error {
	var s Shell
	if err := json.Unmarshal([]byte(os.Getenv(shellVar)), &s); err != nil {
		return fmt.Errorf("read the shell's settings: %w", err)
	}
	var buf [unix.PathMax]byte
	n, err := unix.Getcwd(buf[:]) // from the kernel, because PWD cannot be trusted
	if err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	spec, err := s.domain(string(buf[:n-1]))
	if err != nil {
		return err
	}
	if spec, err = spec.withProxy(); err != nil {
		return err
	}
	spec.Argv, spec.UID = append([]string{program}, args...), 0 // the shell already runs as its user
	return enterSandbox(stage{Spec: spec, Held: landlockABI() >= 1})
}
