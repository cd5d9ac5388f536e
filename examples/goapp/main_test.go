package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
)

// beApp makes this test binary run as the app.
const beApp = "BE_GOAPP"

func TestMain(m *testing.M) {
	if os.Getenv(beApp) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// startApp starts the app as its command does, and returns where it is.
func startApp(t *testing.T, at, key string, args ...string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(at)
	apptest.Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, os.Args[0], append(args, "-listen", at)...)
	c.Env = append(os.Environ(), beApp+"=1", "SALLYPORT_KEY="+key)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	out, err := c.StdoutPipe()
	apptest.Must(t, err)
	apptest.Must(t, c.Start())
	t.Cleanup(func() {
		cancel()
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != 0 {
			t.Errorf("the app ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "the app is at http://goapp.localhost:"+port+"\n" {
		t.Fatalf("the app says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return "http://" + at
}

// freeAddress returns where nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	defer l.Close() //nolint:errcheck // nothing was written
	return l.Addr().String()
}

// A browser goes from the app to the sign-in and back, by the real service, is in there, and out with its session.
func TestSignIn(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		at := freeAddress(t)
		_, port, err := net.SplitHostPort(at)
		apptest.Must(t, err)
		origin := "http://goapp.localhost:" + port
		u := s.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		v := s.AddApp(t, u.TenantID, origin, "/* everyone")
		other := s.AddApp(t, u.TenantID, "http://other.localhost", "/* everyone")
		app := startApp(t, at, "", "-sallyport", s.URL, "-app", v.ID)
		in := s.SignInAs(t, s.Laptop(t), u.Email)
		jar := map[string]map[string]string{"localhost": {"__Host-sallyport": in.SessionToken}, "goapp.localhost": {}}
		visit := func(address string) *http.Response {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(address, origin, app, 1), http.NoBody)
			apptest.Must(t, err)
			to, err := url.Parse(address)
			apptest.Must(t, err)
			r.Host = to.Host
			r.Header.Set("Accept", "text/html")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			for name, value := range jar[to.Hostname()] {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			a, err := http.DefaultTransport.RoundTrip(r)
			apptest.Must(t, err)
			for _, c := range a.Cookies() {
				jar[to.Hostname()][c.Name] = c.Value
			}
			return a
		}
		address := origin + "/?a=1"
		for range 6 {
			a := visit(address)
			text, err := io.ReadAll(a.Body)
			apptest.Must(t, err)
			apptest.Must(t, a.Body.Close())
			to := a.Header.Get("Location")
			if to == "" {
				if a.StatusCode != http.StatusOK || !strings.Contains(string(text), u.Email) {
					t.Fatalf("%s: %d %s", address, a.StatusCode, text)
				}
				break
			}
			next, err := url.Parse(address)
			apptest.Must(t, err)
			next, err = next.Parse(to)
			apptest.Must(t, err)
			address = next.String()
		}
		if address != origin+"/?a=1" {
			t.Errorf("it ends at %s", address)
		}
		mine := jar["goapp.localhost"]
		pass := s.AtApp(t, apptest.Actor(in), other)
		for name, was := range mine {
			if strings.HasPrefix(was, "spp_") {
				mine[name] = pass
				if a := visit(origin + "/"); a.StatusCode == http.StatusOK {
					t.Error("the pass of another app opens this one")
				}
				mine[name] = was
			}
		}
		if a := visit(origin + "/"); a.StatusCode != http.StatusOK {
			t.Errorf("inside: %d", a.StatusCode)
		}
		apptest.Must(t, s.Sessions.Revoke(t.Context(), sallyport.Operator(u.TenantID), in.Session.ID))
		if a := visit(origin + "/"); a.StatusCode != http.StatusFound {
			t.Errorf("after the session has ended: %d", a.StatusCode)
		}
	})
}

// The app sends browsers to sign in, lets in who has a token, and forgets who was thrown out.
func TestApp(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		operator := sallyport.Operator(s.TenantID(t))
		u, err := s.APIKeys.AddService(t.Context(), operator, apikey.NewService{Name: "App", Role: sallyport.RoleAdmin, OwnedBy: sallyport.RoleOwner})
		apptest.Must(t, err)
		key, err := s.APIKeys.MakeFor(t.Context(), operator, u.ID, apikey.Input{Name: "Feed", Permissions: []string{"sessions.view"}})
		apptest.Must(t, err)
		app := startApp(t, freeAddress(t), key.Secret, "-sallyport", s.URL, "-app", "the-app")
		in := s.SignInAs(t, s.Laptop(t), s.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email)
		ask := func(path string, header ...string) (int, string, string) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app+path, http.NoBody)
			apptest.Must(t, err)
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			a, err := http.DefaultTransport.RoundTrip(r)
			apptest.Must(t, err)
			defer a.Body.Close() //nolint:errcheck // it was read
			text, err := io.ReadAll(a.Body)
			apptest.Must(t, err)
			return a.StatusCode, a.Header.Get("Location"), string(text)
		}
		if status, to, _ := ask("/admin", "Accept", "text/html"); status != 302 || !strings.HasPrefix(to, s.URL+"/apps/enter?app=the-app&") {
			t.Errorf("a browser: %d to %q", status, to)
		}
		token := []string{"Authorization", "Bearer " + in.SessionToken}
		for path, want := range map[string]int{"/": 200, "/admin": 403, "/payments": 403, "/nothing": 404} {
			if status, _, text := ask(path, token...); status != want || want == 200 && !strings.Contains(text, "mia@corp.test") {
				t.Errorf("%s: %d %s", path, status, text)
			}
		}
		apptest.Must(t, s.Sessions.Revoke(t.Context(), operator, in.Session.ID))
		time.Sleep(3 * time.Second)
		if status, _, text := ask("/", token...); status != 401 {
			t.Errorf("after the end of the session: %d %s", status, text)
		}
	})
}

// Without an app there is nothing to sign in to.
func TestFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"-app", "x", "-sallyport", "http://accounts.example.com"}, {"-nonsense"}} {
		if err := run(t.Context(), append(args, "-listen", "localhost:0"), ""); err == nil {
			t.Error(fmt.Sprint(args), "starts")
		}
	}
}
