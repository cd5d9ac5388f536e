//go:build linux || darwin

package doctor

import "syscall"

// freeSpace returns the bytes that this account can still write to the disk a
// path is on.
func freeSpace(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
