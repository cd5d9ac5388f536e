//go:build unix

package browsertest

import (
	"os/exec"
	"syscall"
)

// outlive puts the guard into its own process group. A test runner may kill our whole group.
func outlive(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
