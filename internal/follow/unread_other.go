//go:build !linux

package follow

import "net"

// unread reports false: these systems do not tell what was not acknowledged.
func unread(*net.TCPConn) bool { return false }
