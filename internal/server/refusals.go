package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/throttle"
)

// What is told of refusals. A single one is a mistake or a stale page; who goes on is looking for something.
const (
	refusalLines   = 20               // lines of one reason in a minute; what is more is counted
	refusalsOften  = 5                // refusals that are no event yet
	refusalWindow  = 10 * time.Minute // within which they are counted
	refusalEvery   = time.Hour        // between two events of one party
	refusalParties = 10_000           // that are remembered; an attacker with more networks is in the metrics
	refusalEvents  = 100              // events in an hour, of all parties
)

// refusalClasses are the kinds of routes in the metric.
var refusalClasses = []string{"api", "pages", "oauth", "check"}

// refusalReasons are all values of the label reason.
func refusalReasons() []string {
	reasons := []string{request.UnknownToken, request.UnknownClient}
	for _, code := range request.RefusalCodes {
		reasons = append(reasons, string(code))
	}
	for _, scope := range throttle.Watched() {
		reasons = append(reasons, request.LimitPrefix+scope)
	}
	return reasons
}

// refusals keeps what this node has seen of requests that asked for more than their sender may have.
// ASVS 5.0 16.3.2 and 16.3.3.
type refusals struct {
	log   *slog.Logger
	now   func() time.Time
	read  *request.Reader
	count func(reason, class string)
	event func(ctx context.Context, by sallyport.Actor, reason string, count int) error

	mu      sync.Mutex
	minute  time.Time
	lines   map[string]int // by reason, in this minute
	parties map[string]*refusedParty
	hour    time.Time
	events  int // in this hour
}

// refusedParty is a user or a network.
type refusedParty struct {
	times []time.Time // of its refusals within the window, oldest first
	total int         // since the last event
	told  time.Time   // of the last event
}

func newRefusals(s *Server, read *request.Reader) *refusals {
	return &refusals{
		log: s.config.Log, now: s.config.Now, read: read, count: func(reason, class string) { s.metrics.refused.WithLabelValues(reason, class).Inc() },
		event: s.Accounts.NoteRefusals, lines: map[string]int{}, parties: map[string]*refusedParty{},
	}
}

// seen is told of each request that was answered.
func (f *refusals) seen(r *http.Request, t *request.Trace) {
	if t.Refused == "" {
		return
	}
	class := "pages"
	switch _, path, _ := strings.Cut(t.Route, " "); {
	case underAPI(path):
		class = "api"
	case strings.HasPrefix(path, "/oauth2/"):
		class = "oauth"
	}
	f.refused(r, t, class)
}

// check is told of each session check without a session.
func (f *refusals) check(r *http.Request, err error) {
	if why := request.Refusal(r, err); why != "" {
		f.refused(r, &request.Trace{Route: "GET /api/v1/session", Refused: why}, "check")
	}
}

func (f *refusals) refused(r *http.Request, t *request.Trace, class string) {
	f.count(t.Refused, class)
	network := networkOf(request.ClientIP(r, f.read.Proxies))
	if f.mayLog(r.Context(), t.Refused) {
		f.log.LogAttrs(r.Context(), slog.LevelInfo, "refused", slog.String("reason", t.Refused), slog.String("user", t.UserID),
			slog.String("network", network), slog.String("method", knownMethod(r.Method)), slog.String("route", t.Route))
	}
	party := "user " + t.UserID
	if t.UserID == "" {
		party = "network " + network
	}
	if n := f.often(party); n > 0 {
		f.tell(r, t, n)
	}
}

// networkOf is what limits count by: an IPv4 address, or the /64 of an IPv6 address.
func networkOf(ip netip.Addr) string {
	if !ip.Is6() {
		return ip.String()
	}
	p, _ := ip.Prefix(64) // an IPv6 address has one
	return p.String()
}

func knownMethod(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "_OTHER"
}

// mayLog reports whether a refusal has a line of its own in this minute.
func (f *refusals) mayLog(ctx context.Context, reason string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(ctx)
	f.lines[reason]++
	return f.lines[reason] <= refusalLines
}

// turn begins another minute, and says how much was left out of the one before.
func (f *refusals) turn(ctx context.Context) {
	minute := f.now().Truncate(time.Minute)
	if minute.Equal(f.minute) {
		return
	}
	for reason, n := range f.lines {
		if n > refusalLines {
			f.log.LogAttrs(ctx, slog.LevelInfo, "refused, more of the same", slog.String("reason", reason), slog.Int("left_out", n-refusalLines))
		}
	}
	f.minute = minute
	clear(f.lines)
}

// often counts a refusal of a party. It returns how many there were when somebody is to be told, 0 otherwise.
func (f *refusals) often(party string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	p := f.parties[party]
	if p == nil {
		if len(f.parties) >= refusalParties {
			return 0
		}
		p = &refusedParty{}
		f.parties[party] = p
	}
	p.times = append(slices.DeleteFunc(p.times, func(at time.Time) bool { return now.Sub(at) >= refusalWindow }), now)
	p.times = p.times[max(0, len(p.times)-refusalsOften-1):]
	p.total++
	if len(p.times) <= refusalsOften || !p.told.IsZero() && now.Sub(p.told) < refusalEvery || !f.mayTell(now) {
		return 0
	}
	n := max(p.total, len(p.times))
	p.told, p.total = now, 0
	return n
}

// mayTell spends one of the events of this hour.
func (f *refusals) mayTell(now time.Time) bool {
	if hour := now.Truncate(time.Hour); !hour.Equal(f.hour) {
		f.hour, f.events = hour, 0
	}
	f.events++
	return f.events <= refusalEvents
}

// tell appends the event. It is not worth the answer, which is written already.
func (f *refusals) tell(r *http.Request, t *request.Trace, count int) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	by := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: t.TenantID, Client: f.read.Client(r)}
	if t.UserID != "" {
		by.Type, by.UserID, by.SessionID, by.KeyID = sallyport.ActorUser, t.UserID, t.SessionID, t.KeyID
	}
	var err error
	if by.TenantID == "" {
		var tenant sallyport.Tenant
		tenant, err = f.read.Tenant(r.WithContext(ctx))
		by.TenantID = tenant.ID
	}
	if err == nil {
		err = f.event(ctx, by, t.Refused, count)
	}
	if err != nil {
		f.log.WarnContext(ctx, "no event could be made of repeated refusals", "error", err)
	}
}

// tend says what was left out, and forgets parties of which nothing is worth to be known any more.
func (f *refusals) tend(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(ctx)
	now := f.now()
	for name, p := range f.parties {
		if last := p.times[len(p.times)-1]; now.Sub(last) >= refusalWindow && now.Sub(p.told) >= refusalEvery {
			delete(f.parties, name)
		}
	}
	return nil
}
