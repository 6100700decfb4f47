// Package shim is what an agent server starts instead of its shell, git and rg: it hands its arguments, its directory and its three
// standard files to the broker outside and waits. It is this binary under another name, and does its work while the binary's packages
// are being initialized, before almost all others: a program that only asks another one must not wait for those of a server. So it
// imports nothing that takes time to initialize.
package shim

import "strings"

// SocketVar is the variable with the path of the broker's socket. Without it, nothing here happens.
const SocketVar = "ORCHESTRATOR_BROKER"

// Shell is the name of the shell. It is not the name of one that OpenCode knows, so that OpenCode runs it simply as `-c command`.
const Shell = Prefix + "shell"

// Prefix is what the names of all programs begin with, except those that the agent server looks up itself.
const Prefix = "orc-"

// Names are the programs that every agent server starts this way.
var Names = []string{Shell, "git", "rg"}

// The lines of the broker. Anything else is a sentence that says why it refuses.
const (
	Started = "started"
	Ended   = "exit "
)

// nameOf returns the name of the program that a path stands for, or "" if this binary stands for itself.
func nameOf(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if strings.HasPrefix(name, Prefix) {
		return name
	}
	for _, n := range Names {
		if n == name {
			return name
		}
	}
	return ""
}

// Encode writes a request: its length, the program's name, the directory, the number of arguments, the arguments, and the environment.
// None of them can contain the byte that separates them.
func Encode(name, dir string, args, env []string) []byte {
	fields := append([]string{name, dir, itoa(len(args))}, args...)
	text := strings.Join(append(fields, env...), "\x00")
	n := len(text)
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
