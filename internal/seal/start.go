package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// OpenFor returns the keys of an installation: those in text or, when text is empty,
// those in the file. It creates no new keys for a database that already has some, so a
// node that is started without its keys leaves no wrong file.
func OpenFor(ctx context.Context, db Installation, text, path string) (*Keys, error) {
	var keys *Keys
	var err error
	if text != "" {
		keys, err = Parse([]byte(text))
	} else {
		if _, missing := os.Stat(path); errors.Is(missing, fs.ErrNotExist) {
			if err := noKeysError(ctx, db, path); err != nil {
				return nil, err
			}
		}
		keys, err = Open(path)
	}
	if err != nil {
		return nil, err
	}
	return keys, keys.CheckInstallation(ctx, db)
}

// noKeysError returns an error when the database has sealed values.
func noKeysError(ctx context.Context, db Installation, path string) error {
	found := false
	if err := db.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		found = len(stored) > 0
		return "", nil, nil
	}); err != nil {
		return err
	}
	if found {
		return fmt.Errorf("this installation has keys, but there is no %s: name the data folder of a node with --data, or give --keys", path)
	}
	return nil
}
