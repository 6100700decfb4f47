package sandbox

// Limits are resource limits for a program and each of its descendants; zero means the system's limit.
type Limits struct {
	// FileSize is the maximum size of a file in bytes. The kernel kills a process that exceeds it.
	FileSize int64
	// OpenFiles is the maximum number of open files per process.
	OpenFiles int64
	// Memory is the maximum size of the memory that one process writes to, in bytes. Files that it only reads do not count.
	Memory int64
	// Processes is the maximum number of processes and threads of the user. It applies only if the program has a separate user.
	Processes int64
}

// Bridge connects a loopback port inside a separate network with a local socket outside.
type Bridge struct {
	Port   uint16
	Socket string
}
