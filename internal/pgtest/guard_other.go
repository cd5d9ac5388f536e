//go:build !unix

package pgtest

import "os/exec"

// outlive does nothing on systems without process groups.
func outlive(*exec.Cmd) {}
