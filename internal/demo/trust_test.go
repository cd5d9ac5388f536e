package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

func (f filled) kind(t *testing.T, kinds ...audit.Kind) (n int) {
	for _, k := range kinds {
		n += f.count(t, "SELECT COUNT(*) FROM events WHERE kind = $1", string(k))
	}
	return n
}

// scores returns the score of every attempt and of every session.
func (f filled) scores(t *testing.T, table string) (scores map[string]int, signals map[sallyport.Signal]int) {
	t.Helper()
	key := map[string]string{"attempts": "session_id", "sessions": "id"}[table]
	scores, signals = map[string]int{}, map[sallyport.Signal]int{}
	for _, line := range f.lines(t, "SELECT "+key+", assessment FROM "+table+" WHERE assessment <> '{\"score\":0}'") {
		var id string
		var a sallyport.Assessment
		brace := slices.Index([]byte(line), '{')
		if id = line[:brace]; id == "" || id == " " {
			id = fmt.Sprint(len(scores))
		}
		if err := json.Unmarshal([]byte(line[brace:]), &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		scores[id] = a.Score
		for _, x := range a.Findings {
			signals[x.Signal]++
		}
	}
	return scores, signals
}

// testTrust holds what rows say of factors and devices against what the log says.
func (f filled) testTrust(t *testing.T) {
	scores, signals := f.scores(t, "attempts")
	unusual := 0
	for _, n := range scores {
		if n >= risk.Unusual {
			unusual++
		}
	}
	if signals[risk.Travel] == 0 || signals[risk.NewCountry] < 5 {
		t.Errorf("signals %v", signals)
	}
	begun, _ := f.scores(t, "sessions")
	if len(begun) == 0 {
		t.Error("no session has a score")
	}
	for id, n := range begun {
		if scores[id] != n {
			t.Errorf("session %s has score %d, its attempt %d", id, n, scores[id])
		}
	}
	for what, pair := range map[string][2]int{
		"protected":         {f.summary.Protected, f.count(t, "SELECT COUNT(DISTINCT user_id) FROM factors WHERE status = 'active' AND method <> 'backup_codes'")},
		"added":             {f.kind(t, audit.MethodAdded), f.count(t, "SELECT COUNT(*) FROM factors WHERE method <> 'backup_codes' AND verified_at > 0")},
		"begun":             {f.kind(t, audit.EnrolmentStarted), f.count(t, "SELECT COUNT(*) FROM factors WHERE method <> 'backup_codes'")},
		"removed":           {f.kind(t, audit.MethodRemoved), f.count(t, "SELECT COUNT(*) FROM factors WHERE method <> 'backup_codes' AND ended_reason = 'removed_by_user'")},
		"suspended":         {f.kind(t, audit.PasskeySuspended), f.count(t, "SELECT COUNT(*) FROM factors WHERE status = 'suspended' AND method = 'webauthn'")},
		"reset":             {f.kind(t, audit.MFAReset), f.count(t, "SELECT COUNT(DISTINCT user_id) FROM factors WHERE ended_reason = 'reset_by_admin'")},
		"enabled":           {f.kind(t, audit.MFAEnabled) - f.kind(t, audit.MFADisabled, audit.MFAReset), f.summary.Protected},
		"sets of codes":     {f.kind(t, audit.BackupCodesMade, audit.MFAReset), f.count(t, "SELECT COUNT(*) FROM factors WHERE method = 'backup_codes'")},
		"required":          {f.kind(t, audit.MFARequirementMoved), f.count(t, "SELECT COUNT(*) FROM users WHERE mfa_required")},
		"proven addresses":  {f.count(t, "SELECT COUNT(DISTINCT user_id) FROM events WHERE kind IN ('user.email_verified', 'user.email_changed')"), f.count(t, "SELECT COUNT(*) FROM users WHERE email_verified_at > 0")},
		"numbers":           {f.kind(t, audit.PhoneChanged), f.count(t, "SELECT COUNT(*) FROM users WHERE phone <> ''")},
		"steps up":          {min(1, f.kind(t, audit.SteppedUp)), min(1, f.count(t, "SELECT COUNT(*) FROM sessions WHERE stepped_up_at > 0"))},
		"revoked devices":   {f.kind(t, audit.DeviceRevoked), f.count(t, "SELECT COUNT(*) FROM devices WHERE status = 'revoked'")},
		"suspended devices": {f.kind(t, audit.DeviceSuspended) - f.kind(t, audit.DeviceResumed), f.count(t, "SELECT COUNT(*) FROM devices WHERE status = 'suspended'")},
		"flagged devices":   {f.kind(t, audit.DeviceFlagged) - f.kind(t, audit.DeviceCleared), f.count(t, "SELECT COUNT(*) FROM devices WHERE compromised_at > 0")},
		"doubted":           {f.kind(t, audit.SignInDoubted), unusual},
		"answered":          {f.kind(t, audit.SignInAnswered), f.count(t, "SELECT COUNT(*) FROM attempts WHERE answer <> ''")},
		"not mine":          {f.kind(t, audit.ReportedNotMe), f.count(t, "SELECT COUNT(*) FROM attempts WHERE answer = 'not_mine'")},
	} {
		if pair[0] != pair[1] || pair[0] == 0 {
			t.Errorf("%s: %d by the log, %d by the rows", what, pair[0], pair[1])
		}
	}
	for what, query := range map[string]string{
		"sessions with half a second factor":            "SELECT COUNT(*) FROM sessions WHERE (mfa_method = '') <> (mfa_verified_at = 0)",
		"successful attempts without session or device": "SELECT COUNT(*) FROM attempts WHERE successful AND (session_id = '' OR device_id = '' OR mfa_required <> mfa_verified)",
		"attempts of another session": `SELECT COUNT(*) FROM attempts a LEFT JOIN sessions s ON s.tenant_id = a.tenant_id AND s.id = a.session_id AND s.user_id = a.user_id AND s.device_id = a.device_id
			WHERE a.successful AND s.id IS NULL`,
		"sign-ins past a second factor": `SELECT COUNT(*) FROM sessions s JOIN factors f ON f.tenant_id = s.tenant_id AND f.user_id = s.user_id
			WHERE f.method <> 'backup_codes' AND f.verified_at < s.created_at AND (f.ended_at = 0 OR f.ended_at > s.created_at) AND s.mfa_method = ''`,
		"live sessions on blocked devices": `SELECT COUNT(*) FROM sessions s JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id
			WHERE s.status IN ('active', 'suspended') AND (d.status <> 'active' OR d.compromised_at > 0)`,
		"sign-ins on blocked devices": `SELECT COUNT(*) FROM sessions s JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id
			WHERE d.ended_at > 0 AND s.created_at > d.ended_at OR d.compromised_at > 0 AND s.created_at > d.compromised_at`,
		"trust without a reason":         "SELECT COUNT(*) FROM devices WHERE trust_level > 0 AND (trust_reason = '' OR verified_at = 0)",
		"two primary devices":            "SELECT COUNT(*) FROM (SELECT user_id FROM devices WHERE is_primary GROUP BY user_id HAVING COUNT(*) > 1) x",
		"primary devices without trust":  "SELECT COUNT(*) FROM devices WHERE is_primary AND trust_level = 0",
		"revoked factors with a secret":  "SELECT COUNT(*) FROM factors WHERE status = 'revoked' AND LENGTH(secret) > 0",
		"factors used before they count": "SELECT COUNT(*) FROM factors WHERE last_used_at > 0 AND last_used_at < verified_at OR verified_at > 0 AND verified_at < created_at",
		"pending factors":                fmt.Sprintf("SELECT COUNT(*) FROM factors WHERE status = 'pending' AND expires_at < %d", saturday.UnixMicro()),
		"idle devices that nobody told": fmt.Sprintf("SELECT COUNT(*) FROM devices WHERE ended_reason = 'idle' AND (announced_at = 0 OR ended_at - announced_at < %d OR ended_at - last_used_at < %d)",
			(7 * day).Microseconds(), (idleDays * day).Microseconds()),
	} {
		if n := f.count(t, query); n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// testProtection looks for enough of everything in the usual story.
func (f filled) testProtection(t *testing.T) {
	for what, want := range map[string]struct {
		least, most int
		query       string
	}{
		"methods":               {4, 4, "SELECT COUNT(DISTINCT method) FROM factors WHERE status = 'active' AND method <> 'backup_codes'"},
		"protected of 300":      {150, 200, "SELECT COUNT(DISTINCT user_id) FROM factors WHERE status = 'active' AND method <> 'backup_codes'"},
		"methods of sign-ins":   {5, 5, "SELECT COUNT(DISTINCT mfa_method) FROM sessions WHERE mfa_method <> ''"},
		"wrong codes":           {15, 200, "SELECT COUNT(*) FROM attempts WHERE failure_reason = 'mfa_failed'"},
		"refused devices":       {2, 20, "SELECT COUNT(*) FROM attempts WHERE failure_reason = 'device_not_trusted'"},
		"used codes":            {5, 60, "SELECT COUNT(*) FROM backup_codes WHERE used_at > 0"},
		"levels of trust":       {4, 4, "SELECT COUNT(DISTINCT trust_level) FROM devices WHERE status = 'active' AND compromised_at = 0"},
		"reasons of trust":      {7, 7, "SELECT COUNT(DISTINCT trust_reason) FROM devices WHERE trust_level > 0"},
		"names of devices":      {5, 14, "SELECT COUNT(DISTINCT name) FROM devices WHERE name <> ''"},
		"primary devices":       {20, 100, "SELECT COUNT(*) FROM devices WHERE is_primary"},
		"fingerprints":          {50, 1000, "SELECT COUNT(DISTINCT fingerprint) FROM devices"},
		"ends of devices":       {3, 3, "SELECT COUNT(DISTINCT ended_reason) FROM devices WHERE status = 'revoked'"},
		"who flagged":           {3, 3, "SELECT COUNT(DISTINCT compromised_by) FROM devices WHERE compromised_at > 0"},
		"flagged in words":      {1, 1, "SELECT COUNT(*) FROM devices WHERE compromised_at > 0 AND compromised_reason <> ''"},
		"announced":             {5, 200, "SELECT COUNT(*) FROM devices WHERE announced_at > 0"},
		"required without one":  {1, 1, "SELECT COUNT(*) FROM users u WHERE mfa_required AND NOT EXISTS (SELECT 1 FROM factors f WHERE f.user_id = u.id)"},
		"reasons given up with": {3, 5, "SELECT COUNT(DISTINCT ended_reason) FROM factors WHERE status = 'revoked'"},
		"explained devices":     {3, 30, "SELECT COUNT(*) FROM devices WHERE quiet <> '[]'"},
	} {
		if n := f.count(t, want.query); n < want.least || n > want.most {
			t.Errorf("%s: %d, want %d to %d", what, n, want.least, want.most)
		}
	}
}

// testFactors opens what is sealed, and holds the printed authenticator against it.
func (f filled) testFactors(t *testing.T) {
	live := f.count(t, "SELECT COUNT(*) FROM factors WHERE status <> 'revoked'")
	service := uses.New(uses.Config{DB: f.Store, Keys: f.keys, Now: func() time.Time { return saturday }}).Factors
	if n, err := service.Reseal(t.Context()); err != nil || n != live {
		t.Errorf("%d of %d secrets open: %v", n, live, err)
	}
	rp := factor.RelyingParty{ID: "localhost", Name: Organisation, Origins: []string{"http://localhost"}}
	passkeys := 0
	for row, err := range list.All(list.Factors.First(), func(q list.Query) (list.Page[store.Factor], error) {
		return f.ListFactors(t.Context(), f.summary.TenantID, q)
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Method != sallyport.MethodWebAuthn {
			continue
		}
		passkeys++
		if _, _, err := rp.BeginAssertion(factor.PasskeyUser{Handle: []byte(row.UserID), Name: "x", Passkeys: [][]byte{[]byte(row.Credential)}}, false); err != nil {
			t.Errorf("a passkey: %v", err)
		}
	}
	if passkeys < 30 {
		t.Errorf("%d passkeys", passkeys)
	}
	for _, c := range f.summary.Credentials {
		u, err := f.UserByEmail(t.Context(), f.summary.TenantID, c.Email)
		if err != nil {
			t.Fatal(err)
		}
		factors, err := f.LiveFactors(t.Context(), u.TenantID, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.Role != sallyport.RoleAdmin {
			if c.Secret != "" || policy.FactorRequired(policy.Default(), u, store.Plain(factors), time.Now()) {
				t.Errorf("the %s is asked for a second factor: %+v", c.Role, factors)
			}
			continue
		}
		if len(factors) != 2 || len(c.BackupCodes) != 7 {
			t.Fatalf("%d factors and %d codes of the admin", len(factors), len(c.BackupCodes))
		}
		for _, row := range factors {
			text, err := f.keys.Open(seal.Place{Column: "factors.secret", TenantID: row.TenantID, ID: row.ID}, row.Secret)
			var sealed struct{ Own struct{ Seed, Key []byte } }
			if err != nil || json.Unmarshal(text, &sealed) != nil {
				t.Fatal(err)
			}
			v := sealed.Own
			if row.Method == sallyport.MethodTOTP {
				if factor.TOTPText(v.Seed) != c.Secret || row.LastStep >= saturday.Unix()/30 {
					t.Errorf("the app has another seed, or its code was used: %+v", row)
				}
				continue
			}
			for _, code := range c.BackupCodes {
				if err := f.UnusedBackupCode(t.Context(), row.TenantID, row.ID, factor.HashBackupCode(v.Key, code)); err != nil {
					t.Errorf("%s: %v", code, err)
				}
			}
		}
	}
}

// testMember is what the member finds: trusted devices and a sign-in to answer.
func (f filled) testMember(t *testing.T) {
	u, err := f.UserByEmail(t.Context(), f.summary.TenantID, f.summary.Credentials[2].Email)
	if err != nil {
		t.Fatal(err)
	}
	waiting := f.count(t, "SELECT COUNT(*) FROM attempts WHERE user_id = $1 AND successful AND answer = '' AND assessment LIKE '%new_country%' AND created_at > $2",
		u.ID, saturday.Add(-day).UnixMicro())
	devices, err := f.OwnDevices(t.Context(), u, "", saturday, list.OwnDevices.First())
	if err != nil || len(devices.Rows) < 2 || waiting != 1 {
		t.Errorf("%d devices, %d sign-ins to answer, %v", len(devices.Rows), waiting, err)
	}
}
