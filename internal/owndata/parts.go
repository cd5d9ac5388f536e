package owndata

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"math"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// atOnce is how many rows are read at a time.
const atOnce = 500

// reading is what a copy is read from.
type reading struct {
	db     store.Queries
	user   sallyport.User
	tenant sallyport.Tenant
	policy sallyport.Policy
}

// Part is one part of a copy.
type Part struct {
	Name  string // in a copy for programs
	What  string // for operators and docs/rules.md
	Alone bool   // one thing and no list

	each func(reading, context.Context, func(record) error) error
}

// Parts is THE table of what a copy has, in its order. What no part tells of is said in [Holdings].
var Parts = []Part{
	{"account", "the account: names, addresses, role, language, times, and what is demanded", true, reading.account},
	{"picture", "the picture that they chose, as base64", true, reading.picture},
	{"formerAddresses", "addresses that they had", false, reading.former},
	{"waiting", "new addresses and numbers that wait for a code", false, reading.waiting},
	{"apiKeys", "API keys that are kept, without their texts", false, reading.apiKeys},
	{"notices", "what their bell shows: kind and times", false, reading.notices},
	{"notifications", "what they chose to be told of, and where", false, reading.notifications},
	{"identities", "accounts at identity providers that are linked", false, reading.identities},
	{"push", "browsers that they let be told by push, without their addresses", false, reading.push},
	{"groups", "groups that they are in", false, reading.groups},
	{"factors", "second factors, without their secrets; of backup codes how many are left", false, reading.factors},
	{"devices", "devices, also removed ones", false, reading.devices},
	{"sessions", "sessions that are kept", false, reading.sessions},
	{"attempts", "attempts to sign in that are kept", false, reading.attempts},
	{"links", "mailed links that wait: their kind and end", false, reading.links},
	{"mails", "mails and text messages that wait or were sent lately: their kind and times", false, reading.mails},
	{"digest", "whether they want the weekly digest", true, reading.digest},
	{"jobs", "bulk jobs that they began as an admin", false, reading.jobs},
	{"events", "what happened on the account; where somebody else did it, not from where", false, reading.about},
	{"acts", "what they did to others and to the organisation: kind, time and from where, nothing of others", false, reading.acts},
}

// pages calls do with all rows that read returns, which gets the last row of the page before.
func pages[T any](read func(last *T) ([]T, error), do func(T) error) error {
	var last *T
	for {
		rows, err := read(last)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		if len(rows) < atOnce {
			return nil
		}
		last = &rows[len(rows)-1]
	}
}

func (r reading) account(_ context.Context, put func(record) error) error {
	u := r.user
	return put(with(
		field{"email", u.Email}, field{"id", u.ID}, field{"firstName", u.FirstName}, field{"lastName", u.LastName}, field{"phone", u.Phone},
		field{"role", string(u.Role)}, field{"permissions", u.Granted.Names()}, field{"status", string(u.Status)}, field{"createdAt", u.CreatedAt},
		field{"emailVerifiedAt", u.EmailVerifiedAt}, field{"phoneVerifiedAt", u.PhoneVerifiedAt},
		field{"language", u.Language}, field{"browserLanguage", u.BrowserLanguage}, field{"timeZone", u.ChosenZone}, field{"browserTimeZone", u.TimeZone},
		field{"hasPassword", u.PasswordHash != ""}, field{"passwordChangedAt", u.PasswordChangedAt}, field{"mustChangePassword", u.MustChangePassword},
		field{"secondFactor", string(u.SecondFactor)}, field{"secondFactorDemanded", u.MFARequired},
		field{"exemptUntil", u.MFAExemptUntil}, field{"exemptReason", u.MFAExemptReason}, field{"remindedAt", u.MFARemindedAt},
		field{"lastSignInAt", u.LastSignInAt}, field{"disabledAt", u.DisabledAt}, field{"disputedSince", u.DisputedSince}, field{"deletesAt", u.DeletesAt},
	))
}

func (r reading) picture(ctx context.Context, put func(record) error) error {
	p, err := r.db.LargestPicture(ctx, r.user.TenantID, r.user.ID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return put(with(field{"type", p.Type}, field{"data", base64.StdEncoding.EncodeToString(p.Body)}))
}

func (r reading) former(ctx context.Context, put func(record) error) error {
	found, err := r.db.EveryFormerEmail(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(f store.FormerEmail) error {
		return put(with(field{"email", f.Email}, field{"emailVerifiedAt", f.VerifiedAt}, field{"changedAt", f.ChangedAt}, field{"reservedUntil", f.ReservedUntil}))
	})
}

// each calls do with all rows that one question found.
func each[T any](rows []T, err error, do func(T) error) error {
	for _, row := range rows {
		if err == nil {
			err = do(row)
		}
	}
	return err
}

func (r reading) waiting(ctx context.Context, put func(record) error) error {
	found, err := r.db.CodesWaiting(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(c store.ContactCode) error {
		return put(with(field{"address", c.Address}, field{"createdAt", c.CreatedAt}, field{"expiresAt", c.ExpiresAt}))
	})
}

func (r reading) apiKeys(ctx context.Context, put func(record) error) error {
	read := func(last *sallyport.APIKey) ([]sallyport.APIKey, error) {
		var after store.After
		if last != nil {
			after = store.After{At: last.CreatedAt, ID: last.ID}
		}
		return r.db.EveryKeyOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(k sallyport.APIKey) error {
		var networks []string
		for _, n := range k.Networks {
			networks = append(networks, n.String())
		}
		fields := []field{
			{"name", k.Name}, {"id", k.ID}, {"hint", k.Hint}, {"permissions", k.Permissions.Names()}, {"networks", networks}, {"createdAt", k.CreatedAt},
			{"expiresAt", k.ExpiresAt}, {"replacedAt", k.RotatedAt}, {"lastUsedAt", k.UsedAt}, {"endedAt", k.EndedAt}, {"reason", k.EndReason},
		}
		return put(with(append(fields, place(policy.OwnAddress(r.policy, k.UsedIP), k.UsedLocation)...)...))
	})
}

func (r reading) notices(ctx context.Context, put func(record) error) error {
	read := func(last *sallyport.Notice) ([]sallyport.Notice, error) {
		var after store.After
		if last != nil {
			after = store.After{At: last.LastAt, ID: last.ID}
		}
		return r.db.EveryNotice(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(n sallyport.Notice) error {
		return put(with(field{"kind", n.Kind}, field{"id", n.ID}, field{"createdAt", n.CreatedAt}, field{"lastAt", n.LastAt}, field{"times", n.Times}, field{"readAt", n.ReadAt}))
	})
}

func (r reading) notifications(ctx context.Context, put func(record) error) error {
	found, err := r.db.NotificationChoices(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(c store.NotificationChoice) error {
		return put(with(field{"topic", c.Topic}, field{"channel", c.Channel}, field{"wanted", c.Wanted}))
	})
}

func (r reading) push(ctx context.Context, put func(record) error) error {
	found, err := r.db.PushSubscriptionsOf(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(p store.PushSubscription) error {
		fields := []field{{"createdAt", p.CreatedAt}, {"id", p.ID}, {"sessionId", p.SessionID}, {"service", p.Service}, {"lastDeliveryAt", p.LastAt}, {"failed", p.Failed}}
		return put(with(append(fields, machine(p.DeviceInfo, "")...)...))
	})
}

func (r reading) identities(ctx context.Context, put func(record) error) error {
	found, err := r.db.IdentitiesOf(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(i store.Identity) error {
		return put(with(field{"provider", i.ProviderID}, field{"id", i.ID}, field{"subject", i.Subject}, field{"email", i.Email}, field{"createdAt", i.CreatedAt}, field{"usedAt", i.UsedAt}))
	})
}

func (r reading) groups(ctx context.Context, put func(record) error) error {
	found, err := r.db.GroupsOf(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(g sallyport.Group) error {
		return put(with(field{"name", g.Name}, field{"id", g.ID}, field{"description", g.Description}))
	})
}

func (r reading) factors(ctx context.Context, put func(record) error) error {
	read := func(last *store.Factor) ([]store.Factor, error) {
		after := ""
		if last != nil {
			after = last.ID
		}
		return r.db.FactorsOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(f store.Factor) error {
		fields := []field{
			{"method", f.Method}, {"name", f.Name}, {"id", f.ID}, {"status", string(f.Status)}, {"phone", f.PhoneNumber}, {"email", f.Email},
			{"createdAt", f.CreatedAt}, {"verifiedAt", f.VerifiedAt}, {"lastUsedAt", f.LastUsedAt}, {"expiresAt", f.ExpiresAt},
			{"endedAt", f.EndedAt}, {"reason", f.EndedReason},
		}
		switch f.Method {
		case sallyport.MethodBackupCodes:
			made, left, err := r.db.CodesOf(ctx, f.TenantID, f.ID)
			if err != nil {
				return err
			}
			fields = append(fields, field{"codes", made}, field{"codesLeft", left})
		case sallyport.MethodWebAuthn:
			fields = append(fields, field{"mayBeCopied", f.BackupEligible}, field{"isCopied", f.BackedUp})
		}
		return put(with(fields...))
	})
}

func (r reading) devices(ctx context.Context, put func(record) error) error {
	read := func(last *sallyport.Device) ([]sallyport.Device, error) {
		after := ""
		if last != nil {
			after = last.ID
		}
		return r.db.DevicesOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(d sallyport.Device) error {
		fields := []field{
			{"name", d.Name}, {"id", d.ID}, {"status", string(d.Status)}, {"trustLevel", int(d.TrustLevel)}, {"primary", d.Primary}, {"createdAt", d.CreatedAt},
			{"lastUsedAt", d.LastUsedAt}, {"verifiedAt", d.VerifiedAt}, {"endedAt", d.EndedAt}, {"reason", d.EndedReason},
			{"compromisedAt", d.CompromisedAt}, {"compromisedBy", d.CompromisedBy}, {"compromisedReason", d.CompromisedReason},
		}
		fields = append(fields, machine(d.Info, "")...)
		fields = append(fields, place(policy.OwnAddress(r.policy, d.LastIP), d.LastLocation)...)
		return put(with(append(fields, field{"fingerprint", said(d.Fingerprint)})...))
	})
}

func (r reading) sessions(ctx context.Context, put func(record) error) error {
	read := func(last *sallyport.Session) ([]sallyport.Session, error) {
		var after store.After
		if last != nil {
			after = store.After{At: last.CreatedAt, ID: last.ID}
		}
		return r.db.SessionsOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(s sallyport.Session) error {
		s = policy.OwnSession(r.policy, s)
		by := s.TerminatedBy
		if by != r.user.ID && by != string(sallyport.ActorSystem) && by != "" {
			by = "other"
		}
		fields := []field{
			{"createdAt", s.CreatedAt}, {"id", s.ID}, {"deviceId", s.DeviceID}, {"status", string(s.Status)}, {"native", s.Native}, {"lastActivityAt", s.LastActivityAt}, {"expiresAt", s.ExpiresAt},
			{"authenticatedAt", s.AuthenticatedAt}, {"secondFactorAt", s.MFAVerifiedAt}, {"method", s.MFAMethod}, {"steppedUpAt", s.SteppedUpAt}, {"steppedUpFor", s.SteppedUpFor},
			{"endedAt", s.TerminatedAt}, {"endedBy", by}, {"reason", s.TerminationReason},
		}
		fields = append(fields, machine(s.DeviceInfo, s.UserAgent)...)
		fields = append(fields, place(s.IPAddress, s.Location)...)
		return put(with(append(fields, field{"findings", findings(s.Assessment)})...))
	})
}

func (r reading) attempts(ctx context.Context, put func(record) error) error {
	read := func(last *sallyport.Attempt) ([]sallyport.Attempt, error) {
		var after store.After
		if last != nil {
			after = store.After{At: last.CreatedAt, ID: last.ID}
		}
		return r.db.AttemptsOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(a sallyport.Attempt) error {
		a = policy.OwnAttempt(r.policy, a)
		fields := []field{
			{"createdAt", a.CreatedAt}, {"id", a.ID}, {"email", a.Email}, {"successful", a.Successful}, {"reason", string(a.FailureReason)},
			{"secondFactorDemanded", a.MFARequired}, {"secondFactorPassed", a.MFAVerified}, {"deviceId", a.DeviceID}, {"sessionId", a.SessionID}, {"answer", string(a.Answer)},
		}
		fields = append(fields, machine(a.DeviceInfo, a.UserAgent)...)
		fields = append(fields, place(a.IPAddress, a.Location)...)
		return put(with(append(fields, field{"findings", findings(a.Assessment)})...))
	})
}

// findings are the names of what seemed unusual.
func findings(a sallyport.Assessment) (names []string) {
	for _, f := range a.Findings {
		names = append(names, string(f.Signal))
	}
	return names
}

func (r reading) links(ctx context.Context, put func(record) error) error {
	found, err := r.db.LinksOf(ctx, r.user.TenantID, r.user.ID)
	return each(found, err, func(l store.LinkOf) error {
		return put(with(field{"kind", l.Kind}, field{"createdAt", l.CreatedAt}, field{"expiresAt", l.ExpiresAt}))
	})
}

func (r reading) mails(ctx context.Context, put func(record) error) error {
	read := func(last *store.MailOf) ([]store.MailOf, error) {
		after := ""
		if last != nil {
			after = last.ID
		}
		return r.db.MailsOf(ctx, r.user.TenantID, r.user.ID, after, atOnce)
	}
	return pages(read, func(m store.MailOf) error {
		return put(with(field{"createdAt", m.CreatedAt}, field{"kind", m.Kind}, field{"channel", m.Channel}, field{"recipient", m.Recipient}, field{"state", m.State}, field{"sentAt", m.SentAt}))
	})
}

func (r reading) digest(ctx context.Context, put func(record) error) error {
	d, err := r.db.Digest(ctx, r.user.TenantID, r.user.ID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return put(with(field{"weekly", true}, field{"sentAt", d.SentAt}))
}

func (r reading) jobs(ctx context.Context, put func(record) error) error {
	found, err := r.db.BulkJobsOf(ctx, r.user.TenantID, r.user.ID, math.MaxInt32)
	return each(found, err, func(j store.BulkJob) error {
		fields := []field{{"createdAt", j.CreatedAt}, {"action", j.Action}, {"status", j.Status}, {"endedAt", j.EndedAt}, {"done", j.Done}, {"total", j.Total}}
		return put(with(append(fields, place(j.Client.IPAddress, j.Client.Location)...)...))
	})
}

// events calls put with what happened on the account, or what its user did elsewhere.
func (r reading) events(ctx context.Context, byThem bool, put func(record) error) error {
	read := func(last *sallyport.Event) ([]sallyport.Event, error) {
		which := store.EventsOf{TenantID: r.user.TenantID, UserID: r.user.ID, ByThem: byThem, Limit: atOnce}
		if last != nil {
			which.Since, which.After = last.CreatedAt, last.Seq
		}
		return audit.Since(ctx, r.db, which)
	}
	return pages(read, func(e sallyport.Event) error {
		e = policy.OwnEvent(r.policy, r.user.ID, e)
		by := string(e.ActorType)
		if e.ActorID == r.user.ID {
			by = "me"
		}
		fields := []field{{"kind", kind(e.Kind)}, {"createdAt", e.CreatedAt}, {"id", e.ID}, {"by", by}, {"sessionId", e.SessionID}}
		fields = append(fields, machine(e.Device, "")...)
		fields = append(fields, place(e.IPAddress, e.Location)...)
		if !byThem {
			fields = append(fields, field{"targetId", e.TargetID}, field{"details", details(e.Data)})
		}
		return put(with(fields...))
	})
}

func (r reading) about(ctx context.Context, put func(record) error) error {
	return r.events(ctx, false, put)
}

func (r reading) acts(ctx context.Context, put func(record) error) error {
	return r.events(ctx, true, put)
}

// details returns the details of an event that say something.
func details(data map[string]string) map[string]string {
	out := maps.Clone(data)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	return out
}

// said is what a device last said of itself.
func said(f sallyport.Fingerprint) map[string]string {
	if !f.Given() {
		return nil
	}
	return details(map[string]string{
		"userAgent": f.UserAgent, "screenResolution": f.ScreenResolution, "timezone": f.Timezone, "language": f.Language, "platform": f.Platform,
		"hardwareConcurrency": number(float64(f.HardwareConcurrency)), "deviceMemory": number(f.DeviceMemory), "touchSupport": strconv.FormatBool(f.TouchSupport),
	})
}

// number writes a number that is 0 when it is not known.
func number(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
