package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// unclaimed makes a database without an owner in a folder, without starting the service.
func unclaimed(t *testing.T, data string) {
	t.Helper()
	if err := (databaseFlags{Data: data, Connections: 10}).withStoreAs(t.Context(), store.Options{}, func(*store.Store) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// claimed makes a database with an owner in a folder, without starting the service.
func claimed(t *testing.T, data string) {
	t.Helper()
	err := databaseFlags{Data: data, Connections: 10}.withStoreAs(t.Context(), store.Options{}, func(db *store.Store) error {
		hasher, err := factor.NewPasswords(factor.DefaultArgon2, 1)
		if err != nil {
			return err
		}
		_, err = uses.New(uses.Config{DB: db, Hasher: hasher}).Accounts.Claim(t.Context(), "Northwind", account.NewUser{Email: ownerEmail, Password: goodPassword})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// someKeys returns the contents of a new key file.
func someKeys(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), keyFile)
	if _, err := seal.Open(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	invitationFile = regexp.MustCompile(`kind=invitation file=(\S+)`)
	invitation     = regexp.MustCompile(`/invitation/[\w-]+`)
)

// invited returns the path of the link in the first invitation that the service wrote to a
// file. The log names the file and not the link.
func (n *node) invited() string {
	n.t.Helper()
	text, err := os.ReadFile(n.await(&n.log, invitationFile))
	if err != nil {
		n.t.Fatal(err)
	}
	link := invitation.FindString(string(text))
	if link == "" || strings.Contains(n.log.String(), link) {
		n.t.Fatalf("the link %q is missing, or in the log", link)
	}
	return link
}

// The life of an installation, from its first start to its last, with what its operator does.
func TestLife(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		metrics := freeAddress(t)
		n := start(t, with("--metrics-listen", metrics)...).ready()
		if said := n.said.String(); !strings.Contains(said, "No mail server is set") || !strings.Contains(said, "No gateway for text messages is set") {
			t.Errorf("the console says %s", said)
		}
		if status := n.claim(); status != 303 {
			t.Fatalf("set-up: status %d", status)
		}
		if status := n.claim(); status != 404 {
			t.Errorf("the set-up link works twice: status %d", status)
		}
		if status := n.signIn(ownerEmail, goodPassword); status != 200 {
			t.Errorf("sign-in of the owner: status %d", status)
		}
		if out := ok(t, with("user", "list")...); !strings.Contains(out, ownerEmail) || !strings.Contains(out, "owner") {
			t.Errorf("user list: %s", out)
		}

		out := ok(t, with("policy", "set", "lockoutFailures=4", "lockoutProgressiveDelay=no", "mfaMethods=totp,webauthn")...)
		for _, want := range []string{"lockoutFailures: 4, was 5", "lockoutProgressiveDelay: false, was true", "mfaMethods: totp,webauthn, was totp"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in: %s", want, out)
			}
		}
		if out := ok(t, with("policy", "set", "lockoutFailures=4")...); out != "Nothing to change.\n" {
			t.Errorf("the same again: %s", out)
		}
		if out := ok(t, with("policy", "show")...); !strings.Contains(out, "version 1, of") || !regexp.MustCompile(`lockoutFailures +4 +\* +5 `).MatchString(out) {
			t.Errorf("policy show: %s", out)
		}

		n.peopleComeAndGo(with)
		if out := ok(t, with("policy", "preset", "managed")...); !strings.Contains(out, "mfaEnforced: admins, was nobody") {
			t.Errorf("policy preset: %s", out)
		}
		if out := ok(t, with("policy", "preview", "mfaEnforced=everyone", "passwordMinLength=16")...); !strings.Contains(out, "of 3 people:") ||
			!strings.Contains(out, "Not known of passwordMinLength: it holds when somebody chooses a password") {
			t.Errorf("policy preview: %s", out)
		}
		ok(t, with("group", "add", "Finance")...)
		if out := ok(t, with("policy", "set", "--group", "Finance", "--reason", "Audit", "sessionIdleWebMinutes=1440")...); !strings.Contains(out, "sessionIdleWebMinutes: 1440, was as the organisation") {
			t.Errorf("policy set --group: %s", out)
		}
		if out := ok(t, with("policy", "groups")...); !regexp.MustCompile(`Finance +0 +sessionIdleWebMinutes +1`).MatchString(out) {
			t.Errorf("policy groups: %s", out)
		}
		if out := ok(t, with("policy", "versions", "--group", "Finance")...); !regexp.MustCompile(`1 +.* operator +Audit +sessionIdleWebMinutes as the organisation → 1`).MatchString(out) {
			t.Errorf("policy versions --group: %s", out)
		}
		if out := ok(t, with("policy", "restore", "1", "--reason", "It was better")...); !strings.Contains(out, "mfaEnforced: nobody, was admins") {
			t.Errorf("policy restore: %s", out)
		}
		if out := ok(t, with("policy", "versions", "--json")...); !strings.Contains(out, `"version":3`) || !strings.Contains(out, `"reason":"It was better"`) {
			t.Errorf("policy versions: %s", out)
		}
		if out := ok(t, with("audit", "verify")...); !strings.Contains(out, "all as they were written") {
			t.Errorf("audit verify: %s", out)
		}
		listen := strings.TrimPrefix(n.site, "http://")
		// The doctor warns, because the PostgreSQL of tests is fast instead of durable.
		o := run(t, nil, with("doctor", "--listen", listen, "--metrics-listen", metrics)...)
		hurry := strings.Count(o.out, "FAIL  durability")
		if o.code != hurry || strings.Count(o.out, "FAIL") != hurry || !strings.Contains(o.out, "The service is running") {
			t.Errorf("doctor: %+v", o)
		}
		if _, text := (&node{t: t, site: "http://" + metrics}).send("GET", "/metrics", "", "", nil); !strings.Contains(text, "\nsallyport_mails_pending 0\n") ||
			!strings.Contains(text, "\nsallyport_mails_dead 0\n") || !strings.Contains(text, "\nsallyport_mail_oldest_seconds 0\n") ||
			!strings.Contains(text, "\nsallyport_texts_pending 0\n") || !strings.Contains(text, "\nsallyport_texts_dead 0\n") {
			t.Errorf("metrics: %s", text)
		}

		if code := n.stop(); code != 0 {
			t.Errorf("SIGTERM: exit code %d\n%s", code, n.log.String())
		}
		if c, err := net.Dial("tcp", listen); err == nil {
			c.Close()
			t.Error("somebody still listens")
		}
		again := start(t, flags...).ready()
		if status := again.signIn(ownerEmail, goodPassword); status != 200 {
			t.Errorf("after a restart: status %d", status)
		}
		if strings.Contains(again.said.String(), "/setup/") {
			t.Error("a second set-up link")
		}
	})
}

// A request that is running when the service is asked to end still gets its answer.
func TestRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	claimed(t, data)
	n := start(t, "--data", data).ready()
	address := strings.TrimPrefix(n.site, "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const body = `{"email":"amara@example.com"}`
	write := func(format string, args ...any) {
		if _, err := fmt.Fprintf(c, format, args...); err != nil {
			t.Fatal(err)
		}
	}
	write("POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	answers := bufio.NewReader(c)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := n.c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		other, err := net.Dial("tcp", address)
		if err == nil {
			other.Close()
		}
		return err != nil
	}, "the end of listening")
	write("%s", body)
	if text, err := io.ReadAll(answers); err != nil || !strings.Contains(string(text), "HTTP/1.1 200 OK") {
		t.Errorf("%s, %v", text, err)
	}
	if code := n.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// peopleComeAndGo adds, invites, locks, unlocks and disables users.
func (n *node) peopleComeAndGo(with func(...string) []string) {
	t := n.t
	t.Helper()
	out := ok(t, with("user", "add", "jonas@example.com", "--role", "member")...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	n.join(lines[len(lines)-1])
	const password = goodPassword
	for range 4 {
		if status := n.signIn("jonas@example.com", "Wrong-Horse-7"); status != 401 {
			t.Fatalf("a wrong password: status %d", status)
		}
	}
	if status := n.signIn("jonas@example.com", password); status != 429 {
		t.Errorf("a locked account: status %d", status)
	}
	ok(t, with("user", "unlock", "Jonas@Example.com")...)
	if status := n.signIn("jonas@example.com", password); status != 200 {
		t.Errorf("after unlocking: status %d", status)
	}
	ok(t, with("user", "disable", "jonas@example.com")...)
	if status := n.signIn("jonas@example.com", password); status != 403 {
		t.Errorf("a disabled account: status %d", status)
	}

	if out := ok(t, with("user", "invite", "mei@example.com", "--role", "admin", "--public-url", "https://accounts.example.com")...); !strings.Contains(out, "Invited mei@example.com (admin)") ||
		!strings.Contains(out, "https://accounts.example.com/") {
		t.Errorf("user invite: %s", out)
	}
	link := n.invited()
	if status, body := n.api("/accept-invitation", map[string]string{"token": path.Base(link), "firstName": "Mei", "password": goodPassword}, nil); status != 204 {
		t.Fatalf("the invitation: status %d, %v", status, body)
	}
	if status := n.signIn("mei@example.com", goodPassword); status != 200 {
		t.Errorf("sign-in of who was invited: status %d", status)
	}
}

func TestDoctorExitCodes(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	flags := []string{"doctor", "--listen", "127.0.0.1:0", "--data", data}
	if o := run(t, nil, flags...); o.code != 1 || !strings.Contains(o.out, "FAIL  data folder") {
		t.Errorf("without a folder: %+v", o)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("the doctor made a folder")
	}
	claimed(t, data)
	if o := run(t, nil, flags...); o.code != 0 || !strings.Contains(o.out, "WARN  mail") {
		t.Errorf("a healthy one: %+v", o)
	}
	if o := run(t, []string{"SALLYPORT_SMTP=smtps://mail.example.com", "SALLYPORT_MAIL_FROM=accounts@example.com"}, flags...); o.code != 0 || strings.Contains(o.out, "WARN  mail") {
		t.Errorf("with a mail server: %+v", o)
	}
	if o := run(t, []string{"SALLYPORT_SMS=off"}, flags...); o.code != 0 || !strings.Contains(o.out, "ok    text messages") {
		t.Errorf("without text messages: %+v", o)
	}
	if o := run(t, []string{"SALLYPORT_SMS=on"}, flags...); o.code != 1 || !strings.Contains(o.out, "FAIL  text messages") {
		t.Errorf("with a setting that means nothing: %+v", o)
	}
	if o := run(t, []string{"SALLYPORT_SMTP=smtps://mail.example.com"}, flags...); o.code != 1 || !strings.Contains(o.out, "FAIL  mail") {
		t.Errorf("with contradictory settings: %+v", o)
	}
	if err := os.Chmod(filepath.Join(data, databaseFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if o := run(t, nil, flags...); o.code != 1 || !strings.Contains(o.errors, "1 of") {
		t.Errorf("an open database: %+v", o)
	}
}

func TestKeysRotate(t *testing.T) {
	onBoth(t, func(t *testing.T, data string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		if code := n.stop(); code != 0 {
			t.Fatalf("exit code %d", code)
		}
		path := filepath.Join(data, keyFile)
		first, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ok(t, with("user", "invite", "mei@example.com")...) // sealed with the first key
		if out := ok(t, with("keys", "rotate")...); !strings.Contains(out, "seals from the next start") {
			t.Errorf("keys rotate: %s", out)
		}
		again := start(t, flags...).ready()
		again.invited()
		second, err := os.ReadFile(path)
		if err != nil || len(second) <= len(first) {
			t.Errorf("%d bytes of keys, were %d, %v", len(second), len(first), err)
		}
		if o := run(t, []string{"SALLYPORT_KEYS=" + string(first)}, with("user", "invite", "vera@example.com")...); o.code != 1 ||
			!strings.Contains(o.errors, "not the keys of this installation") {
			t.Errorf("with the former keys: %+v", o)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"keys", "rotate"}, {"user", "invite", "vera@example.com"}} {
			if o := run(t, nil, with(args...)...); o.code != 1 || !strings.Contains(o.errors, "this installation has keys, but there is no") {
				t.Errorf("%v without keys: %+v", args, o)
			}
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("other keys were made")
		}
	})
}

func TestGivenKeysAreNotRotated(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	unclaimed(t, data)
	if o := run(t, nil, "keys", "rotate", "--data", data, "--keys", someKeys(t)); o.code != 1 || !strings.Contains(o.errors, "keys that are given as text cannot be rotated") {
		t.Errorf("%+v", o)
	}
}
