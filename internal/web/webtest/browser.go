package webtest

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// AddKey makes a passkey of the owner's in a browser, on a page that asks for none.
func AddKey(t *testing.T, s *apptest.Site, p *browsertest.Page) {
	t.Helper()
	p.Navigate(s.URL + "/recovery")
	actor := Owner(t, s.App)
	s.Confirmed(t, actor)
	begun, err := s.Server.Factors.Begin(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodWebAuthn, Name: "Key"})
	if err != nil {
		t.Fatal(err)
	}
	script, err := kit.AssetURL("passkey.js")
	if err != nil {
		t.Fatal(err)
	}
	answer := browsertest.Eval[string](p, fmt.Sprintf(`import(%q).then((m) => m.create(%s))`, script, begun.Options))
	if _, err := s.Server.Factors.Verify(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: []byte(answer)}); err != nil {
		t.Fatal(err)
	}
}

// GivePassword gives the password of the owner.
func GivePassword(p *browsertest.Page, s *apptest.Site) {
	p.Navigate(s.URL + "/sign-in")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
}

// Confirm gives the password where a step-up asks for it, and comes back to the page.
func Confirm(p *browsertest.Page, path string) {
	p.WaitURL("/step-up?act=")
	p.WaitVisible("#password:focus")
	p.Press(apptest.Password)
	p.Press(KeyEnter)
	p.WaitURL(path)
	p.WaitText("Confirmed. You can go on.")
}

// Focused is the id of the element that has the focus. A page that has just been opened may need a
// moment for that.
func Focused(p *browsertest.Page) (id string) {
	for range 40 {
		if id = browsertest.Eval[string](p, "document.activeElement.id"); id != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return id
}

// Keys, as browsertest.Press takes them.
const (
	KeyTab    = "\t"
	KeyEnter  = "\r"
	KeyEscape = "\u001b"
)

// Browse starts the pages on plain http on this machine, which browsers trust
// with secure cookies.
func Browse(t *testing.T) (base string, a *apptest.App) {
	t.Helper()
	a = SQLite(t)
	a.Owner(t)
	server := httptest.NewServer(HandlerOf(t, a, "http://localhost"))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), a
}

// SignIn signs the owner in.
func SignIn(p *browsertest.Page, base string) {
	p.Navigate(base + "/sign-in")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	Arrive(p, "/profile/security")
}

// Arrive waits for a page after a sign-in. The question whether to trust the device,
// where it is asked, is answered: not now. A click while a busy browser still makes the page can get
// lost, so it is tried again.
func Arrive(p *browsertest.Page, path string) {
	var clicked time.Time
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		u, err := url.Parse(p.URL())
		if err == nil && strings.HasPrefix(u.Path, path) {
			break
		}
		if err == nil && u.Path == "/sign-in/device" && time.Since(clicked) > 3*time.Second {
			p.Click("Only this time")
			clicked = time.Now()
		}
	}
	p.WaitURL(path)
}

// ServeSite starts a whole server, by the clock of this machine, since browsers judge
// cookies by theirs.
func ServeSite(t *testing.T) *apptest.Site {
	t.Helper()
	a := SQLite(t)
	a.Clock.Set(time.Now().UTC().Truncate(time.Microsecond))
	a.Owner(t)
	return apptest.Serve(t, a)
}

// Scan reads the QR code on the page as a phone's camera does, and returns the
// secret in it.
func Scan(t *testing.T, p *browsertest.Page) string {
	t.Helper()
	tool, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is not installed: scripts/setup.sh does that")
	}
	picture := filepath.Join(t.TempDir(), "page.png")
	p.Screenshot(picture)
	text, err := exec.CommandContext(t.Context(), tool, "--quiet", "--raw", picture).Output()
	if err != nil {
		t.Fatalf("nothing on the page can be scanned: %v", err)
	}
	u, err := url.Parse(strings.TrimSpace(string(text)))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("issuer") != "Quayside" || !strings.HasSuffix(u.Path, apptest.OwnerEmail) {
		t.Fatalf("the QR code says %q", text)
	}
	return u.Query().Get("secret")
}

// Oathtool is what an authenticator app shows, by another hand than ours.
func Oathtool(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	tool, err := exec.LookPath("oathtool")
	if err != nil {
		t.Fatal("oathtool is not installed: scripts/setup.sh does that")
	}
	out, err := exec.CommandContext(t.Context(), tool, "--totp", "--base32", "--now", at.UTC().Format("2006-01-02 15:04:05 UTC"), secret).Output()
	if err != nil {
		t.Fatalf("oathtool: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Clicker counts what a person presses.
type Clicker struct {
	*browsertest.Page
	N int
}

// Click presses something.
func (c *Clicker) Click(target string) {
	c.N++
	c.Page.Click(target)
}
