//go:build !linux

package pgtest

import "os/exec"

// dieWithParent leaves the end of the server to the guard: only Linux signals
// the end of a parent.
func dieWithParent(*exec.Cmd) {}

// memoryDir names none: only Linux has one in a known place.
func memoryDir() string { return "" }
