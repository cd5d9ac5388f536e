//go:build !unix

package pgtest

import "os/exec"

// outlive does nothing where there are no process groups.
func outlive(*exec.Cmd) {}
