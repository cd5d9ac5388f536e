package store_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

func newFactor(u sallyport.User, method string, status sallyport.FactorStatus) store.Factor {
	return store.Factor{
		Factor: sallyport.Factor{
			ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: method, Status: status, CreatedAt: apptest.Start,
		},
		Secret: []byte{1, 2, 3},
	}
}

func TestFactorsRoundTrip(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		tenant := a.AddTenant(t, "factors.test") // in which there are no others
		u := a.AddUserOf(t, tenant.ID, "u@factors.test", sallyport.RoleMember)
		statuses := []sallyport.FactorStatus{sallyport.FactorPending, sallyport.FactorActive, sallyport.FactorSuspended, sallyport.FactorRevoked}
		var want []store.Factor
		for i := range 40 {
			text := pick(texts, i)
			f := store.Factor{
				Factor: sallyport.Factor{
					ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: "m" + text, Status: pick(statuses, i),
					Name: text, PhoneNumber: text, Email: text, CreatedAt: pick(times, i), VerifiedAt: pick(times, i+1), LastUsedAt: pick(times, i+2),
					ExpiresAt: pick(times, i+3), EndedAt: pick(times, i+4), EndedReason: text, BackupEligible: i%2 == 1, BackedUp: i%3 == 1,
				},
				Secret: bytes.Repeat([]byte{byte(i), 0xff}, i), CredentialID: token.NewID() + text, Credential: text, LastStep: int64(i) << 40, SavedAt: pick(times, i+1),
			}
			want = append(want, f)
			if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddFactor(ctx, f) }); err != nil {
				t.Fatal(err)
			}
			got, err := a.DB.Factor(ctx, u.TenantID, u.ID, f.ID)
			if d := cmp.Diff(f, got, cmpopts.EquateEmpty()); err != nil || d != "" {
				t.Errorf("%v, -stored +read:\n%s", err, d)
			}
		}
		ids := func(all []store.Factor, err error) (out []string) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				out = append(out, f.ID)
			}
			return out
		}
		where := func(keep func(sallyport.FactorStatus) bool) (out []string) {
			for _, f := range want {
				if keep(f.Status) {
					out = append(out, f.ID)
				}
			}
			return out
		}
		live := where(func(s sallyport.FactorStatus) bool { return s != sallyport.FactorRevoked })
		sealed := ids(a.DB.SealedFactors(ctx, "", "", 1000))
		for what, tt := range map[string]struct{ got, want []string }{
			"live":           {ids(a.DB.LiveFactors(ctx, u.TenantID, u.ID)), live},
			"sealed":         {sealed, live},
			"sealed, a page": {ids(a.DB.SealedFactors(ctx, u.TenantID, live[4], 3)), live[5:8]},
			"elsewhere":      {ids(a.DB.LiveFactors(ctx, a.TenantID(t), u.ID)), nil},
			"another user's": {ids(a.DB.LiveFactors(ctx, u.TenantID, "x")), nil},
		} {
			if !slices.Equal(tt.got, tt.want) {
				t.Errorf("%s: %v, want %v", what, tt.got, tt.want)
			}
		}
		if former := ids(a.DB.RevokedFactors(ctx, u.TenantID, u.ID, 3)); len(former) != 3 {
			t.Errorf("former: %v", former)
		}
		for what, key := range map[string][3]string{
			"another organisation": {a.TenantID(t), u.ID, want[0].ID}, "another user": {u.TenantID, "x", want[0].ID}, "no such": {u.TenantID, u.ID, "x"},
		} {
			if _, err := a.DB.Factor(ctx, key[0], key[1], key[2]); sallyport.CodeOf(err) != sallyport.CodeNotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// A proof is used up once, and only while the factor is active.
func TestFactorGuards(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		now := a.Clock.Now()
		write := func(f func(tx *store.Tx) error) sallyport.Code {
			t.Helper()
			return sallyport.CodeOf(a.DB.Write(ctx, f))
		}
		add := func(f store.Factor) store.Factor {
			t.Helper()
			if code := write(func(tx *store.Tx) error { return tx.AddFactor(ctx, f) }); code != "" {
				t.Fatal(code)
			}
			return f
		}
		const done, gone = sallyport.Code(""), sallyport.CodeNotFound

		// Steps only increase.
		app := add(newFactor(owner, sallyport.MethodTOTP, sallyport.FactorActive))
		use := func(f store.Factor, step int64) sallyport.Code {
			return write(func(tx *store.Tx) error { return tx.UseFactor(ctx, f.TenantID, f.ID, step, now) })
		}
		for _, tt := range []struct {
			step int64
			want sallyport.Code
		}{{10, done}, {10, gone}, {9, gone}, {11, done}, {0, done}, {11, gone}, {1 << 40, done}, {12, gone}} {
			if got := use(app, tt.step); got != tt.want {
				t.Errorf("step %d: %q, want %q", tt.step, got, tt.want)
			}
		}
		for _, status := range []sallyport.FactorStatus{sallyport.FactorPending, sallyport.FactorSuspended, sallyport.FactorRevoked} {
			if got := use(add(newFactor(owner, "x", status)), 1); got != gone {
				t.Errorf("a %s factor: %q", status, got)
			}
		}

		// A passkey's record is replaced by the one that follows it.
		key := newFactor(owner, sallyport.MethodWebAuthn, sallyport.FactorActive)
		key.CredentialID, key.Credential = "c1", "one"
		add(key)
		advance := func(f store.Factor, to string) sallyport.Code {
			next := f
			next.Credential, next.Secret, next.BackedUp = to, []byte("sealed "+to), true
			return write(func(tx *store.Tx) error { return tx.UsePasskey(ctx, f, next, now) })
		}
		if got := advance(key, "two"); got != done {
			t.Errorf("%q", got)
		}
		if got := advance(key, "three"); got != gone {
			t.Errorf("from a record that was replaced: %q", got)
		}
		key.Secret = []byte("sealed two")
		same := newFactor(owner, sallyport.MethodWebAuthn, sallyport.FactorPending)
		same.ExpiresAt = now.Add(time.Microsecond)
		add(same)
		same.CredentialID, same.VerifiedAt = "c1", now
		activate := func(f store.Factor) sallyport.Code {
			return write(func(tx *store.Tx) error { return tx.ActivateFactor(ctx, f) })
		}
		if got := activate(same); got != sallyport.CodeConflict {
			t.Errorf("somebody's passkey again: %q", got)
		}
		// An enrolment is finished once, before it expires.
		same.CredentialID = "c2"
		late := same
		late.VerifiedAt = same.ExpiresAt
		for i, tt := range []struct {
			f    store.Factor
			want sallyport.Code
		}{{late, gone}, {same, done}, {same, gone}} {
			if got := activate(tt.f); got != tt.want {
				t.Errorf("finish %d: %q, want %q", i, got, tt.want)
			}
		}

		// It ends once, which deletes its secret.
		end := func(userID string, f store.Factor, to sallyport.FactorStatus) sallyport.Code {
			end := f.Factor
			end.UserID, end.Status, end.EndedAt, end.EndedReason = userID, to, now, "why"
			return write(func(tx *store.Tx) error { return tx.EndFactor(ctx, end) })
		}
		for i, tt := range []struct {
			user string
			to   sallyport.FactorStatus
			want sallyport.Code
			left int // bytes of the secret
		}{
			{"x", sallyport.FactorRevoked, gone, 3},
			{owner.ID, sallyport.FactorSuspended, done, 3},
			{owner.ID, sallyport.FactorSuspended, gone, 3},
			{owner.ID, sallyport.FactorRevoked, done, 0},
			{owner.ID, sallyport.FactorRevoked, gone, 0},
			{owner.ID, sallyport.FactorSuspended, gone, 0},
		} {
			if got := end(tt.user, app, tt.to); got != tt.want {
				t.Errorf("end %d: %q, want %q", i, got, tt.want)
			}
			if f, err := a.DB.Factor(ctx, owner.TenantID, owner.ID, app.ID); err != nil || len(f.Secret) != tt.left {
				t.Errorf("end %d: %d bytes of the secret, %v", i, len(f.Secret), err)
			}
		}
		rename := func(f store.Factor, userID string) sallyport.Code {
			return write(func(tx *store.Tx) error { return tx.RenameFactor(ctx, f.TenantID, userID, f.ID, "n") })
		}
		if a, b, c := rename(key, owner.ID), rename(key, "x"), rename(app, owner.ID); a != done || b != gone || c != gone {
			t.Errorf("rename: %q, another's %q, a revoked one %q", a, b, c)
		}
		if got := write(func(tx *store.Tx) error { return tx.SealFactor(ctx, key, []byte("new")) }); got != done {
			t.Errorf("%q", got)
		}
		if got := write(func(tx *store.Tx) error { return tx.SealFactor(ctx, key, []byte("newer")) }); got != gone {
			t.Errorf("sealed from what was replaced: %q", got)
		}

		// Backup codes.
		set := add(newFactor(owner, sallyport.MethodBackupCodes, sallyport.FactorActive))
		hash := bytes.Repeat([]byte{7}, 32)
		if got := write(func(tx *store.Tx) error { return tx.AddBackupCodes(ctx, set.TenantID, set.ID, [][]byte{hash, {8}}) }); got != done {
			t.Fatal(got)
		}
		take := func(tenantID, setID string, h []byte) sallyport.Code {
			return write(func(tx *store.Tx) error { return tx.UseBackupCode(ctx, tenantID, setID, h, now) })
		}
		for i, tt := range []struct {
			got, want sallyport.Code
		}{
			{take("x", set.ID, hash), gone}, {take(set.TenantID, "x", hash), gone}, {take(set.TenantID, set.ID, []byte{9}), gone},
			{take(set.TenantID, set.ID, nil), gone}, {take(set.TenantID, set.ID, hash), done}, {take(set.TenantID, set.ID, hash), gone},
			{sallyport.CodeOf(a.DB.UnusedBackupCode(ctx, set.TenantID, set.ID, hash)), gone},
			{sallyport.CodeOf(a.DB.UnusedBackupCode(ctx, set.TenantID, set.ID, []byte{8})), done},
		} {
			if tt.got != tt.want {
				t.Errorf("backup code %d: %q, want %q", i, tt.got, tt.want)
			}
		}
		if n, err := a.DB.CountBackupCodes(ctx, set.TenantID, set.ID); err != nil || n != 1 {
			t.Errorf("%d left, %v", n, err)
		}
		// A set is reminded of once, and not after it was saved.
		remind := func(f store.Factor) sallyport.Code {
			return write(func(tx *store.Tx) error { return tx.RemindOfBackupCodes(ctx, f.TenantID, f.ID, now) })
		}
		if a, b := remind(set), remind(set); a != done || b != gone {
			t.Errorf("reminded: %q, again %q", a, b)
		}
		fresh := add(newFactor(owner, sallyport.MethodBackupCodes, sallyport.FactorActive))
		if got := write(func(tx *store.Tx) error { return tx.SaveBackupCodes(ctx, owner.TenantID, owner.ID, now) }); got != done {
			t.Error(got)
		}
		if got := remind(fresh); got != gone {
			t.Errorf("reminded of a saved set: %q", got)
		}
		if f, err := a.DB.Factor(ctx, owner.TenantID, owner.ID, fresh.ID); err != nil || !f.SavedAt.Equal(now) {
			t.Errorf("saved at %v, %v", f.SavedAt, err)
		}
		// A flow stands until another request moves it.
		f := store.Flow{TenantID: owner.TenantID, ID: token.NewID(), State: "x", Facts: "{}", CreatedAt: now, ExpiresAt: now}
		for i, tt := range []struct {
			do   func(tx *store.Tx) error
			want sallyport.Code
		}{
			{func(tx *store.Tx) error { return tx.AddFlow(ctx, f, []byte{1}) }, done},
			{func(tx *store.Tx) error { return tx.FlowStands(ctx, f) }, done},
			{func(tx *store.Tx) error { return tx.MoveFlow(ctx, f, []byte{2}) }, done},
			{func(tx *store.Tx) error { return tx.FlowStands(ctx, f) }, gone},
		} {
			if got := write(tt.do); got != tt.want {
				t.Errorf("flow %d: %q, want %q", i, got, tt.want)
			}
		}
	})
}

// Expired pending factors are deleted with other expired rows, and no other factors are.
func TestExpiredEnrolments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner, now := t.Context(), a.Owner(t), a.Clock.Now()
		var left []string
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			for _, status := range []sallyport.FactorStatus{sallyport.FactorPending, sallyport.FactorActive, sallyport.FactorSuspended, sallyport.FactorRevoked} {
				for _, end := range []time.Time{now, now.Add(time.Microsecond)} {
					f := newFactor(owner, "m", status)
					f.ExpiresAt = end
					if status != sallyport.FactorPending || end.After(now) {
						left = append(left, f.ID)
					}
					if err := tx.AddFactor(ctx, f); err != nil {
						return err
					}
				}
			}
			_, err := tx.ForgetPendingFactors(ctx, now, 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		live, err := a.DB.LiveFactors(ctx, owner.TenantID, owner.ID)
		former, err2 := a.DB.RevokedFactors(ctx, owner.TenantID, owner.ID, 10)
		if err != nil || err2 != nil || len(live)+len(former) != len(left) {
			t.Errorf("%d live and %d former, want %d; %v %v", len(live), len(former), len(left), err, err2)
		}
	})
}
