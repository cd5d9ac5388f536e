package apptest

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/agent"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// From is the client of a sign-in and SignedIn its result, for tests of packages below
// signin.
type (
	From     = signin.From
	SignedIn = signin.Result
)

// Password is the password of every user, until they change it.
const Password = "Nine-tall pillars 42"

// OwnerEmail is the address of the owner that Owner creates.
const OwnerEmail = "owner@corp.test"

// User-Agent headers for clients.
const (
	ChromeOnMac    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	FirefoxOnLinux = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	SafariOnIPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

// Owner returns the owner of the installation. The first call creates the owner.
func (a *App) Owner(t testing.TB) sallyport.User {
	t.Helper()
	a.mu.Lock()
	owner := a.owner
	a.mu.Unlock()
	if owner.ID != "" {
		return owner
	}
	owner, err := a.Accounts.Claim(t.Context(), "Quayside", account.NewUser{
		Email: OwnerEmail, FirstName: "Ottilie", LastName: "Brandt", Password: Password,
	})
	if err != nil {
		t.Fatalf("apptest: claim the installation: %v", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.owner = owner
	return owner
}

// TenantID returns the id of the default organisation. It creates the organisation and its
// owner when there is none.
func (a *App) TenantID(t testing.TB) string {
	t.Helper()
	return a.Owner(t).TenantID
}

// AddTenant creates another organisation for a host name.
func (a *App) AddTenant(t testing.TB, host string) sallyport.Tenant {
	t.Helper()
	tenant := sallyport.Tenant{ID: token.NewID(), Host: host, Name: host, CreatedAt: a.Clock.Now()}
	err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.AddTenant(t.Context(), tenant); err != nil {
			return err
		}
		e := audit.New(sallyport.Operator(tenant.ID), audit.TenantCreated, tenant.CreatedAt)
		e.TargetID = tenant.ID
		return audit.Append(t.Context(), tx, e)
	})
	if err != nil {
		t.Fatalf("apptest: add an organisation: %v", err)
	}
	return tenant
}

// AddUser adds a user to the default organisation, with the password Password.
func (a *App) AddUser(t testing.TB, email string, role sallyport.Role) sallyport.User {
	t.Helper()
	return a.AddUserOf(t, a.TenantID(t), email, role)
}

// AddUserOf is AddUser for any organisation.
func (a *App) AddUserOf(t testing.TB, tenantID, email string, role sallyport.Role) sallyport.User {
	t.Helper()
	u, err := a.Accounts.Add(t.Context(), sallyport.Operator(tenantID), account.NewUser{Email: email, Role: role, Password: Password})
	if err != nil {
		t.Fatalf("apptest: add %s: %v", email, err)
	}
	return u
}

// AddUserWithoutPassword adds a member who cannot sign in with a password.
func (a *App) AddUserWithoutPassword(t testing.TB, email string) sallyport.User {
	t.Helper()
	u, err := a.Accounts.Add(t.Context(), sallyport.Operator(a.TenantID(t)), account.NewUser{Email: email, Role: sallyport.RoleMember})
	if err != nil {
		t.Fatalf("apptest: add %s: %v", email, err)
	}
	return u
}

// ChangePassword changes the password of a signed-in user and returns how many
// of their sessions ended.
func (a *App) ChangePassword(ctx context.Context, actor sallyport.Actor, current, next string) (ended int, err error) {
	return a.Accounts.ChangePassword(ctx, actor, account.PasswordChange{Current: current, New: next, Confirm: next})
}

// Client returns a client at this address with this user agent.
func Client(ip, userAgent string) sallyport.Client {
	return sallyport.Client{IPAddress: ip, UserAgent: userAgent, Info: agent.Parse(userAgent)}
}

// Visitor returns a client without any credentials.
func (a *App) Visitor(tenantID string, c sallyport.Client) signin.From {
	return signin.From{TenantID: tenantID, Client: c}
}

// From returns a client of the default organisation, without any credentials.
func (a *App) From(t testing.TB, c sallyport.Client) signin.From {
	t.Helper()
	return a.Visitor(a.TenantID(t), c)
}

// Laptop returns such a client with a desktop browser, at an address for documentation.
func (a *App) Laptop(t testing.TB) signin.From {
	t.Helper()
	return a.From(t, Client("192.0.2.10", ChromeOnMac))
}

// Try opens a sign-in and gives the password.
func (a *App) Try(ctx context.Context, from signin.From, email, password string) (signin.Result, error) {
	r, err := a.SignIn.Open(ctx, from, email)
	if err != nil {
		return r, err
	}
	return a.Advance(ctx, from, r.FlowToken, password)
}

// Advance gives the password in an open sign-in.
func (a *App) Advance(ctx context.Context, from signin.From, flowToken, password string) (signin.Result, error) {
	return a.SignIn.Advance(ctx, from, flowToken, signin.Step{State: signin.Password, Password: password})
}

// SignInAs signs a client in with Password.
func (a *App) SignInAs(t testing.TB, from signin.From, email string) signin.Result {
	t.Helper()
	r, err := a.Try(t.Context(), from, email, Password)
	if err != nil {
		t.Fatalf("apptest: sign in as %s: %v", email, err)
	}
	if r.State != signin.Done {
		t.Fatalf("apptest: sign in as %s: the next step is %s", email, r.State)
	}
	return r
}

// After returns the client with what a browser keeps after a sign-in: the session
// and, when it is new, the device credential.
func After(from signin.From, r signin.Result) signin.From {
	from.Session = r.SessionToken
	if r.DeviceToken != "" {
		former := slices.DeleteFunc(slices.Clone(from.Devices), func(c string) bool { return c == r.FormerDeviceToken })
		from.Devices = append([]string{r.DeviceToken}, former...)
	}
	return from
}

// Actor returns the signed-in user of a finished sign-in.
func Actor(r signin.Result) sallyport.Actor {
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: r.User.TenantID, UserID: r.User.ID, SessionID: r.Session.ID, Role: r.User.Role, Granted: r.User.Granted,
		Client: Client(r.Session.IPAddress, r.Session.UserAgent),
	}
}

// Check returns the code of the error for a session token, "" when the session is good.
func (a *App) Check(t testing.TB, secret string) sallyport.Code {
	t.Helper()
	_, err := a.Sessions.Check(t.Context(), a.TenantID(t), secret)
	return sallyport.CodeOf(err)
}

// Use is Check for the client of a finished sign-in. A native one gets its next tokens first, where
// its access token is over.
func (a *App) Use(t testing.TB, in *signin.Result) sallyport.Code {
	t.Helper()
	code := a.Check(t, in.SessionToken)
	if code != sallyport.CodeTokenExpired {
		return code
	}
	next, err := a.Sessions.Refresh(t.Context(), a.TenantID(t), in.RefreshToken, sallyport.Client{})
	if err != nil {
		return sallyport.CodeOf(err)
	}
	in.Tokens = next.Tokens
	return a.Check(t, in.SessionToken)
}

// Events returns the whole log of the default organisation, oldest first.
func (a *App) Events(t testing.TB) []store.EventRow {
	t.Helper()
	rows, err := a.DB.Events(t.Context(), a.TenantID(t), 0, math.MaxInt32)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return rows
}

// Count returns how many events of each kind the default organisation has.
func (a *App) Count(t testing.TB) map[audit.Kind]int {
	t.Helper()
	n := map[audit.Kind]int{}
	for _, e := range a.Events(t) {
		n[audit.Kind(e.Kind)]++
	}
	return n
}

// Attempts returns all sign-in attempts of the default organisation, newest first.
func (a *App) Attempts(t testing.TB) []sallyport.Attempt {
	t.Helper()
	tenantID := a.TenantID(t)
	return Rows(t, list.Attempts.First(), func(q list.Query) (list.Page[sallyport.Attempt], error) {
		return a.DB.ListAttempts(t.Context(), tenantID, q)
	})
}

// Rows returns all rows of a list.
func Rows[T any](t testing.TB, q list.Query, read func(list.Query) (list.Page[T], error)) (rows []T) {
	t.Helper()
	for row, err := range list.All(q, read) {
		if err != nil {
			t.Fatalf("apptest: %v", err)
		}
		rows = append(rows, row)
	}
	return rows
}

// LiveSessions returns the live sessions of a user of the default organisation, oldest
// first.
func (a *App) LiveSessions(t testing.TB, userID string) []sallyport.Session {
	t.Helper()
	tenantID := a.TenantID(t)
	return Rows(t, list.OwnSessions.First(), func(q list.Query) (list.Page[sallyport.Session], error) {
		return a.DB.OwnSessions(t.Context(), tenantID, userID, q)
	})
}
