//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
	"syscall"
)

// credential is empty on systems without unix accounts.
type credential struct{}

func serverUser() (*credential, error) {
	return nil, errors.New("a private PostgreSQL needs a Unix system; name a server in " + EnvURL)
}

func (*credential) own(string) error          { return nil }
func (*credential) reaches(string) bool       { return true }
func (*credential) prepare(*exec.Cmd, string) {}

// kill is for the processes of a private PostgreSQL, of which there are none here.
func kill(int, syscall.Signal) error { return errNotOurs }
