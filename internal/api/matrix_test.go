package api

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// visitor is a caller.
type visitor struct {
	name string
	at   place
	who  *person // nil for a caller without a session
	late *person // the same user, with a proof that is an hour old
	bare *person // the same user, with a fresh proof that was made for no act
	out  bool    // has no session that is good for the organisation they call
}

// belonging is a user whose things a call is about.
type belonging struct {
	name string
	at   place
	of   *person // nil for the caller
}

// verdict is the answer that a call must get.
type verdict struct {
	status     int // 0 for success
	code       sallyport.Code
	permission access.Permission
	act        policy.Act
}

// matrix has all callers and all users whose things they call for. A refused call
// changes nothing, so these users serve for all refusals. Each success gets new users.
type matrix struct {
	*app
	t        *testing.T
	visitors []visitor
	objects  []belonging
	flow     string // id of an unfinished sign-in
	calls    int
	sleeper  *person // a caller with the key of somebody who is disabled
	// succeeded are the operations, each with whose things it was about, that somebody did.
	succeeded map[string]bool
}

func newMatrix(t *testing.T, a *app) *matrix {
	here := place{a.owner.TenantID, ""}
	other := must(a.deps.Tenants.Add(t.Context(), "far.example.test", "Far away"))(t)
	far := place{other.ID, other.Host}
	m := &matrix{app: a, t: t, succeeded: map[string]bool{}, flow: a.client().open(webClient, memberEmail).FlowID}
	for _, role := range access.Roles() {
		m.visitors = append(m.visitors, visitor{string(role), here, a.person(here, role, fresh), a.person(here, role, stale), a.person(here, role, signedIn), false})
	}
	a.addRoles(here.tenantID, far.tenantID)
	m.visitors = append(m.visitors, visitor{"a helper", here, a.person(here, "helper", fresh), a.person(here, "helper", stale), a.person(here, "helper", signedIn), false})
	foreigner := a.person(far, sallyport.RoleOwner, fresh)
	lost := *foreigner
	lost.client = a.client()
	lost.client.cookies = maps.Clone(foreigner.client.cookies)
	m.visitors = append(m.visitors,
		visitor{"another tenant's owner", far, foreigner, a.person(far, sallyport.RoleOwner, stale), a.person(far, sallyport.RoleOwner, signedIn), false},
		visitor{"another tenant's owner, who asks here", here, &lost, nil, nil, true},
		visitor{"nobody", here, &person{client: a.client()}, nil, nil, true},
	)
	m.objects = []belonging{
		{name: "their own"},
		{"a member's", here, a.person(here, sallyport.RoleMember, fresh)},
		{"an owner's", here, a.person(here, sallyport.RoleOwner, fresh)},
		{"an auditor's", here, a.person(here, "auditor", fresh)},
		{"another tenant's", far, a.person(far, sallyport.RoleMember, fresh)},
	}
	return m
}

// addRoles makes two roles of organisations. Neither allows all that the other does.
func (a *app) addRoles(tenantIDs ...string) {
	a.t.Helper()
	for _, tenantID := range tenantIDs {
		for name, may := range map[string]sallyport.Permissions{
			"helper": "roles.manage roles.view sessions.view users.manage users.view", "auditor": "audit.view users.view",
		} {
			must(0, a.db.Write(a.t.Context(), func(tx *store.Tx) error {
				return tx.AddRole(a.t.Context(), sallyport.CustomRole{TenantID: tenantID, ID: name, Name: name, Permissions: may})
			}))(a.t)
		}
	}
}

// operations returns all operations of the API.
func (a *app) operations() []operation { return register(a.deps, http.NewServeMux()) }

// Every operation, called by every caller, on the things of every user. A refused call
// gets the right code, appends no event and changes nothing. The record of an operation
// must agree with the use: the refusal names the permission or the act.
func TestEveryOperationForEverybody(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		m := newMatrix(t, a)
		unknown := maps.Clone(entries)
		for _, op := range a.operations() {
			e, ok := entries[op.OperationID]
			if !ok {
				t.Errorf("%s has no entry in entries_test.go: nobody knows who may call it", op.OperationID)
				continue
			}
			delete(unknown, op.OperationID)
			for _, v := range m.visitors {
				for _, o := range m.concerning(e) {
					m.try(op, e, v, o)
				}
			}
			m.tryStrange(op, e)
		}
		for id := range unknown {
			t.Errorf("%s is no operation", id)
		}
		t.Logf("%d calls", m.calls)
	})
}

// concerning returns the users whose things an operation can be about.
func (m *matrix) concerning(e entry) []belonging {
	switch {
	case (e.role || e.grant) && e.id == nil:
		return m.objects[1:4]
	case e.id == nil:
		return m.objects[:1]
	}
	return m.objects
}

// try makes one call, and others with an old proof where the operation needs a fresh one, and
// with one of the sign-in where it needs one made for it.
func (m *matrix) try(op operation, e entry, v visitor, o belonging) {
	m.t.Helper()
	want := m.rule(op, e, v, o)
	if want.status != 0 {
		m.mustRefuse(op, e, v.name, v.who, o, want)
		return
	}
	if op.need.StepUp != "" {
		m.mustRefuse(op, e, v.name+", late", v.late, o, verdict{http.StatusForbidden, sallyport.CodeStepUp, "", op.need.StepUp})
	}
	if row, _ := policy.ActOf(op.need.StepUp); row.Again {
		m.mustRefuse(op, e, v.name+", signed in just now", v.bare, o, verdict{http.StatusForbidden, sallyport.CodeStepUp, "", op.need.StepUp})
	}
	if o.of == nil && e.gone {
		return
	}
	// Who may is decided above the database. So on PostgreSQL one success shows that it works there.
	done := op.OperationID + " " + o.name
	if m.db.Engine == store.Postgres && m.succeeded[done] {
		return
	}
	m.succeeded[done] = true
	m.mustSucceed(op, e, v, o)
}

// tryStrange calls an operation with a malformed id and with the id of something else. A
// database would fail on some of them.
func (m *matrix) tryStrange(op operation, e entry) {
	m.t.Helper()
	if e.id == nil {
		return
	}
	owner, o := m.visitors[0], m.objects[1]
	another := o.of.session
	if e.id(o.of) == another {
		another = o.of.device
	}
	for _, id := range []string{"nothing", "%00", "%ff%fe", strings.Repeat("a", 300), another} {
		e.id = func(*person) string { return id }
		m.mustRefuse(op, e, owner.name+" with "+id, owner.who, o, verdict{status: http.StatusNotFound, code: sallyport.CodeNotFound})
	}
}

// rule returns the answer that a call must get.
func (m *matrix) rule(op operation, e entry, v visitor, o belonging) verdict {
	switch {
	case op.caller == anybody && e.want != 0:
		return verdict{status: e.want, code: sallyport.CodeLinkExpired}
	case op.caller == anybody:
		return verdict{}
	case op.caller.session() && v.out:
		return verdict{status: http.StatusUnauthorized, code: sallyport.CodeNotSignedIn}
	case op.caller != inSession:
		return verdict{status: http.StatusUnauthorized, code: sallyport.CodeFlowExpired} // the callers have no flow
	}
	me, of, need := v.who.user, cmp.Or(o.of, v.who).user, op.need.Permission
	switch {
	case e.id != nil && of.TenantID != me.TenantID && (!e.shared || access.Granted(me.Role, me.Granted).Has(string(need))):
		return verdict{status: http.StatusNotFound, code: sallyport.CodeNotFound}
	case need == "" && of.ID != me.ID:
		return verdict{status: http.StatusNotFound, code: sallyport.CodeNotFound}
	case need != "" && !access.Granted(me.Role, me.Granted).Has(string(need)):
		return verdict{status: http.StatusForbidden, code: sallyport.CodeForbidden, permission: need}
	case e.begun && of.ID != me.ID && me.Role != sallyport.RoleOwner:
		return verdict{status: http.StatusNotFound, code: sallyport.CodeNotFound}
	case need != "" && op.changes() && o.of != nil && !e.covers(me, of):
		return verdict{status: http.StatusForbidden, code: sallyport.CodeForbidden}
	case need != "" && op.changes() && e.id != nil && of.ID == me.ID && !op.need.Self && !e.apart:
		return verdict{status: http.StatusForbidden, code: sallyport.CodeForbidden} // nobody gives themselves anything
	}
	return verdict{}
}

// covers reports whether somebody is strong enough for what an operation is about: nobody acts on
// somebody stronger, and nobody gives what they lack.
func (e entry) covers(me, of sallyport.User) bool {
	actor := sallyport.Actor{Type: sallyport.ActorUser, Role: me.Role, Granted: me.Granted}
	switch {
	case e.free:
		return true
	case e.grant:
		return access.Covers(actor, "", access.Granted(of.Role, of.Granted))
	}
	return access.Covers(actor, of.Role, of.Granted)
}

// Whatever changes something takes a step-up, or has a reason why not.
func TestEveryChangeHasItsProof(t *testing.T) {
	for _, op := range newApp(t, "").operations() {
		_, stepUp := policy.ActOf(op.need.StepUp)
		if op.changes() && stepUp == policy.Exempt(op.exempt()) {
			t.Errorf("%s: a step-up %v, and without one because %q", op.OperationID, stepUp, op.exempt())
		}
	}
}

// mustRefuse makes a call that must be refused, and checks that it changed nothing.
func (m *matrix) mustRefuse(op operation, e entry, name string, who *person, o belonging, want verdict) {
	m.t.Helper()
	of := cmp.Or(o.of, who)
	if of.user.ID == "" {
		of = m.objects[1].of // a caller without a session has no things
	}
	events, rows := m.events(), m.rows(of)
	got := m.call(op, e, who.client, of)
	p := problem{}
	if got.status >= http.StatusBadRequest {
		p = into[problem](got)
	}
	have := verdict{got.status, p.Code, access.Permission(p.Permission), ""}
	if p.StepUp != nil {
		have.act = policy.Act(p.StepUp.Act)
	}
	if have != want {
		m.t.Errorf("%s by %s on %s: %+v, want %+v: %s", op.OperationID, name, o.name, have, want, got.body)
	}
	if m.events() != events || m.rows(of) != rows {
		m.t.Errorf("%s by %s on %s is refused, and yet something happened", op.OperationID, name, o.name)
	}
}

// mustSucceed makes a call that must succeed. The caller has a fresh proof only where the
// record says that it is needed.
func (m *matrix) mustSucceed(op operation, e entry, v visitor, o belonging) {
	m.t.Helper()
	who, of := v.who, o.of
	if op.caller != anybody {
		if who = v.late; op.Method != http.MethodGet {
			proven := stale
			if op.need.StepUp != "" {
				proven = fresh
			}
			who = m.person(v.at, v.who.user.Role, proven)
			if of != nil {
				of = m.person(o.at, of.user.Role, fresh)
			}
		}
	}
	of = cmp.Or(of, who)
	if e.first != nil {
		if err := e.first(m.t.Context(), m.app, of); err != nil {
			m.t.Fatal(err)
		}
	}
	if got := m.call(op, e, who.client, of); got.status >= http.StatusMultipleChoices {
		m.t.Errorf("%s by %s on %s: %d, want success: %s", op.OperationID, v.name, o.name, got.status, got.body)
	}
}

// call makes a call and checks that the document lists the status of the answer.
func (m *matrix) call(op operation, e entry, c *client, of *person) answer {
	m.t.Helper()
	m.calls++
	got := m.send(op, e, c, of, m.flow, "x")
	if said := op.described().Errors; got.status >= http.StatusBadRequest && !slices.Contains(said, got.status) {
		m.t.Errorf("%s answers %d, and its description lists %v", op.OperationID, got.status, said)
	}
	return got
}

// send sends the request of an operation.
func (a *app) send(op operation, e entry, c *client, of *person, flow, link string) answer {
	a.t.Helper()
	id, body := "", ""
	if e.id != nil {
		id = e.id(of)
	}
	if e.body != nil {
		body = e.body(a, of)
	}
	if e.want == http.StatusNotFound {
		body = withToken(body, link)
	}
	if e.match != nil {
		c.headers["If-Match"] = e.match(a, of)
		defer delete(c.headers, "If-Match")
	}
	path := strings.NewReplacer("{id}", id, "{mfaId}", of.factor, "{keyId}", of.ofIt, "{flowId}", flow, "{code}", "conflict", "{version}", "0").Replace(op.Path)
	if e.query != "" {
		path += "?" + e.query
	}
	if uploads[op.Method+" "+prefix+op.Path] {
		return c.saying("image/png", op.Method, prefix+path, body)
	}
	return c.do(op.Method, prefix+path, body)
}
