package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// beApp makes this test binary run as the app.
const beApp = "BE_HEADERAPP"

func TestMain(m *testing.M) {
	if os.Getenv(beApp) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The app shows whom the proxy names, and nothing without a name, or with two.
func TestApp(t *testing.T) {
	c := exec.CommandContext(t.Context(), os.Args[0], "-listen", "127.0.0.1:0")
	c.Env = append(os.Environ(), beApp+"=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	at, ok := strings.CutPrefix(strings.TrimSpace(line), "the app is at ")
	if err != nil || !ok {
		t.Fatalf("it says %q, %v", line, err)
	}
	for want, users := range map[string][]string{
		"<h1>Hello, Mia &lt;b&gt;</h1>\n<p>mia@corp.test, in Staff</p>": {"mia@corp.test"},
		"Nobody is signed in: is this app behind its proxy?":            nil,
		"Nobody is signed in: is this app":                              {"mia@corp.test", "root@corp.test"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at+"/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header["Remote-User"] = users
		r.Header.Set("Remote-Name", "Mia <b>")
		r.Header.Set("Remote-Groups", "Staff")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(a.Body)
		_ = a.Body.Close()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("for %q: %s", users, text)
		}
	}
}
