package seal

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Installation is the database that all nodes of an installation share. It
// holds one check value for each key that ever sealed in it.
type Installation interface {
	// CheckKeys calls f with every stored check value by key id, while no other
	// node can add one, and stores the one that f returns, unless its id is "".
	CheckKeys(ctx context.Context, f func(stored map[string][]byte) (id string, check []byte, err error)) error
}

// knownText is what every check value seals.
const knownText = "sallyport key check"

func checkPlace(id string) Place { return Place{Column: "key_checks.sealed", ID: id} }

// CheckInstallation refuses keys that cannot open what the installation has
// sealed, and leaves a check value of the primary key for the nodes that come
// later. It runs at each start, after each rotation, and before anything is
// sealed: a node with keys of its own would seal what no other node can open.
func (k *Keys) CheckInstallation(ctx context.Context, db Installation) error {
	var refused error // kept apart: a database gives its own code to errors it does not know
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
