// Package session creates sessions, checks them on every request, and ends them.
//
//	token ─ SHA-256 ─ lookup ─ status, time ─ who, or why not      (Check)
//
// A session's token is shown once and stored as a hash. A session is ended by one guarded
// UPDATE in the same transaction as its audit event, and Check reads the committed state.
// So an acknowledged revocation holds at once, on every node and across a crash. Check
// fails closed: without an answer from the database there is no session.
package session

import (
	"cmp"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

// Service handles the sessions of all tenants.
type Service struct {
	acts     *act.Runner
	checker  Checker
	activity activity
}

// Checker answers the session check: from memory where that is sure, otherwise on connections of its
// own.
type Checker interface {
	Recall(tenantID string, tokenHash [32]byte) *recall.Known
	Forget(*recall.Known)
	CheckSession(ctx context.Context, tenantID string, tokenHash [32]byte) (sallyport.Checked, error)
	CheckPass(ctx context.Context, tenantID string, tokenHash [32]byte) (sallyport.Checked, error)
}

// New returns a service.
func New(acts *act.Runner, checker Checker) *Service {
	s := &Service{acts: acts, checker: checker}
	acts.OnEnd(s.activity.forget)
	return s
}

// maxUserAgent is how many bytes of a user agent are stored.
const maxUserAgent = 512

// Start is the input for a new session.
type Start struct {
	ID       string // of the flow that proved who it is; "" for a new one
	DeviceID string // "" when it has none
	Native   bool   // held by an app, not a browser
	Client   sallyport.Client
	Factor   string     // method of the second factor that was passed; "" for none
	For      policy.Act // that the proof counts for as a step-up does; "" for none
	Known    bool       // on a device that was trusted before: its browser speaks for the user

	Assessment sallyport.Assessment
}

// Begin creates a session of the act's user, and returns what its client holds, which is never
// shown again.
func Begin(ctx context.Context, a *act.Act, n Start) (sallyport.Session, act.Tokens, error) {
	now := a.Now
	lifetime, idle := policy.SessionTimes(a.Policy, n.Native, n.Client.Info.Type)
	s := sallyport.Session{
		ID:              cmp.Or(n.ID, token.NewID()),
		TenantID:        a.User.TenantID,
		UserID:          a.User.ID,
		DeviceID:        n.DeviceID,
		Native:          n.Native,
		Status:          sallyport.SessionActive,
		DeviceInfo:      n.Client.Info,
		IPAddress:       n.Client.IPAddress,
		UserAgent:       cut(n.Client.UserAgent, maxUserAgent),
		Location:        n.Client.Location,
		CreatedAt:       now,
		ExpiresAt:       now.Add(lifetime),
		IdleTimeout:     idle,
		LastActivityAt:  now,
		AuthenticatedAt: now,
		MFAMethod:       n.Factor,
		Assessment:      n.Assessment,
	}
	if n.Factor != "" {
		s.MFAVerifiedAt = now
	}
	if n.For != "" {
		s.SteppedUpAt, s.SteppedUpFor = now, string(n.For)
	}
	tokens, held := act.NewTokens(s, now)
	if err := a.AddSession(ctx, s, held); err != nil {
		return s, tokens, err
	}
	return s, tokens, remember(ctx, a, n)
}

// remember keeps when its user signed in, and the language and the zone of the browser for mails
// to them. A browser that is
// not known yet changes neither: who signs in with a stolen password must not choose the language
// of the mail that tells of it.
func remember(ctx context.Context, a *act.Act, n Start) error {
	language, zone := cmp.Or(a.User.BrowserLanguage, n.Client.Language), cmp.Or(a.User.TimeZone, n.Client.TimeZone)
	if n.Known {
		language, zone = cmp.Or(n.Client.Language, language), cmp.Or(n.Client.TimeZone, zone)
	}
	a.User.BrowserLanguage, a.User.TimeZone = language, zone
	return a.SetSignedIn(ctx, a.User, a.Now)
}

// cut shortens s to at most n bytes at a character boundary, because PostgreSQL rejects
// invalid UTF-8.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Remembered is Check from memory: nil where Check has to be asked, such as for everybody who is to be
// refused, or when the use is to be noted. It allocates nothing.
func (s *Service) Remembered(tenantID, secret string) *recall.Known {
	hash, ok := token.OfSession(secret)
	if !ok {
		return nil
	}
	return s.remembered(tenantID, hash)
}

// RememberedPass is Remembered for the pass of a browser to an app, which opens nothing else.
func (s *Service) RememberedPass(tenantID, secret string) *recall.Known {
	hash, ok := token.Parse(token.Pass, secret)
	if !ok {
		return nil
	}
	return s.remembered(tenantID, hash)
}

func (s *Service) remembered(tenantID string, hash token.Hash) *recall.Known {
	k := s.checker.Recall(tenantID, hash)
	if now := s.acts.Now(); k == nil || !k.Good(now) || k.Unused(now) >= touchEvery(k.IdleTimeout()) {
		return nil
	}
	return k
}

// Check is Look, and counts as activity of the session.
func (s *Service) Check(ctx context.Context, tenantID, secret string) (sallyport.Checked, error) {
	c, k, err := s.look(ctx, tenantID, secret)
	if err != nil {
		return c, err
	}
	return s.noteUse(ctx, c, k), nil
}

// CheckPass is Check for the pass of a browser to an app: the session is the one that the pass was made in.
func (s *Service) CheckPass(ctx context.Context, tenantID, secret string) (sallyport.Checked, error) {
	hash, ok := token.Parse(token.Pass, secret)
	if !ok {
		return sallyport.Checked{}, sallyport.ErrNotSignedIn
	}
	c, k, err := s.find(ctx, tenantID, hash, s.checker.CheckPass)
	if err != nil {
		return c, err
	}
	return s.noteUse(ctx, c, k), nil
}

// noteUse notes that a session was used, with what is remembered of it.
func (s *Service) noteUse(ctx context.Context, c sallyport.Checked, k *recall.Known) sallyport.Checked {
	now := s.acts.Now()
	if !s.activity.note(&c.Session, now) {
		k.Use(c.Session.LastActivityAt)
		return c
	}
	if k.Use(now); late(c.Session, now) {
		_ = s.Flush(ctx) // where that fails the job tries again
	}
	return c
}

// Look returns the session of a token, with its user. Errors: CodeNotSignedIn without a
// token or for an unknown one, CodeSessionRevoked, CodeSessionTerminated,
// CodeSessionSuspended, CodeSessionExpired, CodeAccountDisabled, CodeAccountClosed,
// CodeTokenExpired where a native client has to refresh, or CodeUnavailable when the database cannot answer.
func (s *Service) Look(ctx context.Context, tenantID, secret string) (sallyport.Checked, error) {
	c, _, err := s.look(ctx, tenantID, secret)
	return c, err
}

// look returns what is remembered of the session, too; nil when the database was asked.
func (s *Service) look(ctx context.Context, tenantID, secret string) (sallyport.Checked, *recall.Known, error) {
	hash, ok := token.OfSession(secret)
	if !ok {
		return sallyport.Checked{}, nil, sallyport.ErrNotSignedIn
	}
	return s.find(ctx, tenantID, hash, s.checker.CheckSession)
}

// question asks the database about the hash of a token.
type question func(ctx context.Context, tenantID string, hash [32]byte) (sallyport.Checked, error)

func (s *Service) find(ctx context.Context, tenantID string, hash token.Hash, ask question) (sallyport.Checked, *recall.Known, error) {
	if k := s.checker.Recall(tenantID, hash); k != nil {
		if k.Good(s.acts.Now()) {
			c := k.Checked()
			s.activity.refresh(&c.Session)
			return c, k, nil
		}
		s.checker.Forget(k) // memory knows only who is let in: another node may have seen them since
	}
	c, err := ask(ctx, tenantID, hash)
	c, err = s.judge(c, err)
	return c, nil, err
}

// judge returns a session as the database knows it, where it is good.
func (s *Service) judge(c sallyport.Checked, err error) (sallyport.Checked, error) {
	if err != nil {
		if errors.Is(err, sallyport.ErrNotFound) {
			err = sallyport.ErrNotSignedIn
		}
		return sallyport.Checked{}, err
	}
	now := s.acts.Now()
	s.activity.refresh(&c.Session)
	if c.Session.Status = c.Session.EffectiveStatus(now); c.Session.Status != sallyport.SessionActive {
		if err := refusals[c.Session.Status]; err != nil {
			return sallyport.Checked{}, err
		}
		return sallyport.Checked{}, sallyport.Refuse(sallyport.CodeInternal, "a session has an unknown status")
	}
	if err := mayUse(c.User); err != nil {
		return sallyport.Checked{}, err
	}
	if ends := c.Session.TokenEndsAt; !ends.IsZero() && !now.Before(ends) {
		return sallyport.Checked{}, errTokenExpired
	}
	return c, nil
}

// mayUse returns nil where the status of a user lets their sessions be used.
func mayUse(u sallyport.User) error {
	switch u.Status {
	case sallyport.UserActive:
		return nil
	case sallyport.UserClosed:
		return errClosed
	}
	return errDisabled
}

// refusals maps the statuses of sessions without access to their errors.
var refusals = map[sallyport.SessionStatus]error{
	sallyport.SessionSuspended:  &sallyport.Error{Code: sallyport.CodeSessionSuspended},
	sallyport.SessionTerminated: &sallyport.Error{Code: sallyport.CodeSessionTerminated},
	sallyport.SessionExpired:    &sallyport.Error{Code: sallyport.CodeSessionExpired},
	sallyport.SessionRevoked:    &sallyport.Error{Code: sallyport.CodeSessionRevoked},
}

var (
	errDisabled = &sallyport.Error{Code: sallyport.CodeAccountDisabled}
	errClosed   = &sallyport.Error{Code: sallyport.CodeAccountClosed}

	errTokenExpired = &sallyport.Error{Code: sallyport.CodeTokenExpired}
)

// ListOwn returns a page of the actor's live sessions, without what policy hides from
// them. It leaves out sessions that have expired but are not marked yet.
func (s *Service) ListOwn(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Session], error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return list.Page[sallyport.Session]{}, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return list.Page[sallyport.Session]{}, err
	}
	found, err := s.acts.OwnSessions(ctx, actor.TenantID, actor.UserID, q)
	if err != nil {
		return found, err
	}
	found.Rows = s.live(found.Rows)
	return list.Map(found, func(v sallyport.Session) sallyport.Session { return policy.OwnSession(p, v) }), nil
}
