package pgtest

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel end the server with us, kill -9 included, and
// keeps a terminal's ^C, which is for the tests, from the server.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // its immediate shutdown
	cmd.SysProcAttr.Setpgid = true
}

// memoryNeed is what a run of the whole suite may take in memoryDir at a time:
// the cluster, its log of writes and the databases of the tests under way.
const memoryNeed = 1 << 30

// memoryDir returns a directory in memory where there is room for a cluster,
// else "". A database is some 300 files; on a slow disk, cloning one there
// takes ten times as long.
func memoryDir() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryNeed {
		return "" // a container has 64 MB there unless told otherwise
	}
	return dir
}
