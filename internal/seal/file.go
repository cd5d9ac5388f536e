package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Open reads the keys from a file, and makes the file, with a new key, when
// there is none. Of several programs that start at once with an empty folder
// one makes it and all use it. A file that others on the machine may read is
// refused: its keys have to be taken as known.
func Open(path string) (*Keys, error) {
	k, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = generate(); err != nil {
		return nil, err
	}
	text, err := k.set.Load().text()
	if err != nil {
		return nil, err
	}
	if err := create(path, text); err != nil {
		return nil, fmt.Errorf("make the file of keys: %w", err)
	}
	// Read back: another program may have been first.
	return read(path)
}

func read(path string) (*Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the file of keys: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the file of keys: %w", err)
	}
	// Windows has no such bits; there the folder's own rights decide.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s can be read by others on this machine (mode %04o): run chmod 600 on it, and rotate the keys if others had access", path, mode)
	}
	const longest = 1 << 20 // thousands of keys
	if info.Size() > longest {
		return nil, fmt.Errorf("%s is too large to be a file of keys", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the file of keys: %w", err)
	}
	k, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k.path = path
	return k, nil
}

// Rotate adds a new key, which seals from now on, and writes the file. The old
// keys stay and open what they sealed. Other nodes need the new file before
// they can open what this one seals: see docs/adr/0008-sealing.md.
func (k *Keys) Rotate() error {
	if k.path == "" {
		return errors.New("these keys did not come from a file, so they cannot be rotated here: rotate a file of keys and give its contents")
	}
	// Its name is the lock: of two rotations at once the second gives up.
	next := k.path + ".next"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("rotate the keys: %s exists, so another rotation is under way or was cut short: if none is running, remove that file and try again", next)
	}
	if err != nil {
		return fmt.Errorf("rotate the keys: %w", err)
	}
	defer os.Remove(next) //nolint:errcheck // gone once it has its new name
	// What the file has now counts: a rotation elsewhere may have added to it.
	now, err := read(k.path)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	fresh, err := now.withNewPrimary()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	text, err := fresh.set.Load().text()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if err := fill(file, text); err != nil {
		return fmt.Errorf("rotate the keys: %w", err)
	}
	if err := os.Rename(next, k.path); err != nil {
		return fmt.Errorf("rotate the keys: %w", err)
	}
	k.set.Store(fresh.set.Load())
	return syncFolder(k.path)
}

func (k *Keys) withNewPrimary() (*Keys, error) {
	m := keyset.NewManagerFromHandle(k.set.Load().handle)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	handle, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return fromHandle(handle)
}

// create gives path this content, complete or not at all, unless it exists. A
// half-written file of keys would lock an installation out of its own secrets.
func create(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // a leftover is harmless
	if err := fill(file, text); err != nil {
		return err
	}
	// Unlike a rename, a link does not replace what another program made.
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(path)
}

// fill writes, makes durable and closes.
func fill(file *os.File, text []byte) error {
	_, err := file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFolder makes a file's name durable. Windows cannot, and does not need to.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
