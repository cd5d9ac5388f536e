// Package request reads what every HTTP edge needs to know of a request (whose
// tenant, from where, which credentials) and writes what every edge answers
// with (cookies, statuses). It translates and never decides.
//
// A client address counts from X-Forwarded-For only as far as the proxies in
// front are trusted, and a tenant is found by host name: both are what an
// attacker would forge first.
package request

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/agent"
	"github.com/sallyport/sallyport/internal/geo"
)

// Reader reads requests. It is safe for concurrent use.
type Reader struct {
	Proxies  []netip.Prefix // whose X-Forwarded-For counts
	Geo      *geo.DB
	Sessions checker
	tenants  tenants
}

// checker is the session check, see session.Service.Check.
type checker interface {
	Check(ctx context.Context, tenantID, secret string) (sallyport.Checked, error)
}

// NewReader returns a reader.
func NewReader(db lister, sessions checker, places *geo.DB, proxies []netip.Prefix, now func() time.Time) *Reader {
	return &Reader{Proxies: proxies, Geo: places, Sessions: sessions, tenants: tenants{db: db, now: now}}
}

// Tenant returns the tenant a request is for: the one of its host name, else
// the default one. CodeNotSetUp when there is none.
func (v *Reader) Tenant(r *http.Request) (sallyport.Tenant, error) {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return v.tenants.find(r.Context(), strings.ToLower(strings.TrimSuffix(host, ".")))
}

// Check returns whose session the request carries, see session.Service.Check.
func (v *Reader) Check(r *http.Request) (sallyport.Tenant, sallyport.Checked, error) {
	t, err := v.Tenant(r)
	if err != nil {
		return t, sallyport.Checked{}, err
	}
	c, err := v.Sessions.Check(r.Context(), t.ID, SessionToken(r))
	return t, c, err
}

// maxUserAgent bounds, in bytes, how much of the header is read.
const maxUserAgent = 512

// Client returns where a request comes from.
func (v *Reader) Client(r *http.Request) sallyport.Client {
	ip := ClientIP(r, v.Proxies)
	ua := r.UserAgent()
	if len(ua) > maxUserAgent {
		ua = ua[:maxUserAgent]
	}
	ua = strings.ToValidUTF8(strings.ReplaceAll(ua, "\x00", ""), string(utf8.RuneError)) // PostgreSQL takes neither
	// The mark for what was invalid is longer than that was.
	for len(ua) > maxUserAgent {
		_, last := utf8.DecodeLastRuneInString(ua)
		ua = ua[:len(ua)-last]
	}
	c := sallyport.Client{UserAgent: ua, Info: agent.Parse(ua)}
	if ip.IsValid() {
		c.IPAddress, c.Location = ip.String(), v.Geo.Lookup(ip)
	}
	return c
}

// Actor returns the signed-in user of a checked session as an actor.
func (v *Reader) Actor(r *http.Request, c sallyport.Checked) sallyport.Actor {
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: c.Session.TenantID, UserID: c.User.ID, SessionID: c.Session.ID,
		Role: c.User.Role, Client: v.Client(r),
	}
}

// Presented is what a client shows to sign in, or to step up.
type Presented struct {
	TenantID string
	Client   sallyport.Client
	Native   bool     // not a browser: gets tokens instead of cookies
	Devices  []string // device credentials of a browser
	Session  string   // token of the session of a browser; "" for none
}

// Presented returns what the client of a request shows.
func (v *Reader) Presented(r *http.Request, t sallyport.Tenant, native bool) Presented {
	p := Presented{TenantID: t.ID, Client: v.Client(r), Native: native}
	if !native {
		p.Devices, p.Session = Devices(r), cookie(r, sessionCookie)
	}
	return p
}

// ClientIP returns the address of the client: that of the connection, or, where
// that is a trusted proxy, the rightmost address in X-Forwarded-For that is not
// one. What stands further left is the client's own claim. The zero Addr means
// that it cannot be told.
func ClientIP(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(ip, proxies); i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			break
		}
		next, err := parseHop(hop)
		if err != nil {
			return netip.Addr{} // a proxy of ours would not write this
		}
		ip = next
	}
	return ip
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
