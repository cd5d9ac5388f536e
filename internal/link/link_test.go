package link_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const base = link.Base("https://accounts.corp.test/")

var kinds = map[link.Kind]struct {
	path     string
	lifetime time.Duration
	newest   bool
}{
	link.Reset:       {"/recovery/", 30 * time.Minute, true},
	link.VerifyEmail: {"/verify-email/", 30 * time.Minute, true},
	link.Invitation:  {"/invitation/", 7 * 24 * time.Hour, true},
	link.Unlock:      {"/unlock/", 30 * time.Minute, true},
	link.NotMe:       {"/not-me/", 30 * 24 * time.Hour, false},
}

// mint creates a link and returns its secret.
func mint(t *testing.T, a *apptest.App, k link.Kind, userID string, about link.About) string {
	t.Helper()
	var l link.Added
	err := a.DB.Write(t.Context(), func(tx *store.Tx) (err error) {
		tenant, err := tx.Tenant(t.Context(), a.TenantID(t))
		if err != nil {
			return err
		}
		if l, err = (link.New{Kind: k, UserID: userID, About: about, At: a.Clock.Now()}).Add(t.Context(), tx, base, tenant); err != nil {
			return err
		}
		if want := a.Clock.Now().Add(kinds[k].lifetime); !l.Until.Equal(want) {
			t.Errorf("%s ends at %v, want %v", k, l.Until, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(l.Address)
	if err != nil || u.Scheme != "https" || u.Host != "accounts.corp.test" || path.Dir(u.Path)+"/" != kinds[k].path || u.RawQuery != "" || u.Fragment != "" {
		t.Fatalf("%s: address %q, %v", k, l.Address, err)
	}
	return path.Base(u.Path)
}

func find(t *testing.T, a *apptest.App, k link.Kind, secret string) error {
	t.Helper()
	_, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: a.TenantID(t), Kind: k, Secret: secret}, a.Clock.Now())
	return err
}

// Each kind works for the time in the table, as its own kind, in its own organisation, and
// ends or keeps the former links.
func TestKinds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		user, someone := a.Owner(t).ID, a.AddUser(t, "mia@corp.test", sallyport.RoleMember).ID
		other := a.AddTenant(t, "other.test")
		for k, want := range kinds {
			about := link.About{SessionID: "s", DeviceID: "d"}
			former, theirs := mint(t, a, k, user, about), mint(t, a, k, someone, link.About{})
			secret := mint(t, a, k, user, about)
			if err := find(t, a, k, former); (err != nil) != want.newest {
				t.Errorf("%s: the former link: %v", k, err)
			}
			if err := find(t, a, k, theirs); err != nil {
				t.Errorf("%s: somebody else's link: %v", k, err)
			}
			for wrong := range kinds {
				if err := find(t, a, wrong, secret); (err == nil) != (wrong == k) {
					t.Errorf("%s as %s: %v", k, wrong, err)
				}
			}
			if _, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: other.ID, Kind: k, Secret: secret}, a.Clock.Now()); !errors.Is(err, link.ErrExpired) {
				t.Errorf("%s in another organisation: %v", k, err)
			}
			never, _ := token.New(token.Link)
			session, _ := token.New(token.Session)
			for _, v := range []string{"", "x", never, session, secret[1:], secret + "0", string(token.Session) + secret[4:], "/" + secret, secret + "%00"} {
				if err := find(t, a, k, v); !errors.Is(err, link.ErrExpired) {
					t.Errorf("%s: %.8q: %v", k, v, err)
				}
			}
			l, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: a.TenantID(t), Kind: k, Secret: secret}, a.Clock.Now().Add(want.lifetime-time.Microsecond))
			if err != nil || l.UserID != user || l.SessionID != "s" || l.DeviceID != "d" || l.Kind != string(k) {
				t.Errorf("%s at the last moment: %+v, %v", k, l, err)
			}
			if _, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: a.TenantID(t), Kind: k, Secret: secret}, a.Clock.Now().Add(want.lifetime)); !errors.Is(err, link.ErrExpired) {
				t.Errorf("%s too late: %v", k, err)
			}
		}
	})
}

// Of 64 parallel takers of a link one gets it; a rolled-back use leaves it unused.
func TestTakenOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		secret := mint(t, a, link.NotMe, a.Owner(t).ID, link.About{})
		l, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: a.TenantID(t), Kind: link.NotMe, Secret: secret}, a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		undone := errors.New("undone")
		take := func(a *apptest.App, after error) error {
			return a.DB.Write(t.Context(), func(tx *store.Tx) error {
				if err := link.Take(t.Context(), tx, l); err != nil {
					return err
				}
				return after
			})
		}
		if err := take(a, undone); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		var took, late atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				switch err := take(nodes[i%2], nil); {
				case err == nil:
					took.Add(1)
				case errors.Is(err, link.ErrExpired):
					late.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took.Load() != 1 || late.Load() != 63 {
			t.Errorf("%d took it, %d came late", took.Load(), late.Load())
		}
		if err := find(t, a, link.NotMe, secret); !errors.Is(err, link.ErrExpired) {
			t.Errorf("after that: %v", err)
		}
	})
}

// The database holds no secret, and two links have different ones.
func TestSecretsAreNotStored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		one, two := mint(t, a, link.NotMe, a.Owner(t).ID, link.About{}), mint(t, a, link.NotMe, a.Owner(t).ID, link.About{})
		if one == two || len(one) < 22 {
			t.Errorf("secrets of %d characters", len(one))
		}
		db := dbtest.Raw(t, a.DSN)
		rows, err := db.QueryContext(t.Context(), "SELECT id, kind, user_id, token_hash FROM links")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var id, kind, user string
			var hash []byte
			if err := rows.Scan(&id, &kind, &user, &hash); err != nil {
				t.Fatal(err)
			}
			n++
			for _, secret := range []string{one, two} {
				if strings.Contains(id+kind+user, secret) || bytes.Contains(hash, []byte(secret)) || bytes.Contains(hash, []byte(secret[4:])) {
					t.Error("a secret is stored")
				}
				if h, ok := token.Parse(token.Link, secret); ok && bytes.Equal(h[:], hash) {
					n++
				}
			}
		}
		if err := rows.Err(); err != nil || n != 4 { // two rows, each with the hash of one
			t.Errorf("%d, %v", n, err)
		}
	})
}

// Addresses start with the configured one, with the host of an organisation that has its
// own.
func TestURL(t *testing.T) {
	for _, tt := range []struct {
		base link.Base
		host string
		want string
	}{
		{"https://accounts.corp.test", "", "https://accounts.corp.test/unlock/x"},
		{"https://accounts.corp.test/", "", "https://accounts.corp.test/unlock/x"},
		{"https://accounts.corp.test:8443", "", "https://accounts.corp.test:8443/unlock/x"},
		{"https://accounts.corp.test", "other.test", "https://other.test/unlock/x"},
		{"http://localhost:8080", "other.test:8080", "http://other.test:8080/unlock/x"},
	} {
		if got := tt.base.URL(sallyport.Tenant{Host: tt.host}, "/unlock/x"); got != tt.want {
			t.Errorf("%s for %q: %s, want %s", tt.base, tt.host, got, tt.want)
		}
	}
}

// When the database does not answer, the error is not "expired".
func TestFindFailsClosed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		secret := mint(t, a, link.Reset, a.Owner(t).ID, link.About{})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if l, err := link.Find(gone, a.DB.Queries, link.Mailed{TenantID: a.TenantID(t), Kind: link.Reset, Secret: secret}, a.Clock.Now()); err == nil || errors.Is(err, link.ErrExpired) || l.ID != "" {
			t.Errorf("%+v, %v", l, err)
		}
	})
}
