//go:build !unix || solaris || aix

package follow

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// lockFile is a file that is there as long as it is locked.
type lockFile struct{ *os.File }

// Close removes the file.
func (f lockFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

// lock makes the lock file beside a file. One that was left by a follower that was killed has to be
// removed by hand, since nothing tells it from that of a running one.
func lock(path string) (io.Closer, error) {
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("lock %s: another sallyport audit follow has it, or was killed: end that one, or, if none runs, remove %s.lock", path, path)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return lockFile{file}, nil
}
