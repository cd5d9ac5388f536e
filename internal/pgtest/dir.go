package pgtest

import (
	"errors"
	"os"
	"path/filepath"
)

// maxSocketDir is the longest path of a directory for the socket, in bytes. With the name
// .s.PGSQL.65535 it stays below the 103 bytes that every Unix accepts.
const maxSocketDir = 80

// makeDir makes the temporary directory of a cluster for the account who, in the first
// place that works.
func (o Options) makeDir(who *credential) (string, error) {
	// The system's temporary directory may have too long a path for a socket, or who
	// may not enter it.
	places := []string{os.TempDir(), "/tmp"}
	switch {
	case o.Dir != "":
		places = []string{o.Dir}
	case !o.Durable: // fsync has no use in memory
		if dir := memoryDir(); dir != "" {
			places = append([]string{dir}, places...)
		}
	}
	var errs []error
	for _, place := range places {
		dir, err := makeDirIn(place, who)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

func makeDirIn(place string, who *credential) (string, error) {
	place, err := filepath.Abs(place)
	if err != nil {
		return "", err
	}
	if len(place)+len("/sp-pg-0123456789") > maxSocketDir {
		return "", errors.New(place + " is too long a path for a unix socket in it")
	}
	if !who.reaches(place) {
		return "", errors.New(place + " is closed to the account that the server runs as")
	}
	dir, err := os.MkdirTemp(place, "sp-pg-")
	if err != nil {
		return "", err
	}
	if err := who.own(dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}
