//go:build unix

package browsertest

import (
	"os/exec"
	"syscall"
)

// outlive keeps signals for our process group from the guard, kill -9 above
// all, which is how a runner that has lost patience ends a whole group.
func outlive(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
