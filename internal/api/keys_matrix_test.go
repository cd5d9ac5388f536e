package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// program returns a caller with an API key of a person, which allows these permissions.
func (m *matrix) program(of *person, may ...string) *person {
	m.t.Helper()
	ctx := m.t.Context()
	secret, hash := token.NewKey(token.APIKey)
	k := sallyport.APIKey{ID: token.NewID(), TenantID: of.user.TenantID, UserID: of.user.ID, Name: token.NewID(), Permissions: sallyport.NewPermissions(may...), CreatedAt: m.now()}
	must(0, m.db.Write(ctx, func(tx *store.Tx) error { return tx.AddKey(ctx, k, hash[:]) }))(m.t)
	p := *of
	p.client = m.client()
	p.client.headers["Authorization"] = "Bearer " + secret
	return &p
}

// takesPerson are operations that need a permission and a person all the same: what they begin ends
// with the session of who began it, or is about the caller's own mails.
var takesPerson = map[string]sallyport.Code{
	"previewBulk": sallyport.CodeNotByKey, "startBulk": sallyport.CodeNotByKey, "chooseDigest": sallyport.CodeForbidden,
}

// Every operation, called with API keys of an owner: with no permission, with all but the one that it
// needs, and with all. A key does what its permissions name, nothing of its user's account, and nothing
// that takes a proof.
func TestEveryOperationForKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		m := newMatrix(t, a)
		owner, theirs := m.visitors[0].who, m.objects[1]
		far := m.objects[len(m.objects)-1]
		for _, op := range a.operations() {
			e := entries[op.OperationID]
			if op.caller != inSession || op.bare {
				continue
			}
			o := theirs
			if e.id == nil && !e.role && !e.grant {
				o = belonging{name: "their own"}
			}
			refused := func(name string, who *person, want verdict) { m.mustRefuse(op, e, name, who, o, want) }
			need := string(op.need.Permission)
			others := slices.DeleteFunc(access.Every.Names(), func(p string) bool { return p == need })
			if need == "" {
				refused("a key with everything", m.program(owner, access.Every.Names()...), verdict{http.StatusForbidden, sallyport.CodeNotByKey, "", ""})
				continue
			}
			lacks := verdict{http.StatusForbidden, sallyport.CodeForbidden, op.need.Permission, ""}
			refused("a key without permissions", m.program(owner), lacks)
			refused("a key with all other permissions", m.program(owner, others...), lacks)
			refused("a made-up key", m.madeUp(), verdict{http.StatusUnauthorized, sallyport.CodeNotSignedIn, "", ""})
			refused("a key of a disabled owner", m.asleep(), verdict{http.StatusUnauthorized, sallyport.CodeAccountDisabled, "", ""})
			all := m.program(owner, access.Every.Names()...)
			proves := op.changes() && op.need.StepUp != ""
			switch {
			case proves || takesPerson[op.OperationID] != "":
				refused("a key with everything", all, verdict{http.StatusForbidden, cmp.Or(takesPerson[op.OperationID], sallyport.CodeNotByKey), "", ""})
			case !op.changes() && !e.begun:
				if e.first != nil {
					must(0, e.first(t.Context(), a, theirs.of))(t)
				}
				if got := m.call(op, e, all.client, theirs.of); got.status >= http.StatusBadRequest {
					t.Errorf("%s with a key that allows it: %d %s", op.OperationID, got.status, got.body)
				}
			}
			if e.id != nil && !(proves && e.shared) {
				m.mustRefuse(op, e, "a key with everything", all, far, verdict{http.StatusNotFound, sallyport.CodeNotFound, "", ""})
			}
		}
	})
}

// madeUp is a caller with a key that nobody has.
func (m *matrix) madeUp() *person {
	secret, _ := token.NewKey(token.APIKey)
	p := &person{client: m.client()}
	p.client.headers["Authorization"] = "Bearer " + secret
	return p
}

// asleep is a caller with a key of an owner who was disabled.
func (m *matrix) asleep() *person {
	if m.sleeper == nil {
		who := m.person(m.visitors[0].at, sallyport.RoleOwner, stale)
		m.sleeper = m.program(who, access.Every.Names()...)
		must(m.deps.Accounts.Disable(m.t.Context(), operatorOf(who), who.user.ID))(m.t)
	}
	return m.sleeper
}

// Where policy names an act, a key with its permission does it, on people whom it covers.
func TestKeysDoWhatPolicyNames(t *testing.T) {
	a := newApp(t, "")
	m := newMatrix(t, a)
	for _, act := range policy.KeyActs {
		a.policy.APIKeyActs = append(a.policy.APIKeyActs, string(act))
	}
	owner := m.visitors[0]
	for _, op := range a.operations() {
		e := entries[op.OperationID]
		if op.caller != inSession || op.bare || op.need.Permission == "" || !op.changes() || e.begun || takesPerson[op.OperationID] != "" {
			continue
		}
		named := op.need.StepUp == "" || slices.Contains(policy.KeyActs, op.need.StepUp)
		of := m.person(owner.at, sallyport.RoleMember, fresh)
		if e.first != nil {
			must(0, e.first(t.Context(), a, of))(t)
		}
		got := m.call(op, e, m.program(owner.who, access.Every.Names()...).client, of)
		if ok := got.status < http.StatusBadRequest; ok != named {
			t.Errorf("%s, which asks for %q: %d %s", op.OperationID, op.need.StepUp, got.status, got.body)
		}
	}
}

// The session check says whose a key is, and what it allows now.
func TestKeyCheck(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		m := newMatrix(t, a)
		who := m.person(m.visitors[0].at, "helper", stale)
		c := m.program(who, "users.view", "policies.manage").client
		got := into[current](c.get("/session").is(200))
		if got.Key == nil || got.Session != nil || got.User.ID != who.user.ID || len(got.Key.Permissions) != 1 || got.Key.Permissions[0] != "users.view" {
			t.Errorf("%+v", got)
		}
		must(0, a.db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.EndKey(context.WithoutCancel(t.Context()), who.user.TenantID, got.Key.ID, store.End{At: a.now()})
		}))(t)
		c.get("/session").refused(401, sallyport.CodeKeyEnded)
	})
}
