package follow

import (
	"net"

	"golang.org/x/sys/unix"
)

// unread reports whether the other machine has not acknowledged everything that was sent on a
// connection. One that closes it while more is on the way never does, though its end arrives here
// like that of one that has read everything.
func unread(c *net.TCPConn) bool {
	waiting := 1
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			if n, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ); err == nil {
				waiting = n
			}
		})
	}
	return err != nil || waiting > 0
}
