// Package e2e runs the real binary with the real OpenCode against a scripted model, through the command line, the REST API and a
// browser, like operators, programs and users. It contains only tests.
package e2e
