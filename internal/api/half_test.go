package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
)

// unfinishedFlow is a flow that is not finished.
type unfinishedFlow struct {
	id, token string
	native    bool
	own       string // address of its steps
	state     signin.State
	c         *client
}

// unfinishedFlows returns an unfinished flow of each kind of client in each state that proves something.
func (a *app) unfinishedFlows() map[string]unfinishedFlow {
	a.policy.MFAEnforced = sallyport.EnforcedAdmins
	all := map[string]unfinishedFlow{}
	add := func(name, kind, own string, c *client, s signInStep) {
		h := unfinishedFlow{id: s.FlowID, token: s.FlowToken, native: kind == nativeClient, own: own + "/" + s.FlowID, state: s.Next, c: c}
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

// ways are the places where a request can carry the token of a flow.
var ways = map[string]func(*client, string){
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

// opens reports whether an operation is a step of this flow and reads the token from way.
// The steps of a step-up need the session too.
func (h unfinishedFlow) opens(op operation, way string) bool {
	carried := strings.Contains(way, "header")
	if !h.native {
		carried = way == "flow cookie" || way == "both cookies"
	}
	return carried && op.caller == inFlow && strings.HasPrefix(h.own, "/sign-in/")
}

// take gives the things of a person to u, whose sign-ins are not finished.
func (a *app) take(p *person, u sallyport.User) {
	a.t.Helper()
	ctx := a.t.Context()
	p.user = u // whose role, group and invited user stay those of p
	p.session = must(a.db.OwnSessions(ctx, u.TenantID, u.ID, list.OwnSessions.First()))(a.t).Rows[0].ID
	p.device = must(a.db.DeviceIDs(ctx, u.TenantID, u.ID))(a.t)[0]
	p.factor = must(a.db.LiveFactors(ctx, u.TenantID, u.ID))(a.t)[0].ID
	p.attempt = must(a.db.OwnAttempts(ctx, u.TenantID, u.ID, list.OwnAttempts.First()))(a.t).Rows[0].ID
}

// An unfinished sign-in gives access to nothing: wherever a request carries a flow's
// token, only the flow's own steps accept it.
func TestHalfASignInOpensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		unfinishedFlows := a.unfinishedFlows()
		there := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
		a.take(there, a.member)
		events, rows := a.events(), a.rows(there)
		asked := 0
		for name, h := range unfinishedFlows {
			for way, carry := range ways {
				for _, op := range a.operations() {
					if op.caller == anybody && entries[op.OperationID].want == 0 || h.opens(op, way) {
						continue // needs no session and shows nothing of the account, or is the flow's own step
					}
					c := a.client()
					carry(c, h.token)
					got := a.send(op, entries[op.OperationID], c, there, h.id, h.token)
					asked++
					status, code := http.StatusUnauthorized, sallyport.CodeNotSignedIn
					switch op.caller {
					case anybody:
						status, code = http.StatusNotFound, sallyport.CodeLinkExpired
					case inFlow:
						code = sallyport.CodeFlowExpired
					}
					if got.status != status || into[problem](got).Code != code {
						t.Errorf("%s as %s: %s: %d, want %d %s: %s", name, way, op.OperationID, got.status, status, code, got.body)
					}
					if set := c.cookies["__Host-sallyport"]; set != "" && set != h.token {
						t.Errorf("%s as %s: %s gives a session", name, way, op.OperationID)
					}
				}
			}
		}
		if a.events() != events || a.rows(there) != rows {
			t.Error("something happened")
		}
		for name, h := range unfinishedFlows { // no flow has moved
			if s := into[signInStep](h.c.get(h.own).is(200)); s.Next != h.state {
				t.Errorf("%s: %+v", name, s)
			}
		}
		t.Logf("%d requests", asked)
	})
}
