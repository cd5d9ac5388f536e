package api_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
)

// scripts returns the shell scripts of docs/api.md, in their order.
func scripts(t *testing.T) (found []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/api.md")
	apptest.Must(t, err)
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(page), -1) {
		found = append(found, m[1])
	}
	if len(found) < 2 {
		t.Fatalf("%d scripts", len(found))
	}
	return found
}

// inOneShell runs scripts one after the other in one shell, the nth with the nth code as the
// code that an app shows. env has what docs/api.md says has to be set.
func inOneShell(t *testing.T, scripts, codes, env []string) string {
	t.Helper()
	var all strings.Builder
	all.WriteString("set -euo pipefail\n")
	for i, s := range scripts {
		fmt.Fprintf(&all, "export code=%s\n%s\necho\n", codes[min(i, len(codes)-1)], s)
	}
	all.WriteString("echo device=$device\n")
	c := exec.CommandContext(t.Context(), "bash", "-c", all.String())
	c.Env = append(os.Environ(), env...)
	var said, errors bytes.Buffer
	c.Stdout, c.Stderr = &said, &errors
	if err := c.Run(); err != nil || errors.Len() > 0 {
		t.Fatalf("%v: %s\n%s\nthe scripts are:\n%s", err, errors.String(), said.String(), all.String())
	}
	return said.String()
}

// The scripts of docs/api.md do what it says, as they stand: for an account that has no second
// factor and for one that has an app, on a device that is new and on one that is known.
func TestScriptsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	s := apptest.Serve(t, apptest.New(t, apptest.Engines[0], store.Options{}))
	s.Owner(t)
	plain := s.AddUser(t, "plain@corp.test", sallyport.RoleMember)
	withApp := s.AddUser(t, "app@corp.test", sallyport.RoleMember)
	app := s.AddTOTP(t, apptest.Actor(s.SignInAs(t, s.Laptop(t), withApp.Email)))
	for _, u := range []sallyport.User{plain, withApp} {
		device := ""
		for _, which := range []string{"a new device", "a known device"} {
			s.Clock.Advance(2 * time.Minute)
			now, before := s.Clock.Now(), len(s.LiveSessions(t, u.ID))
			codes := []string{app.CodeAt(t, now), app.CodeAt(t, now.Add(30*time.Second))} // a code works once
			said := inOneShell(t, scripts(t), codes, []string{
				"site=" + s.URL + "/api/v1", "email=" + u.Email, "PASSWORD=" + apptest.Password, "device=" + device,
			})
			for _, want := range []string{`"isCurrent":true`, `"methodType":"webauthn"`, `"mfaId":"`} {
				if !strings.Contains(said, want) {
					t.Errorf("%s on %s: no %s in %s", u.Email, which, want, said)
				}
			}
			_, device, _ = strings.Cut(said, "device=")
			if device = strings.TrimSpace(device); !strings.HasPrefix(device, "spd_") {
				t.Fatalf("%s on %s: no device token in %s", u.Email, which, said)
			}
			if n := len(s.LiveSessions(t, u.ID)); n != before {
				t.Errorf("%s on %s: %d sessions, before %d: the last script signs out", u.Email, which, n, before)
			}
		}
	}
}
