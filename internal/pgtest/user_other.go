//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
)

// credential is empty on systems without unix accounts.
type credential struct{}

func serverUser() (*credential, error) {
	return nil, errors.New("a private PostgreSQL needs a Unix system; name a server in " + EnvURL)
}

func (*credential) own(string) error          { return nil }
func (*credential) reaches(string) bool       { return true }
func (*credential) prepare(*exec.Cmd, string) {}
