package api

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

// route is one operation of the document.
type route struct {
	method, path string
	public       bool // asks for nothing
}

func (a *app) routes() (all []route) {
	doc := into[map[string]any](a.client().get("/openapi.json").is(200))
	for path, item := range dig(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			security, _ := dig(op, "security").([]any)
			all = append(all, route{strings.ToUpper(method), path, len(security) == 0})
		}
	}
	return all
}

// flowBodies are bodies that the steps of a flow take, by the end of their path.
var flowBodies = map[string]string{
	"/password":        object("password", goodPassword),
	"/change-password": object("newPassword", otherPassword),
	"/factor":          object("method", "totp", "code", "123456"),
	"/factor/send":     object("method", "webauthn"),
	"/enrol":           object("method", "totp"),
	"/enrol/verify":    object("code", "123456"),
	"/passkey":         object("credential", map[string]any{"id": "x"}),
	"/device":          object("trust", true),
}

// half is a flow somebody is in the middle of.
type half struct {
	id, token string
	native    bool
	own       string // where its steps are
	state     signin.State
	c         *client
}

// halves returns a flow of each kind of client in each state that proves something.
func (a *app) halves() map[string]half {
	a.policy.MFAEnforced = sallyport.EnforcedAdmins
	all := map[string]half{}
	add := func(name, kind, own string, c *client, s signInStep) {
		h := half{id: s.FlowID, token: s.FlowToken, native: kind == nativeClient, own: own + "/" + s.FlowID, state: s.Next, c: c}
		if !h.native {
			h.token = c.cookies["__Host-sallyport-flow"]
		}
		all[name+", "+kind] = h
	}
	stepping := map[string]*client{webClient: a.browse(memberEmail), nativeClient: a.native(memberEmail)}
	a.advance(11 * time.Minute)
	a.browse(memberEmail).addPhone()
	for kind, c := range stepping {
		add("step-up", kind, "/step-up", c, c.step("/step-up", object("act", "add_factor")))
		for name, address := range map[string]string{"factor": memberEmail, "enrol": adminEmail} {
			c := a.client()
			add(name, kind, "/sign-in", c, c.passwordGiven(kind, address))
		}
	}
	return all
}

// Half a sign-in opens nothing: whatever a flow's token is taken for, no route but
// the flow's own steps answers it, not even with what it would find there.
func TestHalfASignInOpensNothing(t *testing.T) {
	a := newApp(t, "")
	routes := a.routes()
	if len(routes) < 50 {
		t.Fatalf("%d routes only", len(routes))
	}
	ways := map[string]func(*client, string){
		"session cookie": func(c *client, token string) { c.cookies["__Host-sallyport"] = token },
		"bearer":         func(c *client, token string) { c.headers["Authorization"] = "Bearer " + token },
		"flow cookie":    func(c *client, token string) { c.cookies["__Host-sallyport-flow"] = token },
		"flow header":    func(c *client, token string) { c.headers[flowHeader] = token },
		"both cookies": func(c *client, token string) {
			c.cookies["__Host-sallyport"], c.cookies["__Host-sallyport-flow"] = token, token
		},
		"both headers": func(c *client, token string) {
			c.headers["Authorization"], c.headers[flowHeader] = "Bearer "+token, token
		},
	}
	asked := 0
	for name, h := range a.halves() {
		for way, carry := range ways {
			for _, r := range routes {
				path := strings.NewReplacer("{flowId}", h.id, "{token}", h.token, "{id}", a.member.ID, "{code}", "conflict").Replace(r.path)
				if r.public && !strings.Contains(r.path, "{token}") {
					continue // open to anybody, who is told nothing there
				}
				opens := h.native && strings.Contains(way, "header") || !h.native && way != "session cookie" && strings.Contains(way, "cookie")
				if opens && strings.HasPrefix(h.own, "/sign-in/") && strings.HasPrefix(path+"/", h.own+"/") {
					continue // its own steps; those of a step-up need the session too
				}
				body := ""
				if strings.Contains(r.path, "{flowId}") && r.method == "POST" {
					_, rest, _ := strings.Cut(r.path, "{flowId}")
					if body = flowBodies[rest]; body == "" {
						t.Fatalf("no body for %s", r.path)
					}
				} else if r.public {
					body = object("newPassword", otherPassword)
					if strings.HasPrefix(r.path, "/invitation") {
						body = object("password", otherPassword)
					}
				}
				c := a.client()
				carry(c, h.token)
				got := c.do(r.method, prefix+path, body)
				asked++
				if got.status != 401 && got.status != 403 && got.status != 404 {
					t.Errorf("%s as %s: %s %s: %d %s", name, way, r.method, r.path, got.status, got.body)
				}
				for set := range c.cookies {
					if set == "__Host-sallyport" && c.cookies[set] != h.token {
						t.Errorf("%s as %s: %s %s gives a session", name, way, r.method, r.path)
					}
				}
			}
		}
		// And the flow stands where it stood.
		if s := into[signInStep](h.c.get(h.own).is(200)); s.Next != h.state {
			t.Errorf("%s: %+v", name, s)
		}
	}
	t.Logf("%d requests", asked)
}
