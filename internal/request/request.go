// Package request reads from an HTTP request what every edge needs (the tenant, the
// client's address, the credentials) and writes what every edge answers with (cookies,
// statuses). It translates and never decides.
//
// An attacker would first forge the client's address and the host name. So
// X-Forwarded-For counts only as far as trusted proxies wrote it, and a session is good
// only for the tenant that the host name belongs to.
package request

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/agent"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

// Reader reads requests. It is safe for concurrent use.
type Reader struct {
	Proxies  []netip.Prefix // X-Forwarded-For of these proxies is trusted
	Geo      *geo.DB
	Sessions checker
	Keys     keyChecker // nil where no API key is accepted
	tenants  tenants
}

// checker is the session check, see session.Service.
type checker interface {
	Check(ctx context.Context, tenantID, secret string) (sallyport.Checked, error)
	Look(ctx context.Context, tenantID, secret string) (sallyport.Checked, error)
	CheckPass(ctx context.Context, tenantID, secret string) (sallyport.Checked, error)
	Remembered(tenantID, secret string) *recall.Known
	RememberedPass(tenantID, secret string) *recall.Known
}

// keyChecker is the check of API keys, see apikey.Service.
type keyChecker interface {
	Check(ctx context.Context, tenantID, secret string, from func() sallyport.Client) (sallyport.Checked, error)
}

// NewReader returns a reader.
func NewReader(db lister, sessions checker, places *geo.DB, proxies []netip.Prefix, now func() time.Time) *Reader {
	return &Reader{Proxies: proxies, Geo: places, Sessions: sessions, tenants: newTenants(db, now)}
}

// Tenant returns the tenant of the request's host name, else the default tenant. The
// error is CodeNotSetUp when there is none.
func (v *Reader) Tenant(r *http.Request) (sallyport.Tenant, error) {
	t, err := v.tenant(r)
	if err != nil {
		return sallyport.Tenant{}, err
	}
	return *t, nil
}

func (v *Reader) tenant(r *http.Request) (*sallyport.Tenant, error) {
	host := r.Host
	if strings.Contains(host, ":") {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	return v.tenants.find(r.Context(), strings.ToLower(strings.TrimSuffix(host, ".")))
}

// Remember lets the reader answer from what is remembered, see [Reader.Remembered]. It is called before the
// reader is used.
func (v *Reader) Remember(m *recall.Memory) {
	if m != nil {
		v.tenants.list.Memory = m
	}
}

// Remembered returns the tenant and the session of a request from memory; nil where Check has to be asked,
// also for everybody who is to be refused. It counts as activity and allocates nothing. The tenant is
// another pointer after a change of it.
func (v *Reader) Remembered(r *http.Request) (*sallyport.Tenant, *recall.Known) {
	secret := bearer(r.Header["Authorization"])
	if secret == "" && len(r.Header["Authorization"]) == 0 {
		secret = plainCookie(r.Header["Cookie"])
	}
	if secret == "" {
		return nil, nil
	}
	t, err := v.tenant(r)
	if err != nil {
		return nil, nil
	}
	look := v.Sessions.Remembered
	if token.Is(token.Pass, secret) {
		look = v.Sessions.RememberedPass
	}
	k := look(t.ID, secret)
	if k == nil {
		return nil, nil
	}
	if trace, ok := r.Context().Value(traceKey{}).(*Trace); ok {
		trace.TenantID, trace.UserID, trace.SessionID = k.IDs()
	}
	return t, k
}

// TenantOf returns the tenant of an id, as Tenant does that of a host name.
func (v *Reader) TenantOf(ctx context.Context, id string) (*sallyport.Tenant, error) {
	return v.tenants.of(ctx, id)
}

// Pass returns the session of the pass that a browser has for an app, from memory where that is sure: then only
// the second value is set. Errors are those of [session.Service.Check].
func (v *Reader) Pass(ctx context.Context, tenantID, secret string) (*sallyport.Checked, *recall.Known, error) {
	if k := v.Sessions.RememberedPass(tenantID, secret); k != nil {
		return nil, k, nil
	}
	c, err := v.Sessions.CheckPass(ctx, tenantID, secret)
	return &c, nil, err
}

// Fresh returns a tenant as it is now: its name and what it looks like are that of some seconds ago in
// the list that Tenant looks into.
func (v *Reader) Fresh(ctx context.Context, t sallyport.Tenant) (sallyport.Tenant, error) {
	return v.tenants.db.Tenant(ctx, t.ID)
}

// Check returns the tenant and the session of a request, see [session.Service.Check].
func (v *Reader) Check(r *http.Request) (sallyport.Tenant, sallyport.Checked, error) {
	return v.check(r, v.Sessions.Check)
}

// Look is Check for a request that nobody makes by hand: it is no activity of the session.
func (v *Reader) Look(r *http.Request) (sallyport.Tenant, sallyport.Checked, error) {
	return v.check(r, v.Sessions.Look)
}

// CheckAny is Check, and accepts an API key as bearer token too. Only the API asks it: pages are for people.
func (v *Reader) CheckAny(r *http.Request) (sallyport.Tenant, sallyport.Checked, error) {
	if v.Keys == nil || r.Header.Get("Authorization") == "" || !token.Is(token.APIKey, SessionToken(r)) {
		return v.Check(r)
	}
	return v.check(r, func(ctx context.Context, tenantID, secret string) (sallyport.Checked, error) {
		return v.Keys.Check(ctx, tenantID, secret, func() sallyport.Client { return v.Client(r) })
	})
}

// CheckHolder is CheckAny, and accepts the pass of a browser to an app as bearer token too: it is for who asks about
// somebody, and opens nothing.
func (v *Reader) CheckHolder(r *http.Request) (sallyport.Tenant, sallyport.Checked, error) {
	if r.Header.Get("Authorization") != "" && token.Is(token.Pass, SessionToken(r)) {
		return v.check(r, v.Sessions.CheckPass)
	}
	return v.CheckAny(r)
}

func (v *Reader) check(r *http.Request, judge func(ctx context.Context, tenantID, secret string) (sallyport.Checked, error)) (sallyport.Tenant, sallyport.Checked, error) {
	t, err := v.Tenant(r)
	if err != nil {
		return t, sallyport.Checked{}, err
	}
	c, err := judge(r.Context(), t.ID, SessionToken(r))
	if trace, ok := r.Context().Value(traceKey{}).(*Trace); ok && err == nil {
		trace.TenantID, trace.UserID, trace.SessionID, trace.KeyID = t.ID, c.User.ID, c.Session.ID, c.Key.ID
	}
	return t, c, err
}

// maxUserAgent is how many bytes of the User-Agent header are kept at most.
const maxUserAgent = 512

// Client returns the address, user agent and place that a request comes from.
func (v *Reader) Client(r *http.Request) sallyport.Client {
	ip := ClientIP(r, v.Proxies)
	ua := r.UserAgent()
	if len(ua) > maxUserAgent {
		ua = ua[:maxUserAgent]
	}
	ua = line.Clean(ua) // pages show it as the name of a program
	c := sallyport.Client{UserAgent: ua, Info: agent.Parse(ua), Language: Language(r)}
	if zone := Zone(r); zone != time.UTC {
		c.TimeZone = zone.String()
	}
	if ip.IsValid() {
		c.IPAddress, c.Location = ip.String(), v.Geo.Lookup(ip)
	}
	return c
}

// Actor returns the signed-in user of a checked session as an actor.
func (v *Reader) Actor(r *http.Request, c sallyport.Checked) sallyport.Actor {
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: c.Session.TenantID, UserID: c.User.ID, SessionID: c.Session.ID,
		Role: c.User.Role, Granted: c.User.Granted, Client: v.Client(r), KeyID: c.Key.ID, KeyGrants: c.Key.Permissions,
	}
}

// Presented is what the client of a sign-in or step-up sends: tenant, address and credentials.
type Presented struct {
	TenantID string
	Client   sallyport.Client
	Native   bool     // not a browser: gets tokens instead of cookies
	Devices  []string // device credentials of a browser
	Session  string   // token of the session of a browser; "" for none
}

// Presented returns what the client of a request sends.
func (v *Reader) Presented(r *http.Request, t sallyport.Tenant, native bool) Presented {
	p := Presented{TenantID: t.ID, Client: v.Client(r), Native: native}
	if !native {
		p.Devices, p.Session = Devices(r), cookie(r, sessionCookie)
	}
	return p
}

// ClientIP returns the address of the client: that of the connection or, when the
// connection comes from a trusted proxy, the rightmost address in X-Forwarded-For that
// is not a trusted proxy. The client can forge everything further left. It returns
// the zero Addr when the address is unknown.
func ClientIP(r *http.Request, proxies []netip.Prefix) netip.Addr {
	ip := peer(r)
	if !ip.IsValid() {
		return ip
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(ip, proxies); i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			break
		}
		next, err := parseHop(hop)
		if err != nil {
			return netip.Addr{} // a trusted proxy would not write this
		}
		ip = next
	}
	return ip
}

// FromProxy reports whether a request comes from one of the proxies.
func FromProxy(r *http.Request, proxies []netip.Prefix) bool { return trusted(peer(r), proxies) }

// peer returns the address of the connection, or the zero Addr.
func peer(r *http.Request) netip.Addr {
	p, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap().WithZone("")
}

func parseHop(s string) (netip.Addr, error) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err
}

func trusted(ip netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

type checkedKey struct{}

// WithChecked returns a context that carries a checked session.
func WithChecked(ctx context.Context, t sallyport.Tenant, c sallyport.Checked) context.Context {
	return context.WithValue(ctx, checkedKey{}, signedIn{t, c})
}

type signedIn struct {
	tenant  sallyport.Tenant
	checked sallyport.Checked
}

// Checked returns the session that WithChecked put into the context.
func Checked(ctx context.Context) (sallyport.Tenant, sallyport.Checked, bool) {
	s, ok := ctx.Value(checkedKey{}).(signedIn)
	return s.tenant, s.checked, ok
}
