package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/position"
)

// drill is an installation of which a backup is put back.
type drill struct {
	t     *testing.T
	data  string
	flags []string
	n     *node

	token, key, link, miaPassword string
	codes                         []string
}

func (d *drill) with(args ...string) []string { return append(args, d.flags...) }

// status returns the status of a session or of what an API key may ask.
func (d *drill) status(path, secret string) int {
	status, _ := d.n.send("GET", "/api/v1"+path, "", "", map[string]string{"Authorization": "Bearer " + secret})
	return status
}

// people makes what is revoked and used later.
func (d *drill) people() {
	d.t.Helper()
	d.n = start(d.t, d.flags...).ready()
	d.n.claim()
	d.token = d.n.passwordGiven()["accessToken"].(string)
	d.n.addApp()
	said := strings.Fields(ok(d.t, d.with("user", "backup-codes", ownerEmail)...))
	d.codes = said[len(said)-2:]
	mia := inJSON[map[string]any](d.t, d.with("user", "add", "mia@example.com", "--json")...)
	d.miaPassword, _ = mia["password"].(string)
	ok(d.t, d.with("user", "add", "noa@example.com")...)
	inJSON[serviceJSON](d.t, d.with("apikey", "service", "add", "Backups", "--role", "admin")...)
	d.key = inJSON[apiKeyJSON](d.t, d.with("apikey", "add", "Backups", "Nightly", "--permissions", "users.view", "--expires-in", "24h")...).Secret
	handed := inJSON[map[string]string](d.t, d.with("user", "reset-link", "mia@example.com")...)
	_, d.link, _ = strings.Cut(handed["link"], "/recovery/")
}

// withCode signs the owner in with a backup code, and returns the status.
func (d *drill) withCode(code string) int {
	d.t.Helper()
	step := d.n.passwordGiven()
	status, _ := d.n.api("/sign-in/"+step["flowId"].(string)+"/factor", map[string]string{"methodType": "backup_codes", "code": code},
		map[string]string{"Sallyport-Flow": step["flowToken"].(string)})
	return status
}

// reset uses the link for a new password of Mia, and returns the status.
func (d *drill) reset(password string) int {
	status, _ := d.n.api("/recovery/reset", map[string]string{"token": d.link, "newPassword": password}, nil)
	return status
}

// goOn revokes and uses what the backup has alive.
func (d *drill) goOn() {
	d.t.Helper()
	if status := d.withCode(d.codes[0]); status != 200 {
		d.t.Fatalf("a backup code: %d", status)
	}
	if status := d.reset("Violet-Kettle-83 Orbit"); status != 204 {
		d.t.Fatalf("the link: %d", status)
	}
	ok(d.t, d.with("user", "disable", "noa@example.com")...)
	for _, k := range inJSON[[]apiKeyJSON](d.t, d.with("apikey", "list")...) {
		ok(d.t, d.with("apikey", "revoke", k.ID)...)
	}
	for _, s := range inJSON[[]map[string]any](d.t, d.with("session", "list")...) {
		if s["status"] == "active" {
			ok(d.t, d.with("session", "revoke", s["id"].(string))...)
		}
	}
	if a, b := d.status("/session", d.token), d.status("/users", d.key); a != 401 || b != 401 {
		d.t.Fatalf("what was revoked: %d, %d", a, b)
	}
}

// refused runs a command that must fail with these words.
func (d *drill) refused(words string, args ...string) {
	d.t.Helper()
	if o := run(d.t, nil, args...); o.code != 1 || !strings.Contains(o.errors, words) {
		d.t.Errorf("%v: exit code %d, want the words %q\n%s%s", args, o.code, words, o.out, o.errors)
	}
}

func (d *drill) stop() {
	d.t.Helper()
	if code := d.n.stop(); code != 0 {
		d.t.Errorf("exit code %d\n%s", code, d.n.log.String())
	}
}

// nothingLives checks that nothing that was revoked or used is good again.
func (d *drill) nothingLives() {
	d.t.Helper()
	if a, b := d.status("/session", d.token), d.status("/users", d.key); a != 401 || b != 401 {
		d.t.Errorf("what was revoked lives again: the session %d, the key %d", a, b)
	}
	for _, code := range d.codes {
		if status := d.withCode(code); status == 200 {
			d.t.Error("a backup code works")
		}
	}
	if status := d.reset("Marble-Lantern-64 Quilt"); status == 204 {
		d.t.Error("the link works twice")
	}
	_, flow := d.n.api("/sign-in", map[string]string{"email": "mia@example.com", "client": "native"}, nil)
	_, step := d.n.api("/sign-in/"+flow["flowId"].(string)+"/password", map[string]string{"password": d.miaPassword}, map[string]string{"Sallyport-Flow": flow["flowToken"].(string)})
	if step["accessToken"] != nil {
		d.t.Errorf("a former password signs in: %v", step)
	}
	if out := ok(d.t, d.with("audit", "verify")...); strings.Contains(out, "changed") {
		d.t.Errorf("audit verify: %s", out)
	}
}

// A backup is put back, and nothing that was revoked or used since then is good again.
func TestDrill(t *testing.T) {
	onBoth(t, func(t *testing.T, data string, flags []string) {
		d := &drill{t: t, data: data, flags: flags}
		d.people()
		file := filepath.Join(t.TempDir(), "backup")
		if out := ok(t, d.with("backup", file)...); !strings.Contains(out, "keys.json") {
			t.Errorf("backup: %s", out)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		d.refused("exists", d.with("backup", file)...)
		d.goOn()
		d.refused("has the database open", d.with("restore", "--replace", file)...)
		d.stop()
		d.refused("is newer than the backup", d.with("restore", file)...)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		half := filepath.Join(t.TempDir(), "half")
		if err := os.WriteFile(half, text[:len(text)*2/3], 0o600); err != nil {
			t.Fatal(err)
		}
		d.refused("not a whole backup", d.with("restore", "--replace", half)...)
		d.refused("is not a backup", d.with("restore", "--replace", filepath.Join(data, keyFile))...)

		if out := ok(t, d.with("restore", "--replace", file)...); !strings.Contains(out, "replaced") || !strings.Contains(out, "1 API keys") {
			t.Errorf("restore: %s", out)
		}
		d.n = start(t, flags...).ready()
		d.nothingLives()
		d.stop()
		d.setBack()
	})
}

// setBack checks that a node refuses a database that is behind what it has seen, until restored has run.
func (d *drill) setBack() {
	d.t.Helper()
	p, err := position.Read(d.data)
	if err != nil || p.Events == 0 || p.Generation == 0 {
		d.t.Fatalf("%+v, %v", p, err)
	}
	p.Events += 5
	if err := position.Write(d.data, p); err != nil {
		d.t.Fatal(err)
	}
	d.refused("run sallyport restored", d.with("serve", "--listen", "127.0.0.1:0")...)
	if o := run(d.t, nil, d.with("doctor")...); o.code != 1 || !strings.Contains(o.out, "The database was set back") {
		d.t.Errorf("doctor: %+v", o)
	}
	if out := ok(d.t, d.with("restored", "--passwords", "withdraw")...); !strings.Contains(out, "useless") {
		d.t.Errorf("restored: %s", out)
	}
	d.n = start(d.t, d.flags...).ready()
	if status := d.n.signIn(ownerEmail, goodPassword); status == 200 {
		d.t.Error("a withdrawn password signs in")
	}
	d.stop()
}

// What a program meets in a data folder that is not as it was left.
func TestFoldersThatAreRefused(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	d := &drill{t: t, data: data, flags: []string{"--data", data}}
	d.refused("start serve", d.with("user", "list")...)
	if _, err := os.Stat(filepath.Join(data, databaseFile)); err == nil {
		t.Error("a command made a database")
	}
	d.n = start(t, d.flags...).ready()
	d.n.claim()
	file := filepath.Join(data, databaseFile)

	// Under a running node the file goes.
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { status, _ := d.n.send("GET", "/readyz", "", "", nil); return status == 503 }, "503")
	if status, _ := d.n.api("/sign-in", map[string]string{"email": ownerEmail, "client": "native"}, nil); status != 503 {
		t.Errorf("a sign-in: %d", status)
	}
	if !strings.Contains(d.n.log.String(), "deleted or moved away") {
		t.Errorf("the log: %s", d.n.log.String())
	}
	d.n.stop()
	d.refused("missing or empty", d.with("serve", "--listen", "127.0.0.1:0")...)
	d.refused("missing or empty", d.with("user", "list")...)
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	d.n = start(t, d.flags...).ready() // with the write-ahead log that was left
	d.stop()
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused("missing or empty", d.with("serve", "--listen", "127.0.0.1:0")...)
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	d.n = start(t, d.flags...).ready()

	// A copy is put over a file whose node was killed.
	copied := filepath.Join(t.TempDir(), "copy")
	ok(t, d.with("backup", copied)...)
	for range 3 {
		d.n.signIn(ownerEmail, "wrong")
	}
	if err := d.n.c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-d.n.ended
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text[8<<10 : 200<<10] {
		text[8<<10+i] ^= 0x33
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused("damaged", d.with("serve", "--listen", "127.0.0.1:0")...)
	ok(t, d.with("restore", "--replace", copied)...)
	if kept, err := filepath.Glob(file + ".replaced-*"); err != nil || !slices.ContainsFunc(kept, func(name string) bool { return strings.HasSuffix(name, "Z") }) {
		t.Errorf("what was replaced: %v, %v", kept, err)
	}
	d.n = start(t, d.flags...).ready()
	d.stop()

	if err := os.Rename(filepath.Join(data, keyFile), filepath.Join(data, "keys.away")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(data, keyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	d.refused("is a folder", d.with("serve", "--listen", "127.0.0.1:0")...)
}

// The file beside the keys is small, and of this account only.
func TestPositionFile(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	n := start(t, "--data", data).ready()
	n.claim()
	path := filepath.Join(data, position.File)
	until(t, func() bool {
		text, err := os.ReadFile(path)
		var p struct{ Events int64 }
		return err == nil && json.Unmarshal(text, &p) == nil && p.Events > 0
	}, "the position")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("%v, %v", info, err)
	}
	n.stop()
}
