package demo

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// held is a second factor of a person.
type held struct {
	store.Factor
	key    []byte   // of backup codes
	unused []string // backup codes
}

func (f *held) counts() bool { return f.Status == sallyport.FactorActive }

// usable returns what counts of a person's factors, oldest first.
func (p *person) usable() (out []*held) {
	for _, f := range p.factors {
		if f.counts() {
			out = append(out, f)
		}
	}
	return out
}

// asked reports whether a sign-in of the person's needs a second factor.
func (p *person) asked() bool {
	return p.required || slices.ContainsFunc(p.factors, func(f *held) bool { return f.counts() || f.Status == sallyport.FactorSuspended })
}

// sealed returns what package mfa keeps with a factor: the seed of an app, the
// key of backup codes, or nothing.
func (w *world) sealed(id, name string, secret []byte) ([]byte, error) {
	v := map[string][]byte{}
	if secret != nil {
		v[name] = secret
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return w.keys.Seal(seal.Place{Column: "factors.secret", TenantID: w.tenantID, ID: id}, text)
}

// enrol begins to set up a second factor, which its first use finishes a moment
// later. seed is what an app gets; nil is a new one.
func (w *world) enrol(p *person, method, name string, seed []byte, at time.Time) {
	if !p.is(at) {
		return
	}
	if method == sallyport.MethodEmail && p.user.EmailVerifiedAt.IsZero() {
		actor, d := w.within(p, at), &deed{}
		d.tell(actor, audit.VerificationRequested, p, "", at)
		w.finish(d, at)
		w.will(at.Add(70*time.Second), func(at time.Time) {
			d := &deed{}
			w.proveAddress(d, w.as(p, actor.Client), p, at)
			w.finish(d, at)
		})
		w.will(at.Add(2*time.Minute), func(at time.Time) {
			if !p.user.EmailVerifiedAt.IsZero() {
				w.enrol(p, method, name, nil, at)
			}
		})
		return
	}
	s := w.here(p, at)
	w.stepUp(s, policy.AddFactor, at)
	f := &held{Factor: store.Factor{Factor: sallyport.Factor{
		ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, Method: method, Status: sallyport.FactorPending,
		Name: name, CreatedAt: at, ExpiresAt: at.Add(mfa.EnrolmentLifetime),
	}}}
	switch method {
	case sallyport.MethodTOTP:
		if seed == nil {
			seed = factor.NewTOTPSecret()
		}
	case sallyport.MethodSMS:
		f.PhoneNumber = w.phoneNumber(p)
		f.Name = factor.MaskPhone(f.PhoneNumber)
	case sallyport.MethodEmail:
		f.Email = p.user.Email
		f.Name = mfa.MaskEmail(f.Email)
	}
	var err error
	if f.Secret, err = w.sealed(f.ID, "seed", seed); err != nil {
		w.failed = err
		return
	}
	begun, d := f.Factor, &deed{}
	begun.Name = name
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.AddFactor(ctx, begun) })
	d.tell(w.in(s), audit.EnrolmentStarted, p, f.ID, at, "method", method)
	if sallyport.MethodOf(method).Sent {
		d.tell(w.in(s), audit.CodeSent, p, f.ID, at, "method", method)
	}
	w.finish(d, at)
	w.will(at.Add(w.between(25*time.Second, 80*time.Second)), func(at time.Time) { w.activate(p, f, at) })
}

// activate makes a factor count, with backup codes when there are none.
func (w *world) activate(p *person, f *held, at time.Time) {
	if !p.is(at) {
		return
	}
	if f.Method == sallyport.MethodWebAuthn {
		f.CredentialID, f.Credential = w.passkey()
		f.BackupEligible = f.Name == "iCloud Keychain" || f.Name == "Google Password Manager"
		f.BackedUp = f.BackupEligible
	}
	actor, d := w.in(w.here(p, at)), &deed{}
	first := len(p.usable()) == 0
	f.Status, f.VerifiedAt, f.LastUsedAt, f.ExpiresAt = sallyport.FactorActive, at, at, time.Time{}
	if f.Method == sallyport.MethodTOTP {
		f.LastStep = tick(at)
	}
	p.factors = append(p.factors, f)
	row := f.Factor
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.ActivateFactor(ctx, row) })
	d.tell(actor, audit.MethodAdded, p, f.ID, at, "method", f.Method, "name", f.Name)
	if first {
		d.tell(actor, audit.MFAEnabled, p, "", at, "method", f.Method)
	}
	if p.codes == nil || len(p.codes.unused) == 0 {
		w.issueCodes(d, actor, p, at)
	}
	w.finish(d, at)
}

func tick(at time.Time) int64 { return at.Unix() / int64(factor.TOTPPeriod/time.Second) }

// issueCodes makes a new set of backup codes.
func (w *world) issueCodes(d *deed, actor sallyport.Actor, p *person, at time.Time) {
	w.dropCodes(d, p, mfa.ReasonReplaced, at)
	f := &held{key: factor.NewBackupKey(), unused: factor.NewBackupCodes(w.policy.MFABackupCodes)}
	f.Factor.Factor = sallyport.Factor{
		ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, Method: sallyport.MethodBackupCodes,
		Status: sallyport.FactorActive, CreatedAt: at, VerifiedAt: at,
	}
	var err error
	if f.Secret, err = w.sealed(f.ID, "key", f.key); err != nil {
		w.failed = err
		return
	}
	p.codes = f
	row, hashes := f.Factor, [][]byte{}
	for _, c := range f.unused {
		hashes = append(hashes, factor.HashBackupCode(f.key, c))
	}
	d.row(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddFactor(ctx, row); err != nil {
			return err
		}
		return tx.AddBackupCodes(ctx, w.tenantID, row.ID, hashes)
	})
	d.tell(actor, audit.BackupCodesMade, p, f.ID, at, "count", strconv.Itoa(len(hashes)))
}

// dropCodes ends a person's set of backup codes, if there is one.
func (w *world) dropCodes(d *deed, p *person, reason string, at time.Time) {
	if p.codes == nil {
		return
	}
	then := p.codes.Factor.Factor
	then.Status, then.EndedAt, then.EndedReason = sallyport.FactorRevoked, at, reason
	p.codes = nil
	d.row(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DropBackupCodes(ctx, w.tenantID, then.ID); err != nil {
			return err
		}
		return tx.EndFactor(ctx, then)
	})
}

// pass is how a person answers for the second factor, and what goes wrong before:
// a code of the app that just ran out, or one typed badly.
func (w *world) pass(p *person, m *machine, c sallyport.Client, at time.Time) *held {
	ways := p.usable()
	if len(ways) == 0 {
		return nil
	}
	if p.backup && p.codes != nil {
		p.backup = false
		return p.codes
	}
	way := ways[len(ways)-1]
	if w.chance(0.2) {
		way = choose(w, ways)
	}
	if !p.played && p.codes != nil && len(p.codes.unused) > 2 && w.chance(0.012) {
		return p.codes
	}
	switch way.Method {
	case sallyport.MethodSMS, sallyport.MethodEmail:
		sent, d := at.Add(-w.between(11*time.Second, 40*time.Second)).Truncate(time.Microsecond), &deed{}
		d.tell(w.as(p, c), audit.CodeSent, p, way.ID, sent, "method", way.Method)
		w.finish(d, sent)
		fallthrough
	case sallyport.MethodTOTP:
		if w.chance(0.05) {
			w.miss(p, m, c, at.Add(-w.between(4*time.Second, 10*time.Second)).Truncate(time.Microsecond), false)
		}
	}
	return way
}

// miss is a second factor that was wrong, with the lock that follows if there is
// one.
func (w *world) miss(p *person, m *machine, c sallyport.Client, at time.Time, locks bool) {
	id := ""
	if m.device != nil {
		id = m.device.ID
	}
	p.misses = append(p.misses, miss{at, id, c.IPAddress})
	w.fail(p, p.user.Email, c, at, sallyport.CodeMFAFailed, false, m)
	if locks {
		d := &deed{}
		d.tell(sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: w.tenantID, Client: c}, audit.AccountLocked, p, "", at,
			"scope", "factor", "until", at.Add(w.policy.LockoutDuration).Format(time.RFC3339))
		w.finish(d, at)
	}
}

// redeem uses a factor up. A backup code ends the trust of all devices.
func (w *world) redeem(d *deed, actor sallyport.Actor, p *person, f *held, at time.Time) {
	if f == nil {
		return
	}
	switch f.Method {
	case sallyport.MethodWebAuthn:
		row := f.Factor
		d.row(func(ctx context.Context, tx *store.Tx) error {
			return tx.UsePasskey(ctx, row, row.Credential, row.BackedUp, at)
		})
	case sallyport.MethodBackupCodes:
		hash := factor.HashBackupCode(f.key, f.unused[0])
		f.unused = f.unused[1:]
		d.row(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.UseBackupCode(ctx, w.tenantID, f.ID, hash, at); err != nil {
				return err
			}
			return tx.UseFactor(ctx, w.tenantID, f.ID, 0, at)
		})
		w.strangers(d, actor, p, nil, mfa.ReasonBackupCode, at)
		d.tell(actor, audit.BackupCodeUsed, p, f.ID, at, "remaining", strconv.Itoa(len(f.unused)))
	default:
		// A visitor may use a code of the step that the story ends in.
		n := int64(0)
		if f.Method == sallyport.MethodTOTP && tick(at) > f.LastStep && w.o.Now.Sub(at) > 2*time.Minute {
			n = tick(at)
			f.LastStep = n
		}
		d.row(func(ctx context.Context, tx *store.Tx) error { return tx.UseFactor(ctx, w.tenantID, f.ID, n, at) })
	}
	f.LastUsedAt = at
}

// stepUp proves in a session what an act asks for, if anything.
func (w *world) stepUp(s *opened, act policy.Act, at time.Time) {
	p := s.of
	ways := p.usable()
	ask, needed := policy.StepUp(w.policy, act, policy.Proven{
		SignedInAt: s.CreatedAt, AuthenticatedAt: s.AuthenticatedAt, MFAVerifiedAt: s.MFAVerifiedAt,
		HasPassword: true, HasFactor: len(ways) > 0, Trust: policy.Trust(w.policy, s.on.Device, at),
	}, at)
	if !needed {
		return
	}
	d, actor := &deed{}, w.in(s)
	var way *held
	if len(ways) > 0 {
		way = ways[len(ways)-1]
		for _, f := range ways {
			if f.Method == sallyport.MethodWebAuthn {
				way = f // in place of the password, too
			}
		}
		if !ask.Factor && way.Method != sallyport.MethodWebAuthn {
			way = nil
		}
	}
	s.SteppedUpAt = at
	if ask.Password {
		s.AuthenticatedAt = at
	}
	method := ""
	if way != nil {
		method = way.Method
		s.MFAVerifiedAt, s.MFAMethod = at, method
		if sallyport.MethodOf(method).Sent {
			d.tell(actor, audit.CodeSent, p, way.ID, at, "method", method)
		}
		w.redeem(d, actor, p, way, at)
	}
	_, hash := token.New(token.Session)
	row, old := s.Session, s.hash
	s.hash = hash[:]
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.StepUpSession(ctx, row, old, hash[:]) })
	w.earn(d, actor, s.on, policy.Shown{Method: method, UserVerified: method == sallyport.MethodWebAuthn, StepUp: true}, at)
	d.tell(actor, audit.SteppedUp, p, "", at, "act", string(act), "method", method)
	w.finish(d, at)
}

// remove takes one of a person's factors away, and the backup codes with the last
// one.
func (w *world) remove(p *person, f *held, at time.Time) {
	if !p.is(at) || f.Status == sallyport.FactorRevoked {
		return
	}
	s := w.here(p, at)
	w.stepUp(s, policy.RemoveFactor, at)
	d, actor := &deed{}, w.in(s)
	w.endFactor(d, p, f, mfa.ReasonRemoved, at)
	d.tell(actor, audit.MethodRemoved, p, f.ID, at, "method", f.Method, "name", f.Name, "reason", mfa.ReasonRemoved)
	if len(p.usable()) == 0 {
		w.dropCodes(d, p, mfa.ReasonDisabled, at)
		d.tell(actor, audit.MFADisabled, p, "", at)
	}
	w.finish(d, at)
}

func (w *world) endFactor(d *deed, p *person, f *held, reason string, at time.Time) {
	f.Status = sallyport.FactorRevoked
	f.EndedAt, f.EndedReason = at, reason
	then := f.Factor.Factor
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.EndFactor(ctx, then) })
}

// resetFactors is an admin taking all factors of a person away.
func (w *world) resetFactors(p *person, at time.Time) {
	if !p.is(at) || len(p.usable()) == 0 {
		return
	}
	s := w.adminAt(at)
	w.stepUp(s, policy.ManageFactors, at)
	d, actor, n := &deed{}, w.in(s), 0
	for _, f := range p.factors {
		if f.Status != sallyport.FactorRevoked {
			w.endFactor(d, p, f, mfa.ReasonReset, at)
			n++
		}
	}
	w.dropCodes(d, p, mfa.ReasonReset, at)
	d.tell(actor, audit.MFAReset, p, "", at, "count", strconv.Itoa(n))
	w.strangers(d, actor, p, nil, mfa.ReasonReset, at)
	w.finish(d, at)
}

// copied is a passkey whose counter went back.
func (w *world) copied(p *person, f *held, at time.Time) {
	if !p.is(at) || !f.counts() {
		return
	}
	m := p.machines[0]
	w.miss(p, m, w.client(m, p.home), at, false)
	f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, at, "counter_went_back"
	d, then := &deed{}, f.Factor.Factor
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.EndFactor(ctx, then) })
	d.tell(sallyport.System(w.tenantID), audit.PasskeySuspended, p, f.ID, at, "name", f.Name)
	w.finish(d, at)
}

// require is an admin demanding a second factor of a person.
func (w *world) require(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	p.required = true
	d := &deed{}
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.RequireMFA(ctx, w.tenantID, p.user.ID, true) })
	d.tell(w.admin(at), audit.MFARequirementMoved, p, "", at, "required", "true")
	w.finish(d, at)
}

// putOff is a sign-in of somebody who is asked to set a second factor up and
// closes the page: it is over ten minutes later.
func (w *world) putOff(p *person, m *machine, c sallyport.Client, at time.Time) {
	w.will(at.Add(10*time.Minute), func(at time.Time) { w.fail(p, p.user.Email, c, at, sallyport.CodeSessionExpired, false, m) })
}

// phoneNumber returns a number that its country keeps free for stories.
func (w *world) phoneNumber(p *person) string {
	switch p.site.office[0].country {
	case "US":
		return fmt.Sprintf("+1202555%04d", 100+w.rng.IntN(100))
	case "CA":
		return fmt.Sprintf("+1613555%04d", 100+w.rng.IntN(100))
	}
	return fmt.Sprintf("+447700900%03d", w.rng.IntN(1000))
}

// passkey returns the id and the record of a passkey that nobody has.
func (w *world) passkey() (id, record string) {
	random := func(n int) []byte {
		var b []byte
		for len(b) < n {
			b = binary.BigEndian.AppendUint64(b, w.rng.Uint64())
		}
		return b[:n]
	}
	raw := random(32)
	key := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20}, random(32), []byte{0x22, 0x58, 0x20}, random(32))
	text, err := json.Marshal(map[string]any{
		"id": raw, "publicKey": key, "attestationType": "none", "transport": []string{"internal"},
		"flags":         map[string]bool{"userPresent": true, "userVerified": true, "backupEligible": true, "backupState": true},
		"authenticator": map[string]any{"AAGUID": make([]byte, 16)},
		"attestation":   map[string]any{},
	})
	if err != nil {
		panic(err) // plain values
	}
	return base64.RawURLEncoding.EncodeToString(raw), string(text)
}

// changeCodes is a person making new backup codes.
func (w *world) changeCodes(p *person, at time.Time) {
	if !p.is(at) || len(p.usable()) == 0 {
		return
	}
	s := w.here(p, at)
	w.stepUp(s, policy.BackupCodes, at)
	d := &deed{}
	w.issueCodes(d, w.in(s), p, at)
	w.finish(d, at)
}

// here returns the session a person works in, which begins now if there is none.
func (w *world) here(p *person, at time.Time) *opened {
	m := p.machines[0]
	s := m.session
	if s == nil || s.suspended || !s.live(at) {
		s = w.signIn(p, m, w.client(m, p.home), at, false)
	}
	w.use(s, at)
	return s
}

// adminAt returns the session of an admin at work.
func (w *world) adminAt(at time.Time) *opened {
	var admins []*person
	for _, p := range w.people {
		if p.user.Role == sallyport.RoleAdmin && p.is(at) {
			admins = append(admins, p)
		}
	}
	return w.here(choose(w, admins), at)
}
