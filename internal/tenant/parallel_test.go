package tenant_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// Of two admins who save in parallel on two nodes one succeeds: for the first policy and for
// every later one.
func TestTwoAdminsSaveAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		admin := sallyport.Operator(a.TenantID(t))
		for version := range int64(3) {
			var saved atomic.Int64
			var value atomic.Value
			var wg sync.WaitGroup
			start := make(chan struct{})
			for i := range 16 {
				wg.Go(func() {
					<-start
					failures := float64(10 + 20*int(version) + i)
					done, err := nodes[i%2].Tenants.Save(t.Context(), admin, tenant.Edit{Version: version, Fields: map[string]any{"lockoutFailures": failures}})
					switch {
					case err == nil && len(done.Changes) == 1:
						saved.Add(1)
						value.Store(int(failures))
					case sallyport.CodeOf(err) != sallyport.CodeConflict:
						t.Errorf("version %d: %v, %v", version, done, err)
					}
				})
			}
			close(start)
			wg.Wait()
			got, err := a.Tenants.Read(t.Context(), admin)
			if err != nil || saved.Load() != 1 || got.Version != version+1 || got.Policy.LockoutFailures != value.Load() {
				t.Fatalf("version %d: %d saved %v, and it is %d in version %d, %v", version, saved.Load(), value.Load(), got.Policy.LockoutFailures, got.Version, err)
			}
			if n := a.Count(t)[audit.PolicyChanged]; n != int(version)+1 {
				t.Errorf("version %d: %d events", version, n)
			}
		}
	})
}

// A stored policy that this program cannot read is an error for every reader, and nobody
// overwrites it by accident.
func TestStoredPolicyIsNeverReplacedByTheDefault(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		a.Tampered() // nothing can be counted under a policy that cannot be read
		admin, other := sallyport.Operator(a.TenantID(t)), a.AddTenant(t, "other.test")
		db := dbtest.Raw(t, a.DSN)
		if _, err := db.ExecContext(t.Context(), "INSERT INTO policies (tenant_id, group_id, mfa_enforced, version, body, updated_at) VALUES ($1, '', '', 4, '{}', 1)", admin.TenantID); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{
			`{"retinaScan":true}`, `{"lockoutFailures":1000}`, `{"lockoutFailures":-1}`, `{"lockoutFailures":5.5}`, `{"mfaEnforced":"some"}`,
			`{"mfaMethods":["totp","retina"]}`, `{"passwordRequireMix":"yes please"}`, `{"sessionIdleWebMinutes":129600,"sessionLifetimeMinutes":43200}`,
			`null`, `[]`, `7`, `"default"`, `{"lockoutFailures":5`, ``,
		} {
			if _, err := db.ExecContext(t.Context(), "UPDATE policies SET body = $1", body); err != nil {
				t.Fatal(err)
			}
			_, asked := a.Tenants.Policy(t.Context(), admin.TenantID)
			_, read := a.Tenants.Read(t.Context(), admin)
			_, saved := a.Tenants.Save(t.Context(), admin, tenant.Edit{Version: 4, Fields: map[string]any{"lockoutFailures": 7.0}})
			for what, err := range map[string]error{"asking": asked, "reading": read, "saving": saved} {
				if sallyport.CodeOf(err) != sallyport.CodeInternal {
					t.Errorf("%s: %s: %v", body, what, err)
				}
			}
			var kept string
			if err := db.QueryRowContext(t.Context(), "SELECT body FROM policies").Scan(&kept); err != nil || kept != body {
				t.Errorf("%s became %s, %v", body, kept, err)
			}
		}
		if p, err := a.Tenants.Policy(t.Context(), other.ID); err != nil || len(policy.Changes(p, policy.Default())) != 0 {
			t.Errorf("another organisation: %v", err)
		}
	})
}

// Exactly the changed fields are reported, and two organisations have separate policies.
func TestEventsOfAPreset(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		admin, other := sallyport.Operator(a.TenantID(t)), a.AddTenant(t, "other.test")
		for i, preset := range []policy.Preset{policy.PresetBalanced, policy.PresetStrict, policy.PresetManaged, policy.PresetDefault} {
			before, err := a.Tenants.Policy(t.Context(), admin.TenantID)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := policy.For(preset)
			n := a.Count(t)[audit.PolicyChanged]
			saved, err := a.Tenants.Save(t.Context(), admin, tenant.Edit{Version: int64(i), Preset: preset})
			if err != nil || !slices.Equal(saved.Changes, policy.Changes(before, want)) {
				t.Fatalf("%s: %v, %v", preset, saved, err)
			}
			if got := a.Count(t)[audit.PolicyChanged] - n; got != len(saved.Changes) {
				t.Errorf("%s: %d events of %d changes", preset, got, len(saved.Changes))
			}
			if got, err := a.Tenants.Policy(t.Context(), admin.TenantID); err != nil || len(policy.Changes(got, want)) != 0 {
				t.Errorf("%s: %v, %v", preset, policy.Changes(got, want), err)
			}
			if _, err := a.Tenants.Save(t.Context(), admin, tenant.Edit{Version: int64(i), Preset: preset}); !errors.Is(err, sallyport.ErrConflict) {
				t.Errorf("%s over a newer version: %v", preset, err)
			}
		}
		if got, err := a.Tenants.Policy(t.Context(), other.ID); err != nil || len(policy.Changes(got, policy.Default())) != 0 {
			t.Errorf("another organisation: %v", err)
		}
	})
}
