// Package e2e runs the real binary with the real OpenCode against a scripted model, as an operator and other programs do:
// through the command line and the REST API, reading only the names those promise. It holds tests and nothing else.
package e2e
