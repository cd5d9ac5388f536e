//go:build unix && !solaris && !aix

package follow

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockFile is the open file that is locked.
type lockFile struct{ *os.File }

// Close unlocks the file first: a process that this one is just starting has the open file too, until
// its program begins, and would keep the lock that long.
func (f lockFile) Close() error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.File.Close())
}

// lock takes the lock file beside a file. The lock ends with the process, however that ends; its file
// stays, since one that is removed could be locked twice.
func lock(path string) (io.Closer, error) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another sallyport audit follow has it: end that one, or name another file")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return lockFile{file}, nil
}
