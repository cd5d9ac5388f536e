//go:build !linux

package pgtest

import "os/exec"

// dieWithParent does nothing: only Linux can signal the end of a parent. The guard ends the
// server.
func dieWithParent(*exec.Cmd) {}

// memoryDir returns "": only Linux has a known directory in memory.
func memoryDir() string { return "" }
