package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// state is the file that remembers how far a receiver got that remembers nothing.
type state struct {
	path string
	lock io.Closer
	kept kept
	some bool
}

type kept struct {
	TenantID string `json:"tenantId"`
	Position int64  `json:"position"` // of the next event
}

func openState(path, tenantID string) (*state, error) {
	lock, err := lock(path)
	if err != nil {
		return nil, err
	}
	s := &state{path: path, lock: lock, kept: kept{TenantID: tenantID}}
	if err := s.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("--state: %w", err), lock.Close())
	}
	return s, nil
}

func (s *state) read() error {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var k kept
	if json.Unmarshal(text, &k) != nil || k.TenantID == "" || k.Position < 0 {
		return fmt.Errorf("%s was not written by sallyport audit follow: name another file, which is made", s.path)
	}
	if k.TenantID != s.kept.TenantID {
		return fmt.Errorf("%s is about another organisation: each needs a file of its own", s.path)
	}
	s.kept, s.some = k, true
	return nil
}

// keep stores a position, completely or not at all.
func (s *state) keep(position int64) error {
	s.kept.Position, s.some = position, true
	text, err := json.Marshal(s.kept)
	if err != nil {
		return err
	}
	if err := replace(s.path, append(text, '\n')); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	return nil
}

// replace writes a file that only this account can read.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // no effect once the file is renamed
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder makes a new file name durable. Windows cannot sync a folder and does not need to.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
