// Package bench measures speed and size: how much later the first event comes through us, how many events and claims a second are
// carried, how long pages take with a million sessions, how much memory the program holds. It asserts no speed; it prints a table.
package bench
