// Package bench measures speed and size: the delay of the first event, the number of events and claims per second, the response time of
// pages with a million sessions, and the memory of the program. It asserts nothing; it prints a table.
package bench
