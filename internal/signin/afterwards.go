package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
)

// Afterwards is a page that is shown once, between a sign-in and where it was going.
type Afterwards string

// Pages after a sign-in.
const (
	SaveCodes    Afterwards = "save_codes"    // once for each set of backup codes that nobody has saved
	OfferPasskey Afterwards = "offer_passkey" // once for each device
)

// arrival is what afterwards decides by.
type arrival struct {
	Unsaved    bool // backup codes that were made before this sign-in
	ByPassword bool
	Able       bool // the browser can make passkeys
	Allowed    bool // by policy and by the address of the installation
	HasPasskey bool
	Trusted    bool // the device, enough to set a second factor up on it
	Recovering bool // somebody had lost a proof, or has a password that they never signed in with
	Urgent     bool // the sign-in demanded something of them already
	Doubtful   bool // it looked unusual
}

// afterwards returns the pages that may be shown, most useful first. People who just got back
// into their account, or had to do something on the way, are left in peace.
func afterwards(f arrival) []Afterwards {
	var pages []Afterwards
	if f.Unsaved {
		pages = append(pages, SaveCodes)
	}
	if f.ByPassword && f.Able && f.Allowed && !f.HasPasskey && f.Trusted && !f.Recovering && !f.Urgent && !f.Doubtful {
		pages = append(pages, OfferPasskey)
	}
	return pages
}

// arrival gathers the facts at the end of a sign-in, with its device settled.
func (s *stage) arrival() arrival {
	least := sallyport.TrustLow
	if s.standing.Had { // a first second factor can be added at any level
		least = max(least, sallyport.TrustLevel(s.policy.DeviceMinTrust))
	}
	f := arrival{
		Unsaved: s.standing.Unsaved() && s.standing.Codes.VerifiedAt.Before(s.flow.CreatedAt), ByPassword: s.memory.Password, Able: s.Passkeys,
		Allowed: slices.Contains(s.standing.Methods, sallyport.MethodWebAuthn), Trusted: policy.Trust(s.policy, s.device.Device, s.now) >= least,
		Recovering: s.Reopen != "" || s.NewPassword || s.Method == sallyport.MethodBackupCodes,
		Urgent:     s.chosen.Hash != "" || s.verified != nil, Doubtful: s.assessment().Score >= risk.Unusual,
	}
	for _, v := range s.standing.Live {
		f.HasPasskey = f.HasPasskey || v.Method == sallyport.MethodWebAuthn && v.Status != sallyport.FactorPending
		f.Urgent = f.Urgent || v.VerifiedAt.After(s.flow.CreatedAt)
	}
	return f
}

// goPast chooses the page to show after the sign-in, if any, and remembers that it was shown.
func (s *stage) goPast(ctx context.Context, a *act.Act, r *Result) error {
	if !s.ShowsPages {
		return nil
	}
	for _, page := range afterwards(s.arrival()) {
		err := s.shown(ctx, a, page)
		if errors.Is(err, sallyport.ErrNotFound) { // it was before
			continue
		}
		r.Afterwards = page
		return err
	}
	return nil
}

func (s *stage) shown(ctx context.Context, a *act.Act, page Afterwards) error {
	if page == SaveCodes {
		return a.RemindOfBackupCodes(ctx, s.user.TenantID, s.standing.Codes.ID, s.now)
	}
	return a.OfferPasskey(ctx, s.user.TenantID, s.device.ID, s.now)
}

// CodesSaved takes the word of somebody on the way in that they have saved the backup codes that
// they were shown, and returns where the flow stands. Whoever proved no second factor in it was shown
// none.
func (m *Machine) CodesSaved(ctx context.Context, from From, flowToken string) (Result, error) {
	s, err := m.load(ctx, from, flowToken)
	if err != nil {
		return Result{}, err
	}
	if s.FactorProven {
		err = m.onUser(ctx, s, func(a *act.Act) error { return mfa.Saved(ctx, a) })
	}
	if err != nil {
		return Result{}, err
	}
	return m.Look(ctx, from, flowToken)
}
