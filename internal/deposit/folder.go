package deposit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// folder writes a file for each checkpoint. Others may read it: nothing in it is secret.
type folder struct{ path string }

func (folder) Name() string { return "folder" }

func (f folder) Take(_ context.Context, c Checkpoint) error {
	path := filepath.Join(f.path, c.name())
	before, err := os.ReadFile(path)
	if err == nil {
		if string(before) == c.Note {
			return nil // it was written, and the node ended before it was remembered
		}
		return fmt.Errorf("%s is another checkpoint of as many events, and stays: the log was written anew, or restored from a backup", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return write(path, c.Note)
}

// write writes a file, completely or not at all.
func write(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // no effect once the file is renamed
	_, err = file.WriteString(text)
	if err == nil {
		err = errors.Join(file.Chmod(0o644), file.Sync())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new file name durable. Windows cannot sync a folder and does not need to.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
