package api

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

// passwordWay is a call that takes a password. What has to come before it is done, so that only the call is left.
type passwordWay struct {
	operation, how string
	begin          func(a *app) (send func() answer)
	closes         bool // a password closes something there, and opens nothing
}

var passwordWays = []passwordWay{
	{"provePassword", "in a browser", func(a *app) func() answer { return a.passwordCall(a.client(), webClient) }, false},
	{"provePassword", "in a native client", func(a *app) func() answer { return a.passwordCall(a.client(), nativeClient) }, false},
	{"provePassword", "as an owner", func(a *app) func() answer {
		c := a.client()
		flow := c.open(webClient, ownerEmail)
		return func() answer { return c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)) }
	}, false},
	{"provePassword", "of a closed account", func(a *app) func() answer {
		a.advance(time.Minute) // so that the password is older than the lockdown
		me := a.browse(memberEmail)
		a.mails()
		me.post("/me/lockdown", object("sessionId", "")).is(200)
		c := a.client()
		flow := into[signInStep](c.follow(a.link(memberEmail, notify.AccountClosed, "/reopen"), object("client", "web")).is(200))
		return func() answer { return c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)) }
	}, false},
	{"chooseNewPassword", "that an admin demands", func(a *app) func() answer {
		must(0, a.deps.Accounts.DemandPassword(a.t.Context(), sallyport.Operator(a.owner.TenantID), a.member.ID))(a.t)
		c := a.client()
		flow := c.passwordGiven(webClient, memberEmail)
		if flow.Next != signin.ChangePassword {
			a.t.Fatalf("%+v", flow)
		}
		return func() answer {
			return c.post("/sign-in/"+flow.FlowID+"/change-password", object("newPassword", otherPassword))
		}
	}, false},
	{"stepUpPassword", "", func(a *app) func() answer {
		c := a.browse(memberEmail)
		s := c.step("/step-up", object("act", "add_factor"))
		return func() answer { return c.post("/step-up/"+s.FlowID+"/password", object("password", goodPassword)) }
	}, false},
	{"changePassword", "", func(a *app) func() answer {
		c := a.browse(memberEmail)
		c.ready("change_password")
		return func() answer {
			return c.post("/me/password", object("currentPassword", goodPassword, "newPassword", otherPassword))
		}
	}, false},
	{"resetPassword", "", func(a *app) func() answer {
		at := a.addLink(&person{user: a.member}, link.Reset, link.About{})
		return func() answer { return a.client().follow(at, object("newPassword", otherPassword)) }
	}, false},
	{"acceptInvitation", "", func(a *app) func() answer {
		u := must(a.deps.Accounts.Invite(a.t.Context(), sallyport.Operator(a.owner.TenantID), account.NewUser{Email: "new@example.com", Role: sallyport.RoleMember}))(a.t)
		at := a.addLink(&person{user: u}, link.Invitation, link.About{})
		return func() answer {
			return a.client().follow(at, object("password", otherPassword, "firstName", "Noor", "lastName", "Haddad"))
		}
	}, false},
	{"notMeAndLockDown", "", nil, true},
}

func (a *app) passwordCall(c *client, kind string) func() answer {
	flow := c.open(kind, memberEmail)
	if flow.FlowToken != "" {
		c.headers[flowHeader] = flow.FlowToken
	}
	return func() answer { return c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)) }
}

// Where single sign-on is required no call takes a password, whatever was begun before. Where it is not, the same
// calls open something.
func TestNoPasswordWhereProvidersAreRequired(t *testing.T) {
	for _, way := range passwordWays {
		if way.closes {
			continue
		}
		t.Run(way.operation+" "+way.how, func(t *testing.T) {
			for _, required := range []bool{false, true} {
				a := newApp(t, "")
				send, before := way.begin(a), a.doors()
				a.policy.SSORequired = required
				got := send()
				opened := slices.DeleteFunc(a.doors(), func(d string) bool { return slices.Contains(before, d) })
				if required && (got.status != 403 || into[problem](got).Code != sallyport.CodeSSORequired || len(opened) > 0) {
					t.Errorf("where it is required: %d %s opens %v", got.status, got.body, opened)
				}
				if !required && (got.status >= 400 || len(opened) == 0) {
					t.Errorf("where it is not: %d %s", got.status, got.body)
				}
			}
		})
	}
}

// doors are what a password opens: sessions with what they have proven, and passwords.
func (a *app) doors() (all []string) {
	a.t.Helper()
	rows := must(a.raw.QueryContext(a.t.Context(), "SELECT 'session ' || id || ' ' || COALESCE(stepped_up_at, 0) FROM sessions UNION ALL "+
		"SELECT 'sign-in ' || id || ' ' || state FROM flows WHERE state <> 'password' UNION ALL SELECT 'password of ' || id || ' ' || password_hash FROM users WHERE password_hash <> ''"))(a.t)
	defer rows.Close()
	for rows.Next() {
		var door string
		must(0, rows.Scan(&door))(a.t)
		all = append(all, door)
	}
	must(0, rows.Err())(a.t)
	return all
}

// Every operation that takes a password is a row.
func TestPasswordWays(t *testing.T) {
	a := newApp(t, "")
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Format string }
			}
		}
	}
	must(0, json.Unmarshal([]byte(a.client().get("/openapi.json").is(200).body), &document))(t)
	takes := 0
	for _, operations := range document.Paths {
		for _, op := range operations {
			ref := op.RequestBody.Content["application/json"].Schema.Ref
			for name, property := range document.Components.Schemas[ref[min(len(ref), len("#/components/schemas/")):]].Properties {
				if property.Format != "password" || name == "code" {
					continue
				}
				takes++
				if !slices.ContainsFunc(passwordWays, func(w passwordWay) bool { return w.operation == op.OperationID }) {
					t.Errorf("%s takes %s, and is no row of passwordWays", op.OperationID, name)
				}
			}
		}
	}
	if takes < 8 {
		t.Errorf("only %d operations are found", takes)
	}
}
