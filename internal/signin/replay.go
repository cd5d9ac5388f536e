package signin

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
)

// Circumstances is what a sign-in was decided by besides policy. It is kept with the attempt, so
// that the same sign-in can be decided again under another policy ([Circumstances.Play]).
// Its JSON is stored; names are short because there is one for each attempt.
type Circumstances struct {
	// As they were when the password was proven, or a passkey instead.

	Admin      bool      `json:"admin,omitempty"`    // had rights over others
	Required   bool      `json:"required,omitempty"` // an admin demanded a second factor of this user
	Exempt     bool      `json:"exempt,omitempty"`   // or exempted them
	Active     []string  `json:"active,omitempty"`   // methods of active factors
	Suspended  []string  `json:"suspended,omitempty"`
	PasswordAt int64     `json:"password,omitempty"` // microseconds since 1970 when it was set; 0 for none
	Passkey    bool      `json:"passkey,omitempty"`  // instead of the password
	Device     *Standing `json:"device,omitempty"`   // nil for an unknown one
	AsksTrust  bool      `json:"asks,omitempty"`     // the client can show "Trust this device?"

	// As they were when the sign-in ended.

	Trust  bool   `json:"trust,omitempty"`  // the answer to that question
	Method string `json:"method,omitempty"` // of the second factor that was passed
	Score  int    `json:"score,omitempty"`  // of the risk, without that of a copied credential
}

// Standing is how a known device stood.
type Standing struct {
	Blocked    bool                 `json:"blocked,omitempty"`
	Level      sallyport.TrustLevel `json:"level,omitempty"`
	VerifiedAt int64                `json:"verified,omitempty"` // microseconds since 1970
	UsedAt     int64                `json:"used,omitempty"`     // before this sign-in
}

// observe keeps the circumstances of a sign-in once something was proven.
func (s *stage) observe() {
	if s.Then != nil || !s.PrimaryProven || s.stepUp() || s.Reopen != "" {
		return
	}
	c := Circumstances{
		Admin: policy.OverOthers(s.user), Required: s.user.MFARequired, Exempt: policy.Exempt2FA(s.user, s.now),
		Passkey: !s.memory.Password, AsksTrust: s.AsksTrust,
	}
	if !s.user.PasswordChangedAt.IsZero() {
		c.PasswordAt = s.user.PasswordChangedAt.UnixMicro()
	}
	for _, f := range s.standing.Live {
		switch f.Status {
		case sallyport.FactorActive:
			c.Active = append(c.Active, f.Method)
		case sallyport.FactorSuspended:
			c.Suspended = append(c.Suspended, f.Method)
		}
	}
	if d := s.device; d.ID != "" {
		c.Device = &Standing{Blocked: s.DeviceBlocked, Level: d.TrustLevel, VerifiedAt: d.VerifiedAt.UnixMicro(), UsedAt: d.LastUsedAt.UnixMicro()}
	}
	s.Then = &c
}

// circumstances returns those of a sign-in that ends now; nil when nothing was proven.
func (s *stage) circumstances() *Circumstances {
	if s.Then == nil {
		return nil
	}
	c := *s.Then
	c.Trust, c.Method, c.Score = s.Trust, s.Method, doubt(s.assessment())
	return &c
}

// doubt returns the score of an assessment without that of a copied credential, which was dealt with
// when it was presented.
func doubt(a sallyport.Assessment) (score int) {
	for _, f := range a.Findings {
		if f.Signal != risk.CredentialReuse {
			score += f.Weight
		}
	}
	return score
}

// Played is what a sign-in asked of somebody.
type Played struct {
	Factor bool           // a second factor
	Enrol  bool           // to set one up
	Denied sallyport.Code // how it was refused; "" when it was not
}

// Play decides a sign-in at a time again, under a policy, with the same rules as when it happened, up to its end or
// until its owner would have had to set up a second factor: what they would have done then nobody knows. Else they do what
// they are asked, and answer about the device as they did.
func (c Circumstances) Play(p sallyport.Policy, at time.Time) (out Played) {
	f := facts{PrimaryProven: true, FactorProven: c.Passkey, AskTrust: c.AsksTrust}
	c.weighFactors(&f, p, at)
	d := c.device(p, at)
	f.weighDevice(p, d, at)
	f.Suspicious = suspicious(p, d.ID != "", c.Method, c.Score)
	for {
		state, reason := next(f)
		switch state {
		case Factor:
			out.Factor, f.FactorProven = true, true
			if sallyport.MethodOf(c.Method).StandIn { // as in proven: no device is trusted any more
				f.weighDevice(p, sallyport.Device{}, at)
			}
		case Enrol:
			out.Enrol = true
			return out
		case Device:
			f.DeviceAnswered, f.DeviceTrusted = true, f.DeviceTrusted || c.Trust
		default:
			out.Denied = reason
			return out
		}
	}
}

// weighFactors sets the facts about second factors, as mfa.Service.Standing does.
func (c Circumstances) weighFactors(f *facts, p sallyport.Policy, at time.Time) {
	u := sallyport.User{Role: sallyport.RoleMember, MFARequired: c.Required}
	if c.Admin {
		u.Role = sallyport.RoleAdmin
	}
	if c.Exempt {
		u.MFAExemptUntil = at.Add(time.Second)
	}
	var all []sallyport.Factor
	for _, m := range c.Active {
		all = append(all, sallyport.Factor{Method: m, Status: sallyport.FactorActive})
	}
	for _, m := range c.Suspended {
		all = append(all, sallyport.Factor{Method: m, Status: sallyport.FactorSuspended})
	}
	f.HasFactor, f.HadFactor, f.FactorRequired = policy.HasFactor(p, all), policy.Had(all), policy.FactorRequired(p, u, all, at)
	f.CanProve = slices.ContainsFunc(all, func(v sallyport.Factor) bool { return policy.Provable(p, v, all) })
	if c.Passkey && !slices.Contains(p.MFAMethods, sallyport.MethodWebAuthn) && (f.HasFactor || !f.FactorRequired) {
		f.FactorProven = false // as in gather
	}
}

// device returns the device of a sign-in as it would have stood under a policy; the zero one for an unknown one.
func (c Circumstances) device(p sallyport.Policy, at time.Time) sallyport.Device {
	if c.Device == nil {
		return sallyport.Device{}
	}
	d := sallyport.Device{ID: "known", Status: sallyport.DeviceActive, TrustLevel: c.Device.Level, VerifiedAt: time.UnixMicro(c.Device.VerifiedAt)}
	idle := at.Sub(time.UnixMicro(c.Device.UsedAt))
	switch {
	case c.Device.Blocked:
		d.Status = sallyport.DeviceSuspended
	case p.DeviceAutoRevoke > 0 && d.TrustLevel > sallyport.TrustNone && idle >= p.DeviceAutoRevoke:
		d.Status = sallyport.DeviceRevoked
	}
	return d
}
