package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

func demoIn(data string, more ...string) []string {
	return append([]string{"demo", "--no-run", "--users", "40", "--data", data}, more...)
}

// The demo touches no folder and no database that it did not make.
func TestDemoTouchesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	foreign := func(t *testing.T, data string) {
		if err := os.WriteFile(filepath.Join(data, "letter.txt"), []byte("dear"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, prepare := range map[string]func(*testing.T, string){
		"a real organisation":        claimed,
		"foreign files":              foreign,
		"a database not yet claimed": unclaimed,
		"a real organisation in the folder of a demo": func(t *testing.T, data string) {
			claimed(t, data)
			if err := os.WriteFile(filepath.Join(data, demoFile), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			prepare(t, data)
			before := listing(t, data)
			for _, args := range [][]string{demoIn(data), demoIn(data, "--fresh")} {
				if o := run(t, nil, args...); o.code != 1 || !strings.Contains(o.errors, "choose an") {
					t.Errorf("%v: %+v", args, o)
				}
				if after := listing(t, data); after != before {
					t.Errorf("%v: was %s, is %s", args, before, after)
				}
			}
		})
	}
}

// listing returns the names of the files in a folder, without SQLite's own.
func listing(t *testing.T, data string) string {
	t.Helper()
	files, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "-wal") && !strings.HasSuffix(f.Name(), "-shm") {
			names = append(names, f.Name())
		}
	}
	return strings.Join(names, " ")
}

// Where the address is in use nothing is made, and nothing deleted.
func TestDemoNeedsItsAddress(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	data := filepath.Join(t.TempDir(), "demo")
	o := run(t, nil, "demo", "--users", "40", "--data", data, "--fresh", "--listen", l.Addr().String())
	if _, err := os.Stat(data); o.code != 1 || !strings.Contains(o.errors, "--listen") || !os.IsNotExist(err) {
		t.Errorf("%+v, %v", o, err)
	}
}

// The demo fills an empty folder, starts over in its own, and is not for the public.
func TestDemoStartsOver(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := ok(t, demoIn(data)...)
	if o := run(t, nil, demoIn(data)...); o.code != 1 || !strings.Contains(o.errors, "--fresh") || !strings.Contains(o.errors, "serve --data "+data) {
		t.Errorf("a second time: %+v", o)
	}
	if again := ok(t, demoIn(data, "--fresh")...); again == "" || first == "" {
		t.Error("nothing was printed")
	}
	refusesDemo(t, "--data", data)
}

func TestDemoOnPostgresIsNotPublic(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	if err := (databaseFlags{Database: database, Connections: 2}).withStore(t.Context(), func(db *store.Store) error { return markDemo(t.Context(), db) }); err != nil {
		t.Fatal(err)
	}
	refusesDemo(t, "--data", t.TempDir(), "--database", database)
}

// refusesDemo checks that serve starts on a demo's database on localhost only.
func refusesDemo(t *testing.T, flags ...string) {
	t.Helper()
	public := append([]string{"serve", "--listen", "127.0.0.1:0", "--smtp", "files", "--trusted-proxy", "10.0.0.2"}, flags...)
	for _, url := range []string{"https://accounts.example.com", "https://192.168.1.4"} {
		if o := run(t, nil, append(public, "--public-url", url)...); o.code != 1 || !strings.Contains(o.errors, "sallyport demo filled") {
			t.Errorf("%s: %+v", url, o)
		}
	}
	if code := start(t, flags...).ready().stop(); code != 0 {
		t.Errorf("on localhost: exit code %d", code)
	}
}
