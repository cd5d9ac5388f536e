package seal

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Installation is the database that all nodes of an installation share. It has one
// check value for each key that has ever sealed in it.
type Installation interface {
	// CheckKeys calls f with all stored check values by key id, and stores the one that
	// f returns unless its id is "". No other node can add one in between.
	CheckKeys(ctx context.Context, f func(stored map[string][]byte) (id string, check []byte, err error)) error
}

// knownText is the plaintext of every check value.
const knownText = "sallyport key check"

func checkPlace(id string) Place { return Place{Column: "key_checks.sealed", ID: id} }

// CheckInstallation refuses keys that cannot open what the installation has sealed, and
// stores a check value of the primary key. It runs at each start, after each rotation,
// and before anything is sealed: a node with other keys would seal values that no other
// node can open.
func (k *Keys) CheckInstallation(ctx context.Context, db Installation) error {
	var refused error // returned unchanged; the database would replace its code
	err := db.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		for _, id := range slices.Sorted(maps.Keys(stored)) {
			if text, err := k.Open(checkPlace(id), stored[id]); err != nil || string(text) != knownText {
				refused = fmt.Errorf("these are not the keys of this installation, since key %s is missing: "+
					"copy keys.json from a node that runs, or from the backup of the data folder (%w)", id, ErrCannotOpen)
				return "", nil, refused
			}
		}
		id := k.Primary()
		if _, ok := stored[id]; ok {
			return "", nil, nil
		}
		check, err := k.Seal(checkPlace(id), []byte(knownText))
		return id, check, err
	})
	if refused != nil {
		return refused
	}
	return err
}
