package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Open reads the keys from a file. When the file does not exist it creates one with a new
// key; of several programs that start at once, one creates it and all use it. Open
// refuses a file that other users of the machine can read, since they may know the keys.
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
	// Read the file back: another program may have created it first.
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
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder and not the file of keys: a container makes one in the place of a file that it does not find; remove it, and put keys.json of this installation there", path)
	}
	// Windows has no such bits; the rights of the folder protect the file there.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s can be read by others on this machine (mode %04o): run chmod 600 on it, and rotate the keys if others had access", path, mode)
	}
	const longest = 1 << 20 // bytes; enough for thousands of keys
	if info.Size() > longest {
		return nil, fmt.Errorf("%s is too large to be a key file", path)
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
// keys stay to open what they sealed. Other nodes need the new file to open what
// this node seals now: see docs/adr/0008-sealing.md.
func (k *Keys) Rotate() error { return k.rotate((*Keys).withNewPrimary) }

// RotateLog adds a new key for the audit log, and writes the file. Checkpoints are signed with the
// former keys too, as long as they are in the file, so that whoever knows one of these only can go on
// verifying.
func (k *Keys) RotateLog() error { return k.rotate((*Keys).withNewLogKey) }

// rotate writes the file with what change adds to it.
func (k *Keys) rotate(change func(*Keys) (*Keys, error)) error {
	if k.path == "" {
		return errors.New("keys that are given as text cannot be rotated: rotate the key file and give its new contents")
	}
	// The new file is also the lock: a second rotation at the same time fails.
	next := k.path + ".next"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("rotate the keys: %s exists, so another rotation is running or was interrupted: if none is running, remove that file and try again", next)
	}
	if err != nil {
		return fmt.Errorf("rotate the keys: %w", err)
	}
	defer os.Remove(next) //nolint:errcheck // nothing to remove after the rename
	// Add to what the file has now: another program may have rotated since.
	now, err := read(k.path)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	fresh, err := change(now)
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
	return fromHandle(handle, k.set.Load().others)
}

func (k *Keys) withNewLogKey() (*Keys, error) {
	s := k.set.Load()
	key, err := newLogKey()
	if err != nil {
		return nil, err
	}
	o := s.others
	o.log = append(slices.Clone(s.log), key)
	return fromHandle(s.handle, o)
}

// create writes a file, completely or not at all, unless path exists. With a half-written
// key file the installation could not open its secrets.
func create(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // a leftover does no harm
	if err := fill(file, text); err != nil {
		return err
	}
	// Unlike a rename, a link does not replace a file of another program.
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(path)
}

// fill writes text, syncs and closes the file.
func fill(file *os.File, text []byte) error {
	_, err := file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
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
	defer dir.Close()
	return dir.Sync()
}
