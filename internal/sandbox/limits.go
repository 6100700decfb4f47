package sandbox

// Limits bound what a program and each that it starts may take; zero leaves the system's own.
type Limits struct {
	// FileSize is the size of one file in bytes; who writes beyond is ended by the kernel.
	FileSize int64
	// OpenFiles is how many files one process may hold open.
	OpenFiles int64
	// Processes is how many processes and threads the user may have; it holds only where the program has a user of its own.
	Processes int64
}

// Bridge joins a loopback port inside an own network with a local socket outside.
type Bridge struct {
	Port   uint16
	Socket string
}
