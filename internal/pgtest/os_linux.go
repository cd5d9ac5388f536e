package pgtest

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel end the server when this process ends, even by kill -9.
// Ctrl-C in the terminal is meant for the tests and does not reach the server.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // PostgreSQL's immediate shutdown
	cmd.SysProcAttr.Setpgid = true
}

// memoryNeed is how many bytes the whole test suite may use in memoryDir at a time: the
// cluster, its write-ahead log and the databases of the running tests.
const memoryNeed = 1 << 30

// memoryDir returns a directory in memory with room for a cluster, else "". A database
// has about 300 files; on a slow disk, cloning one takes ten times as long.
func memoryDir() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryNeed {
		return "" // a container has 64 MB by default
	}
	return dir
}
