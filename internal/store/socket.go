package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/sallyport/sallyport/internal/recall"
)

// On SQLite commands tell the server that works on the same file what they change, by a socket beside it:
// one line of JSON, which the server answers when it has forgotten what is old. A command
// acknowledges after that.
const (
	socketEnd   = ".sock"
	socketTime  = 5 * time.Second // for one message and its answer
	maxSockPath = 100             // a socket's path has 103 bytes at least, 107 on Linux
)

type socket struct {
	listener *net.UnixListener
	memory   *recall.Memory
	path     string
	ended    sync.WaitGroup
}

// listenForFacts begins to listen beside a file. What a program left there that was killed is removed:
// the caller has the lock of whoever serves.
func listenForFacts(path string, memory *recall.Memory) (*socket, error) {
	path += socketEnd
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	short, done, err := shortened(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil { // the folder is its owner's alone, too
		return nil, errors.Join(err, l.Close())
	}
	s := &socket{listener: l, memory: memory, path: path}
	s.ended.Go(s.run)
	return s, nil
}

// shortened returns a name for a socket that may be longer than the system allows, by its folder. done
// ends the name.
func shortened(path string) (name string, done func(), err error) {
	if len(path) <= maxSockPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(filepath.Dir(path)) //nolint:gosec // the operator's
	if err != nil {
		return "", nil, err
	}
	name = "/proc/self/fd/" + strconv.Itoa(int(folder.Fd())) + "/" + filepath.Base(path) //nolint:gosec // a small number
	return name, func() { folder.Close() }, nil
}

func (s *socket) close() error {
	err := errors.Join(s.listener.Close(), os.Remove(s.path))
	s.ended.Wait()
	return err
}

func (s *socket) run() {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(lookForOthers) // too many open files
			continue
		}
		s.ended.Go(func() { s.serve(c) })
	}
}

func (s *socket) serve(c net.Conn) {
	defer c.Close() //nolint:errcheck // it was answered, or is not
	var list []recall.Fact
	if c.SetDeadline(time.Now().Add(socketTime)) != nil || json.NewDecoder(c).Decode(&list) != nil {
		s.memory.Clear() // somebody changed something
		return
	}
	s.memory.Drop(list)
	_ = json.NewEncoder(c).Encode("forgotten") // whoever asked does not acknowledge without it
}

// tellServing tells the server that works on the file what was changed, and returns when it has forgotten
// that. Where none listens, none remembers anything.
func tellServing(ctx context.Context, path string, list []recall.Fact) error {
	short, done, err := shortened(path + socketEnd)
	if err != nil {
		return errUnconfirmed
	}
	defer done()
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", short)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err != nil {
		return errUnconfirmed
	}
	defer c.Close() //nolint:errcheck // it was answered, or is not
	var answer string
	if c.SetDeadline(time.Now().Add(socketTime)) != nil || json.NewEncoder(c).Encode(list) != nil || json.NewDecoder(c).Decode(&answer) != nil {
		return errUnconfirmed
	}
	return nil
}
