package account

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// NeedBlock is the need for blocking a network and for lifting a block.
var NeedBlock = act.Need{Permission: access.SessionsTerminate, StepUp: policy.BlockNetworks}

const (
	// LongestBlock is how far ahead a block can end: addresses get other users.
	LongestBlock = 30 * 24 * time.Hour
	// A block is as wide as what one provider has in one piece, at most. Wider ones would hit
	// whole countries, and no attacker needs so much; several of them can stand side by side.
	widestIPv4, widestIPv6 = 16, 32
	// mostBlocks bounds what each sign-in is compared with.
	mostBlocks = 500
)

// NewBlock is the input for a block.
type NewBlock struct {
	Network       string // an address, or a range such as 192.0.2.0/24
	Until         time.Time
	Reason        string
	IncludingMine bool // also when it contains the actor's own address, or that of the machine itself
}

// Reach is whom a block of a network concerns.
type Reach struct {
	Network  netip.Prefix
	Own      string // an address in it that the actor uses or, at the machine itself, everybody might; "" for none
	Sessions int    // live sessions that were last used from there, which go on
	More     bool   // there may be more
}

// ListBlocks returns a page of the networks that are blocked. It needs sessions.view.
func (s *Service) ListBlocks(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.NetworkBlock], error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return list.Page[sallyport.NetworkBlock]{}, err
	}
	return s.acts.ListBlocks(ctx, actor.TenantID, s.acts.Now(), q)
}

// BlockByID returns one of them. It needs sessions.view.
func (s *Service) BlockByID(ctx context.Context, actor sallyport.Actor, id string) (sallyport.NetworkBlock, error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return sallyport.NetworkBlock{}, err
	}
	return s.acts.Block(ctx, actor.TenantID, id, s.acts.Now())
}

// ReachOf returns whom a block of a network would concern. It needs sessions.view. CodeInvalid
// for what is no network that can be blocked.
func (s *Service) ReachOf(ctx context.Context, actor sallyport.Actor, network string) (Reach, error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return Reach{}, err
	}
	p, wrong := parseBlocked(network)
	if wrong != nil {
		return Reach{}, sallyport.Invalid(*wrong)
	}
	r := Reach{Network: p}
	var err error
	if r.Own, err = ownAddress(ctx, s.acts.Queries, actor, p, s.acts.Now()); err != nil {
		return r, err
	}
	r.Sessions, r.More, err = s.acts.CountSessionsFrom(ctx, actor.TenantID, p, s.acts.Now())
	return r, err
}

// Block keeps a network out until a time: nothing that needs no session begins or goes on from
// there, on known devices no more than on others. Sessions go on. It needs sessions.terminate and
// a step-up. CodeInvalid lists all that is wrong; CodeOwnNetwork names an address of the actor, or
// of the machine itself, which only IncludingMine blocks; ErrConflict with NetworkIsBlocked, or
// with TooManyBlocks.
func (s *Service) Block(ctx context.Context, actor sallyport.Actor, n NewBlock) (b sallyport.NetworkBlock, err error) {
	err = s.acts.Run(ctx, actor, act.Tenant, NeedBlock, func(a *act.Act) error {
		if b, err = n.build(a); err != nil {
			return err
		}
		if err := sure(ctx, a, b.Network, n.IncludingMine); err != nil {
			return err
		}
		blocks, err := a.CountBlocks(ctx, b.TenantID, a.Now)
		if err != nil {
			return err
		}
		if blocks >= mostBlocks {
			return sallyport.Blocked(sallyport.TooManyBlocks)
		}
		a.Note(audit.NetworkBlocked, act.About{Target: b.ID}, "name", NetworkText(b.Network), "until", b.ExpiresAt.Format(time.RFC3339), "reason", b.Reason)
		if err = a.AddBlock(ctx, b); errors.Is(err, sallyport.ErrConflict) {
			err = sallyport.Blocked(sallyport.NetworkIsBlocked)
		}
		return err
	})
	return b, err
}

// Lift ends a block at once. It needs sessions.terminate and a step-up. ErrNotFound for one that
// is over.
func (s *Service) Lift(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.Tenant, NeedBlock, func(a *act.Act) error {
		b, err := a.Block(ctx, actor.TenantID, id, a.Now)
		if err != nil {
			return err
		}
		a.Note(audit.NetworkUnblocked, act.About{Target: id}, "name", NetworkText(b.Network))
		return a.DropBlock(ctx, actor.TenantID, id)
	})
}

// NetworkText is how a network is written: a single address as an address.
func NetworkText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// build returns the block, or CodeInvalid with all that is wrong.
func (n NewBlock) build(a *act.Act) (b sallyport.NetworkBlock, err error) {
	b = sallyport.NetworkBlock{ID: token.NewID(), TenantID: a.Actor.TenantID, CreatedBy: act.By(a.Actor), CreatedAt: a.Now}
	var wrong []sallyport.FieldError
	p, refused := parseBlocked(n.Network)
	if refused != nil {
		wrong = append(wrong, *refused)
	}
	b.Network, b.ExpiresAt = p, n.Until.UTC().Truncate(time.Microsecond)
	switch {
	case !b.ExpiresAt.After(a.Now):
		wrong = append(wrong, sallyport.FieldError{Field: "until", Code: "in_past"})
	case b.ExpiresAt.Sub(a.Now) > LongestBlock:
		wrong = append(wrong, sallyport.FieldError{Field: "until", Code: "block_too_far"})
	}
	b.Reason, err = line.Parse("reason", n.Reason)
	var e *sallyport.Error
	switch {
	case errors.As(err, &e):
		wrong = append(wrong, e.Fields...)
	case b.Reason == "":
		wrong = append(wrong, sallyport.FieldError{Field: "reason", Code: "required"})
	}
	if len(wrong) > 0 {
		return b, sallyport.Invalid(wrong...)
	}
	return b, nil
}

// mapped are the IPv6 addresses that stand for IPv4 ones.
var mapped = netip.MustParsePrefix("::ffff:0:0/96")

// parseBlocked reads a network that can be blocked.
func parseBlocked(text string) (netip.Prefix, *sallyport.FieldError) {
	if text == "" {
		return netip.Prefix{}, &sallyport.FieldError{Field: "network", Code: "required"}
	}
	p, ok := list.ParseNetwork(text)
	switch {
	case !ok:
		return p, &sallyport.FieldError{Field: "network", Code: "invalid_network"}
	case p.Addr().Is4() && p.Bits() < widestIPv4, p.Addr().Is6() && p.Bits() < widestIPv6,
		p.Overlaps(mapped): // an IPv6 network with every IPv4 address in it
		return p, &sallyport.FieldError{Field: "network", Code: "network_too_wide"}
	}
	return p, nil
}

// loopback are the addresses of the machine itself: where a proxy is not configured, everybody
// seems to come from there. machine is the one that a warning names.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

const machine = "127.0.0.1"

// sure returns CodeOwnNetwork for a network in which the actor is themselves, unless they said
// that they mean it.
func sure(ctx context.Context, a *act.Act, p netip.Prefix, including bool) error {
	if including {
		return nil
	}
	address, err := ownAddress(ctx, a.Queries, a.Actor, p, a.Now)
	if err != nil || address == "" {
		return err
	}
	return &sallyport.Error{Code: sallyport.CodeOwnNetwork, Fields: []sallyport.FieldError{{
		Field: "includingMine", Code: "own_network", Args: map[string]string{"address": address},
	}}}
}

// ownAddress returns an address in a network that the actor uses now, or in another live session; or
// that is the machine's own. "" for none.
func ownAddress(ctx context.Context, db store.Queries, actor sallyport.Actor, p netip.Prefix, now time.Time) (string, error) {
	if a, err := netip.ParseAddr(actor.Client.IPAddress); err == nil && p.Contains(a.Unmap().WithZone("")) {
		return a.Unmap().WithZone("").String(), nil
	}
	for _, l := range loopback {
		if p.Overlaps(l) {
			return machine, nil
		}
	}
	if actor.UserID == "" {
		return "", nil
	}
	found, err := db.OwnAddressIn(ctx, actor.TenantID, actor.UserID, p, now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return "", nil
	}
	return found, err
}
