// Package link implements mailed links: a secret that works once and for a limited time.
// For most kinds only the newest link works.
//
//	New.Add (in the change's transaction) ─ mail ─ page with a button ─ Take (in the act's transaction)
//
// Opening a page uses no link up, because mail scanners open every address. Addresses are
// built from the configured one, never from a request's headers.
package link

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Kind is what a link is for.
type Kind string

// Kinds.
const (
	Reset       Kind = "password_reset"
	VerifyEmail Kind = "verify_email"
	Invitation  Kind = "invitation"
	Unlock      Kind = "unlock"
	NotMe       Kind = "not_me"
	Mine        Kind = "mine"
	Device      Kind = "device"
	Reopen      Kind = "reopen"
	UndoEmail   Kind = "undo_email"
)

// row describes one kind of link.
type row struct {
	path     string
	lifetime time.Duration
	newest   bool // a new link ends the user's former ones
	opens    openings
}

// openings are accounts that links of a kind work for.
type openings int

const (
	open     openings = iota // that are active or wait for their user
	closed                   // in danger
	openable                 // both
)

// kinds is the table of links.
var kinds = map[Kind]row{
	Reset:       {"/recovery/", 30 * time.Minute, true, open},
	VerifyEmail: {"/verify-email/", 30 * time.Minute, true, open},
	// People may read invitations days later, and the account behind it is still
	// empty.
	Invitation: {"/invitation/", 7 * 24 * time.Hour, true, open},
	Unlock:     {"/unlock/", 30 * time.Minute, true, open},
	// Each security mail has one, and may be read late. Each is about another event, so
	// a new one ends no other.
	NotMe: {"/not-me/", 30 * 24 * time.Hour, false, open},
	// The answer matters as long as the sign-in is remembered.
	Mine: {"/it-was-me/", 30 * 24 * time.Hour, false, open},
	// Trusts a device by proof that one reads the account's mail.
	Device: {"/trust-device/", 30 * time.Minute, true, open},
	// Half of what opens a closed account: a proof that is older than what closed it is the
	// other half. A new one ends no other, or strangers who ask for one could stop the owner
	// in the middle.
	Reopen: {"/reopen/", 30 * time.Minute, false, closed},
	// As long as the former address is reserved. Each is about another change. Whoever changed the
	// address can close the account too: that must not stop its owner.
	UndoEmail: {"/undo-email/", 7 * 24 * time.Hour, false, openable},
}

// Kinds returns all kinds of link, in order of their names.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Lifetime returns how long links of this kind are valid.
func (k Kind) Lifetime() time.Duration { return kinds[k].lifetime }

// Opens reports whether links of this kind work for an account with a status.
func (k Kind) Opens(status sallyport.UserStatus) bool {
	if status == sallyport.UserClosed {
		return kinds[k].opens != open
	}
	return kinds[k].opens != closed && (status == sallyport.UserActive || status == sallyport.UserInvited)
}

// Link is an unused link.
type Link = store.Link

// About is what a link concerns besides its user; each may be "".
type About struct {
	SessionID string
	DeviceID  string
	FactorID  string // a factor that was added
	Email     string // a former address of the user
	AttemptID string // the sign-in that the link answers
}

// Base is the address of the installation, such as https://accounts.example.com.
type Base string

// URL returns the address of a page of a tenant.
func (b Base) URL(t sallyport.Tenant, path string) string {
	origin := strings.TrimSuffix(string(b), "/")
	if t.Host != "" {
		scheme, _, _ := strings.Cut(origin, "://")
		origin = scheme + "://" + t.Host
	}
	return origin + path
}

// Labels returns the parts of the host's name but for the last one, which many share; none of an IP address.
func (b Base) Labels() []string {
	u, err := url.Parse(string(b))
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return nil
	}
	labels := strings.Split(u.Hostname(), ".")
	return labels[:len(labels)-1]
}

// New is a link to be created for a user.
type New struct {
	Kind   Kind
	UserID string
	About  About
	At     time.Time
}

// Added is a link that was stored.
type Added struct {
	ID      string
	Address string
	Until   time.Time // when it expires
}

// Add stores the link in the caller's transaction.
func (n New) Add(ctx context.Context, tx *store.Tx, base Base, t sallyport.Tenant) (Added, error) {
	r := kinds[n.Kind]
	if r.newest {
		if err := tx.DropLinks(ctx, t.ID, n.UserID, []string{string(n.Kind)}, nil); err != nil {
			return Added{}, err
		}
	}
	secret, hash := token.New(token.Link)
	l := Link{
		TenantID: t.ID, ID: token.NewID(), Kind: string(n.Kind), UserID: n.UserID,
		SessionID: n.About.SessionID, DeviceID: n.About.DeviceID, FactorID: n.About.FactorID, AttemptID: n.About.AttemptID,
		Email: n.About.Email, CreatedAt: n.At, ExpiresAt: n.At.Add(r.lifetime),
	}
	return Added{l.ID, base.URL(t, r.path+secret), l.ExpiresAt}, tx.AddLink(ctx, l, hash[:])
}

// ErrExpired answers a link that is unknown, used, replaced by a newer one, or too old. It
// does not say which.
var ErrExpired = sallyport.Refuse(sallyport.CodeLinkExpired, "")

// Mailed is a link as a client presents it.
type Mailed struct {
	TenantID string
	Kind     Kind
	Secret   string
	Client   sallyport.Client
}

// Find returns an unused link without using it up. ErrExpired when it is not valid;
// CodeNetworkBlocked whatever it is from a network that is blocked.
func Find(ctx context.Context, db store.Queries, m Mailed, now time.Time) (Link, error) {
	if err := db.Admit(ctx, m.TenantID, m.Client.IPAddress, now); err != nil {
		return Link{}, err
	}
	hash, ok := token.Parse(token.Link, m.Secret)
	if !ok {
		return Link{}, ErrExpired
	}
	l, err := db.LinkByToken(ctx, m.TenantID, hash[:])
	switch {
	case errors.Is(err, sallyport.ErrNotFound), err == nil && (l.Kind != string(m.Kind) || !now.Before(l.ExpiresAt)):
		return Link{}, ErrExpired
	case err != nil:
		return Link{}, err
	}
	return l, nil
}

// Take uses a link up in the caller's transaction. ErrExpired when it was used before.
func Take(ctx context.Context, tx *store.Tx, l Link) error {
	err := tx.TakeLink(ctx, l.TenantID, l.ID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return ErrExpired
	}
	return err
}
