package policy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

var (
	now     = time.Date(2026, time.March, 2, 9, 0, 0, 123456000, time.UTC)
	never   time.Time
	justNow = now.Add(-time.Second)
	edge    = now.Add(-10 * time.Minute) // just too old
	young   = edge.Add(time.Microsecond) // the oldest that is accepted
	future  = now.Add(time.Microsecond)  // proof before a clock was set back
	lastDay = now.Add(-24 * time.Hour)   // long ago
	asks    = sallyport.StepUp{}         // nothing
	both    = sallyport.StepUp{Password: true, Factor: true}
	factor  = sallyport.StepUp{Factor: true}
	primary = sallyport.StepUp{Password: true}
)

// What is required depends on how old each proof is, to the microsecond, and on what the
// account has.
func TestStepUpFreshness(t *testing.T) {
	type times struct{ auth, mfa time.Time }
	for _, tt := range []struct {
		name     string
		at       times
		has      bool // the account has a second factor
		lost     bool // which is suspended, or forbidden by now
		password bool
		want     sallyport.StepUp // of an act that asks for both
	}{
		{"fresh, one factor", times{justNow, never}, false, false, true, asks},
		{"fresh, two factors", times{justNow, justNow}, true, false, true, asks},
		{"this moment", times{now, now}, true, false, true, asks},
		{"as old as may be", times{young, young}, true, false, true, asks},
		{"exactly ten minutes", times{edge, edge}, true, false, true, both},
		{"the password is old", times{edge, justNow}, true, false, true, primary},
		{"the factor is old", times{justNow, edge}, true, false, true, factor},
		{"factor never proven", times{justNow, never}, true, false, true, factor},
		{"factor never proven and none there", times{justNow, never}, false, false, true, asks},
		{"old, and no factor", times{edge, never}, false, false, true, primary},
		{"the clock was set back", times{future, future}, true, false, true, both},
		{"the clock was set back, password only", times{future, never}, false, false, true, primary},
		{"nothing to prove anything with", times{lastDay, never}, false, false, false, asks},
		{"a passkey and no password", times{edge, justNow}, true, false, false, primary},
		{"a factor that cannot be used, fresh", times{justNow, justNow}, true, true, true, asks},
		{"a factor that cannot be used", times{justNow, edge}, true, true, true, factor},
		{"a factor that cannot be used, and no password", times{edge, edge}, true, true, false, both},
	} {
		for _, act := range []policy.Act{policy.AddFactor, policy.BackupCodes, policy.ManageDevices, policy.ManageFactors} {
			ask, needed := policy.StepUp(sallyport.Policy{}, act, policy.Proven{
				SteppedUpAt: now, SteppedUpFor: act, AuthenticatedAt: tt.at.auth, MFAVerifiedAt: tt.at.mfa, HasPassword: tt.password, HadFactor: tt.has, HasFactor: tt.has && !tt.lost,
			}, now)
			want := tt.want
			want.Act, want.Within = string(act), 10*time.Minute
			if ask != want || needed != (tt.want != asks) {
				t.Errorf("%s, %s: %+v %v, want %+v", act, tt.name, ask, needed, want)
			}
		}
		// The form for a new password asks for the current one itself.
		ask, needed := policy.StepUp(sallyport.Policy{}, policy.ChangePassword, policy.Proven{
			SteppedUpAt: now, SteppedUpFor: policy.ChangePassword, AuthenticatedAt: tt.at.auth, MFAVerifiedAt: tt.at.mfa, HasPassword: tt.password, HadFactor: tt.has, HasFactor: tt.has && !tt.lost,
		}, now)
		if ask.Password || ask.Factor != tt.want.Factor || needed != tt.want.Factor {
			t.Errorf("a new password, %s: %+v %v", tt.name, ask, needed)
		}
	}
}

// An act on ways to prove oneself needs a step-up that was made for it or for one of its kind,
// and asked for no less. However fresh it is, a sign-in is none.
func TestStepUpAgain(t *testing.T) {
	ways := []policy.Act{policy.AddFactor, policy.RemoveFactor, policy.BackupCodes}
	for _, tt := range []struct {
		name string
		at   time.Time
		made policy.Act
		acts []policy.Act
		want sallyport.StepUp
	}{
		{"signed in just now", never, "", ways, both},
		{"for it, just now", justNow, policy.RemoveFactor, ways, asks},
		{"for one of its kind", young, policy.AddFactor, ways, asks},
		{"exactly ten minutes ago", edge, policy.RemoveFactor, ways, both},
		{"the clock was set back", future, policy.RemoveFactor, ways, both},
		{"for something else", justNow, policy.ManageDevices, ways, both},
		{"for a new password, which asked for less", justNow, policy.ChangePassword, ways, both},
		{"for what is no act any more", justNow, "dance", ways, both},
		{"a new password: signed in just now", never, "", []policy.Act{policy.ChangePassword}, factor},
		{"a new password: for it", justNow, policy.ChangePassword, []policy.Act{policy.ChangePassword}, asks},
		{"a new password: for more", justNow, policy.AddFactor, []policy.Act{policy.ChangePassword}, asks},
		{"a new password: for something else", justNow, policy.EndDevice, []policy.Act{policy.ChangePassword}, factor},
	} {
		for _, act := range tt.acts {
			ask, needed := policy.StepUp(sallyport.Policy{}, act, policy.Proven{
				AuthenticatedAt: justNow, MFAVerifiedAt: justNow, SteppedUpAt: tt.at, SteppedUpFor: tt.made, HasPassword: true, HadFactor: true, HasFactor: true,
			}, now)
			if ask.Password != tt.want.Password || ask.Factor != tt.want.Factor || needed != (tt.want != asks) {
				t.Errorf("%s, %s: %+v, want %+v", act, tt.name, ask, tt.want)
			}
		}
	}
}

// Where policy wants a trusted device, every act on factors needs one, except adding the first
// factor, which is needed to verify a device.
func TestStepUpTrust(t *testing.T) {
	for _, least := range []int{0, 1, 2, 3} {
		p := sallyport.Policy{DeviceMinTrust: least}
		for has := range 4 {
			for _, r := range policy.Acts {
				for _, hasFactor := range []bool{false, true} {
					ask, needed := policy.StepUp(p, r.Act, policy.Proven{
						SteppedUpAt: now, SteppedUpFor: r.Act, AuthenticatedAt: now, MFAVerifiedAt: now, HasPassword: true, HadFactor: hasFactor, HasFactor: hasFactor, Trust: sallyport.TrustLevel(has),
					}, now)
					want := has < least && r.Trust && (hasFactor || r.Act != policy.AddFactor)
					if got := ask.Trust != sallyport.TrustNone; got != want || needed != want {
						t.Errorf("%s on a device of level %d where %d is wanted, factor %v: %+v", r.Act, has, least, hasFactor, ask)
					}
					// A code cannot raise a device to the highest level, so it is not asked for.
					if ask.Factor != (want && has > 0 && hasFactor && least < 3) {
						t.Errorf("%s on a device of level %d where %d is wanted: factor asked %v", r.Act, has, least, ask.Factor)
					}
					if want && ask.Trust != sallyport.TrustLevel(least) {
						t.Errorf("%s asks for level %d, want %d", r.Act, ask.Trust, least)
					}
				}
			}
		}
	}
}

// A factor that policy forbids by now makes no device trusted, so it is not asked for in vain.
// An act that needed a trusted device before still needs one.
func TestStepUpTrustWithAForbiddenFactor(t *testing.T) {
	ask, needed := policy.StepUp(sallyport.Policy{DeviceMinTrust: 2}, policy.AddFactor, policy.Proven{
		SteppedUpAt: now, SteppedUpFor: policy.AddFactor, AuthenticatedAt: now, MFAVerifiedAt: now, HasPassword: true, HadFactor: true, Trust: sallyport.TrustLow,
	}, now)
	if !needed || ask.Factor || ask.Password || ask.Trust != sallyport.TrustMedium {
		t.Errorf("%+v %v", ask, needed)
	}
}

func TestStepUpOfNoAct(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an act without a row is allowed")
		}
	}()
	policy.StepUp(sallyport.Policy{}, "dance", policy.Proven{}, now)
}

// Every row of the table says what it is and is asked for somewhere.
func TestActsAreUsed(t *testing.T) {
	names := map[policy.Act]string{
		policy.ChangePassword: "ChangePassword", policy.AddFactor: "AddFactor", policy.RemoveFactor: "RemoveFactor",
		policy.BackupCodes: "BackupCodes", policy.ManageDevices: "ManageDevices", policy.ChangeEmail: "ChangeEmail", policy.ChangePhone: "ChangePhone", policy.ManageFactors: "ManageFactors", policy.Lockdown: "Lockdown",
		policy.EndDevice: "EndDevice", policy.EndSessions: "EndSessions", policy.ManageUsers: "ManageUsers", policy.TerminateSessions: "TerminateSessions", policy.ManageSessions: "ManageSessions", policy.ManageRoles: "ManageRoles", policy.ManagePolicy: "ManagePolicy", policy.ManageOrganisation: "ManageOrganisation", policy.BlockNetworks: "BlockNetworks", policy.ManageAPIKeys: "ManageAPIKeys", policy.ManageApps: "ManageApps", policy.EnterApp: "EnterApp", policy.ManageAlerts: "ManageAlerts", policy.ManageWebhooks: "ManageWebhooks", policy.ManageSSO: "ManageSSO", policy.LinkAccount: "LinkAccount", policy.ExportLog: "ExportLog",
		policy.ExportOwnData: "ExportOwnData", policy.DeleteAccount: "DeleteAccount",
	}
	var code strings.Builder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[policy.Act]bool{}
	for _, r := range policy.Acts {
		if r.Means == "" || r.Source == "" || seen[r.Act] || r.Password == 0 && r.Factor == 0 {
			t.Errorf("%+v", r)
		}
		seen[r.Act] = true
		if row, ok := policy.ActOf(r.Act); !ok || !reflect.DeepEqual(row, r) {
			t.Errorf("%s is found as %+v", r.Act, row)
		}
		if names[r.Act] == "" || !strings.Contains(code.String(), "policy."+names[r.Act]) {
			t.Errorf("nothing asks for %s", r.Act)
		}
	}
}
