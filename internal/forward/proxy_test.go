package forward_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// proxies are the programs that the recipes are for, with the script that starts each. make test installs them.
var proxies = []struct{ name, script, program string }{
	{"nginx", "examples/nginx/run.sh", ""},
	{"caddy of Debian", "examples/caddy/run.sh", "caddy"},
	{"caddy", "examples/caddy/run.sh", "bin/caddy"},
}

// echo is an app: it says what reached it, and takes WebSockets.
func echo(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
				c.Close()
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		headers := map[string][]string{}
		for name, values := range r.Header {
			headers[strings.ToLower(strings.ReplaceAll(name, "_", "-"))] = append(headers[strings.ToLower(strings.ReplaceAll(name, "_", "-"))], values...)
		}
		_ = json.NewEncoder(w).Encode(reached{r.Method, r.RequestURI, string(body), headers})
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// reached is what reached the app.
type reached struct {
	Method, URI, Body string
	Headers           map[string][]string
}

// front is a proxy before the app, and a browser.
type front struct {
	t      *testing.T
	site   *apptest.Site
	origin string
	jar    map[string]map[string]string // by host
	client *http.Client
}

func start(t *testing.T, site *apptest.Site, script, program string) *front {
	t.Helper()
	root, err := filepath.Abs("../..")
	apptest.Must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	if strings.HasPrefix(program, "bin/") {
		program = filepath.Join(root, program)
	}
	cmd := exec.Command(filepath.Join(root, script))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said strings.Builder
	cmd.Stderr = &said
	cmd.Env = append(os.Environ(), "APP_HOST=wiki.localhost", "APP_PORT="+port, "SALLYPORT="+strings.Replace(strings.TrimPrefix(site.URL, "http://"), "localhost", "127.0.0.1", 1),
		"APP="+echo(t), "CADDY="+program, "TMPDIR="+t.TempDir(), "XDG_DATA_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	apptest.Must(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
	})
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
	}
	f := &front{t: t, site: site, origin: "http://wiki.localhost:" + port, jar: map[string]map[string]string{}, client: &http.Client{
		Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return f
		}
		if time.Now().After(until) {
			t.Fatalf("%s does not listen: %s", script, said.String())
		}
	}
}

// ask sends one request as the browser would, and keeps its cookies.
func (f *front) ask(method, address, body string, headers ...string) (*http.Response, string) {
	f.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = f.origin + address
	}
	r, err := http.NewRequestWithContext(f.t.Context(), method, address, strings.NewReader(body))
	apptest.Must(f.t, err)
	r.Header.Set("Accept", "text/html")
	for i := 0; i < len(headers); i += 2 {
		switch headers[i] {
		case "Host":
			r.Host = headers[i+1]
		case "Raw": // the request target as it is
			r.URL.Opaque = headers[i+1]
		default:
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	for name, value := range f.jar[r.URL.Hostname()] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := f.client.Do(r)
	apptest.Must(f.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	apptest.Must(f.t, err)
	for _, c := range resp.Cookies() {
		if f.jar[r.URL.Hostname()] == nil {
			f.jar[r.URL.Hostname()] = map[string]string{}
		}
		f.jar[r.URL.Hostname()][c.Name] = c.Value
	}
	return resp, string(text)
}

// got is what the app was asked, where it was.
func got(t *testing.T, text string) reached {
	t.Helper()
	var r reached
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("the app was not reached: %.300s", text)
	}
	return r
}

// follow goes where answers lead, up to the app or a page of the service.
func (f *front) follow(resp *http.Response, text string) (*http.Response, string) {
	f.t.Helper()
	for range 10 {
		to := resp.Header.Get("Location")
		if to == "" {
			if at := strings.Index(text, `data-away`); at >= 0 { // a page that goes on by itself
				_, rest, _ := strings.Cut(text, `href="`+f.origin)
				to, _, _ = strings.Cut(rest, `"`)
				to = f.origin + strings.ReplaceAll(to, "&amp;", "&")
			} else {
				return resp, text
			}
		}
		u, err := resp.Request.URL.Parse(to)
		apptest.Must(f.t, err)
		resp, text = f.ask(http.MethodGet, u.String(), "")
	}
	f.t.Fatalf("it leads in a circle: %s", resp.Request.URL)
	return nil, ""
}

// The recipes, as the examples have them, in the proxies themselves: who gets in, who does not, and what each is told.
func TestProxies(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, site *apptest.Site) {
		owner := site.Owner(t)
		for _, p := range proxies {
			t.Run(p.name, func(t *testing.T) {
				f := start(t, site, p.script, p.program)
				v := site.AddApp(t, owner.TenantID, f.origin, "/public/* public\n/admin/* role=owner fresh=15\n/members/* role=member\n/* everyone")
				defer func() {
					apptest.Must(t, site.Apps.Remove(t.Context(), sallyport.Operator(owner.TenantID), v.ID))
				}()
				f.strangers()
				in := f.signIn()
				f.inside(owner)
				f.forged()
				f.revoked(in)
			})
		}
	})
}

// strangers are led to the sign-in, or refused; public addresses are open.
func (f *front) strangers() {
	t := f.t
	t.Helper()
	resp, _ := f.ask(http.MethodGet, "/page?a=1&b=%2F", "")
	begin := f.origin + "/.sallyport/start?" + url.Values{"to": {"/page?a=1&b=%2F"}}.Encode()
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || to != begin {
		t.Errorf("a page: %d %s", resp.StatusCode, to)
	}
	if resp, _ := f.ask(http.MethodPost, "/page", "a=b"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") == "" {
		t.Errorf("a form: %d", resp.StatusCode)
	}
	for what, headers := range map[string][]string{
		"a script":         {"X-Requested-With", "XMLHttpRequest"},
		"fetch":            {"Sec-Fetch-Mode", "cors"},
		"a WebSocket":      {"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		"a cookie of ours": {"Cookie", "__Host-sallyport-app=spp_" + strings.Repeat("A", 43), "Sec-Fetch-Mode", "cors"},
	} {
		if resp, _ := f.ask(http.MethodGet, "/page", "", headers...); resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", what, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	preflight := []string{"Origin", "https://other.example", "Access-Control-Request-Method", "PUT", "Sec-Fetch-Mode", "cors"}
	if resp, _ := f.ask(http.MethodOptions, "/page", "", preflight...); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a preflight: %d", resp.StatusCode)
	}
	_, text := f.ask(http.MethodPost, "/public/x?q=1", "a=b", "Remote-User", "root@corp.test", "Remote_User", "root@corp.test", "X-Sallyport-Role", "owner")
	if r := got(t, text); r.Method != http.MethodPost || r.URI != "/public/x?q=1" || r.Body != "a=b" || strings.Join(r.Headers["remote-user"], "") != "" || strings.Join(r.Headers["x-sallyport-role"], "") != "" {
		t.Errorf("public: %+v", r)
	}
}

// signIn goes the whole way, and comes back to the page with its query.
func (f *front) signIn() (token string) {
	t := f.t
	t.Helper()
	in := f.site.SignInAs(t, f.site.Laptop(t), apptest.OwnerEmail)
	f.jar["localhost"] = map[string]string{"__Host-sallyport": in.SessionToken}
	resp, text := f.follow(f.ask(http.MethodGet, "/page?a=1&b=%2F", ""))
	if r := got(t, text); resp.StatusCode != http.StatusOK || r.URI != "/page?a=1&b=%2F" {
		t.Errorf("back at %s", r.URI)
	}
	for name := range f.jar["wiki.localhost"] {
		if name == "__Host-sallyport" {
			t.Error("the app's host has the session's cookie")
		}
	}
	return in.SessionToken
}

// inside are requests of somebody who is in.
func (f *front) inside(owner sallyport.User) {
	t := f.t
	t.Helper()
	_, text := f.ask(http.MethodPost, "/x", "a=b", "Remote-User", "root@corp.test", "Remote_User", "root@corp.test", "X-Sallyport-User", "forged", "X_Sallyport_User", "forged")
	r := got(t, text)
	if r.Body != "a=b" || strings.Join(r.Headers["remote-user"], "+") != owner.Email || strings.Join(r.Headers["x-sallyport-user"], "+") != owner.ID || strings.Join(r.Headers["x-sallyport-role"], "+") != "owner" {
		t.Errorf("told %v", r.Headers)
	}
	if resp, _ := f.ask(http.MethodGet, "/socket", "", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("a WebSocket: %d", resp.StatusCode)
	}
	if resp, text := f.follow(f.ask(http.MethodGet, "/members/x", "")); resp.StatusCode != http.StatusForbidden || !strings.HasPrefix(resp.Request.URL.String(), f.site.URL) {
		t.Errorf("another role: %d at %s: %.100s", resp.StatusCode, resp.Request.URL, text)
	}
	if resp, _ := f.ask(http.MethodGet, "/members/x", "", "Sec-Fetch-Mode", "cors"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("another role, a script: %d", resp.StatusCode)
	}
	if resp, _ := f.follow(f.ask(http.MethodGet, "/admin/x", "")); resp.StatusCode != http.StatusForbidden {
		t.Errorf("without a second factor: %d at %s", resp.StatusCode, resp.Request.URL)
	}
}

// forged are addresses that programs read in different ways, and headers that say something else.
func (f *front) forged() {
	t := f.t
	t.Helper()
	for _, target := range []string{"/a%2fb", "/a%5cb", "/public/%2e%2e/members/x", "/public/..%2fmembers", "/a%00b", "/public/..;/members/x", "/public//x", "/x//members"} {
		if resp, text := f.ask(http.MethodGet, "/", "", "Raw", target); resp.StatusCode < 400 && !strings.HasPrefix(resp.Header.Get("Location"), f.origin+"/.sallyport/") {
			t.Errorf("%s: %d %.200s", target, resp.StatusCode, text)
		}
	}
	for _, header := range []string{"X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Method", "X-Forwarded-Proto", "X-Original-Url", "X-Original-Method"} {
		resp, _ := f.ask(http.MethodGet, "/members/x", "", header, "/public/x", "Sec-Fetch-Mode", "cors")
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("with %s: %d", header, resp.StatusCode)
		}
	}
	if resp, _ := f.ask(http.MethodGet, "/", "", "Host", "other.localhost", "Sec-Fetch-Mode", "cors"); resp.StatusCode == http.StatusOK && resp.Header.Get("Content-Length") != "0" {
		t.Errorf("another host: %d", resp.StatusCode)
	}
}

// revoked is out on the next request.
func (f *front) revoked(session string) {
	t := f.t
	t.Helper()
	if resp, _ := f.ask(http.MethodGet, "/x", "", "Sec-Fetch-Mode", "cors"); resp.StatusCode != http.StatusOK {
		t.Errorf("before: %d", resp.StatusCode)
	}
	resp, _ := f.ask(http.MethodPost, f.site.URL+"/sign-out", "", "Origin", f.site.URL)
	if resp.StatusCode != http.StatusSeeOther || f.site.Check(t, session) == "" {
		t.Fatalf("signing out: %d", resp.StatusCode)
	}
	if resp, _ := f.ask(http.MethodGet, "/x", "", "Sec-Fetch-Mode", "cors"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after the session has ended: %d", resp.StatusCode)
	}
}
