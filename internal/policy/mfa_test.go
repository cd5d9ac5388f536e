package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

func only(methods ...string) sallyport.Policy { return sallyport.Policy{MFAMethods: methods} }

func ofMethod(method string, status sallyport.FactorStatus) sallyport.Factor {
	return sallyport.Factor{Method: method, Status: status}
}

// A factor counts when it is active and its method allowed, and in no other case.
func TestCounts(t *testing.T) {
	methods := []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn, sallyport.MethodPush, sallyport.MethodSMS, sallyport.MethodEmail, sallyport.MethodBackupCodes}
	statuses := []sallyport.FactorStatus{sallyport.FactorPending, sallyport.FactorActive, sallyport.FactorSuspended, sallyport.FactorRevoked, ""}
	for _, allowed := range methods {
		for _, method := range methods {
			for _, status := range statuses {
				f := ofMethod(method, status)
				want := method == allowed && status == sallyport.FactorActive
				if got := policy.Counts(only(allowed), f); got != want {
					t.Errorf("%s %q where %s is allowed: %v", method, status, allowed, got)
				}
				if got := policy.HasFactor(only(allowed), []sallyport.Factor{f}); got != (want && sallyport.SecondFactor(method)) {
					t.Errorf("one %s %q where %s is allowed makes an account two-factor: %v", method, status, allowed, got)
				}
				if policy.Counts(only(), f) {
					t.Errorf("%s %q counts where nothing is allowed", method, status)
				}
			}
		}
	}
}

func TestEnforced(t *testing.T) {
	now := time.Now()
	people := []sallyport.User{
		{Role: sallyport.RoleMember}, {Role: sallyport.RoleAdmin}, {Role: sallyport.RoleOwner},
		{Role: "custom", Granted: "users.view"}, {Role: "custom"}, // one that allows something, and one that allows nothing
	}
	for _, tt := range []struct {
		enforced string
		required bool // of this user
		want     []bool
	}{
		{sallyport.EnforcedNobody, false, []bool{false, false, false, false, false}},
		{sallyport.EnforcedNobody, true, []bool{true, true, true, true, true}},
		{sallyport.EnforcedAdmins, false, []bool{false, true, true, true, false}},
		{sallyport.EnforcedAdmins, true, []bool{true, true, true, true, true}},
		{sallyport.EnforcedEveryone, false, []bool{true, true, true, true, true}},
	} {
		for i, u := range people {
			p := sallyport.Policy{MFAEnforced: tt.enforced}
			u.MFARequired = tt.required
			if got := policy.Enforced(p, u, now); got != tt.want[i] {
				t.Errorf("%s, %+v: %v", tt.enforced, u, got)
			}
			// An exemption counts until its end, and not against the demand of an admin.
			u.MFAExemptUntil = now.Add(time.Second)
			if got := policy.Enforced(p, u, now); got != tt.required {
				t.Errorf("%s, exempt, %+v: %v", tt.enforced, u, got)
			}
			if got := policy.Enforced(p, u, u.MFAExemptUntil); got != tt.want[i] {
				t.Errorf("%s, exempt no more, %+v: %v", tt.enforced, u, got)
			}
		}
	}
}

// Others cannot turn an account with a second factor into one with a password only: neither
// when policy forbids the method nor when the passkey looks copied.
func TestFactorRequired(t *testing.T) {
	now := time.Now()
	const totp, sms, codes = sallyport.MethodTOTP, sallyport.MethodSMS, sallyport.MethodBackupCodes
	for _, tt := range []struct {
		name    string
		p       sallyport.Policy
		u       sallyport.User
		factors []sallyport.Factor
		want    bool
	}{
		{"none", only(totp), sallyport.User{}, nil, false},
		{"one", only(totp), sallyport.User{}, []sallyport.Factor{ofMethod(totp, sallyport.FactorActive)}, true},
		{"a forbidden one", only(totp), sallyport.User{}, []sallyport.Factor{ofMethod(sms, sallyport.FactorActive)}, true},
		{"a suspended one", only(totp), sallyport.User{}, []sallyport.Factor{ofMethod(totp, sallyport.FactorSuspended)}, true},
		{"one never finished", only(totp), sallyport.User{}, []sallyport.Factor{ofMethod(totp, sallyport.FactorPending)}, false},
		{"one removed", only(totp), sallyport.User{}, []sallyport.Factor{ofMethod(totp, sallyport.FactorRevoked)}, false},
		{"backup codes alone", only(totp, codes), sallyport.User{}, []sallyport.Factor{ofMethod(codes, sallyport.FactorActive)}, false},
		{"demanded of the user", only(totp), sallyport.User{MFARequired: true}, nil, true},
		{"demanded of all", sallyport.Policy{MFAEnforced: sallyport.EnforcedEveryone}, sallyport.User{}, nil, true},
	} {
		if got := policy.FactorRequired(tt.p, tt.u, tt.factors, now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if got := policy.Had(tt.factors); got != (tt.want && !policy.Enforced(tt.p, tt.u, now)) {
			t.Errorf("%s: had %v", tt.name, got)
		}
	}
}

// What policy allows is proven. Only where it allows nothing that the account has, is what it
// forbids proven, on the way to something that it allows.
func TestProvable(t *testing.T) {
	const totp, sms, codes = sallyport.MethodTOTP, sallyport.MethodSMS, sallyport.MethodBackupCodes
	active := func(method string) sallyport.Factor { return ofMethod(method, sallyport.FactorActive) }
	for _, tt := range []struct {
		name string
		p    sallyport.Policy
		all  []sallyport.Factor
		want []string
	}{
		{"all allowed", only(totp, sms, codes), []sallyport.Factor{active(totp), active(sms), active(codes)}, []string{totp, sms, codes}},
		{"one forbidden", only(totp, codes), []sallyport.Factor{active(totp), active(sms), active(codes)}, []string{totp, codes}},
		{"codes forbidden", only(totp), []sallyport.Factor{active(totp), active(codes)}, []string{totp}},
		{"all forbidden", only(sallyport.MethodWebAuthn), []sallyport.Factor{active(totp), active(sms), active(codes)}, []string{totp, sms, codes}},
		{"all forbidden but the codes", only(sallyport.MethodWebAuthn, codes), []sallyport.Factor{active(totp), active(codes)}, []string{totp, codes}},
		{"suspended", only(totp, codes), []sallyport.Factor{ofMethod(totp, sallyport.FactorSuspended), active(codes)}, []string{codes}},
		{"suspended, codes forbidden", only(totp), []sallyport.Factor{ofMethod(totp, sallyport.FactorSuspended), active(codes)}, []string{codes}},
		{"suspended and forbidden", only(sms), []sallyport.Factor{ofMethod(totp, sallyport.FactorSuspended)}, nil},
		{"the allowed one is not finished", only(sms), []sallyport.Factor{active(totp), ofMethod(sms, sallyport.FactorPending)}, []string{totp}},
	} {
		var got []string
		for _, f := range tt.all {
			if policy.Provable(tt.p, f, tt.all) {
				got = append(got, f.Method)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
