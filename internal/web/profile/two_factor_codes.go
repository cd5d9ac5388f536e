package profile

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// backupCodesAsk asks before new backup codes take the place of the old ones.
func (p *Pages) backupCodesAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	all, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if !all.Enabled || !all.Codes {
		v.Redirect(kit.TwoFactorSection)
		return nil, nil
	}
	if err := p.MayAct(v, policy.BackupCodes); err != nil {
		return nil, err
	}
	return askCodes(v.Speaker, all), nil
}

func askCodes(s kit.Speaker, all mfa.Factors) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID: "new-codes", Text: s.T("twoFactor.codesNew"), Calm: true, Path: kit.NewCodesPath, Back: kit.TwoFactorSection,
		Title: s.T("codes.askTitle"), Act: s.T("codes.askAct"), Lines: []string{s.T("codes.askText")},
	}
	if all.CodesLeft > 0 {
		v.Lines = append(v.Lines, s.N("codes.askEnd", all.CodesLeft))
	}
	return v
}

// backupCodesMake makes them. They are part of the answer, because they are shown
// this once.
func (p *Pages) backupCodesMake(v *kit.Visit) error {
	codes, err := p.Factors.NewBackupCodes(v.R.Context(), p.Actor(v))
	if errors.Is(err, sallyport.ErrConflict) { // turned off meanwhile
		v.Redirect(kit.TwoFactorSection)
		return nil
	}
	if err != nil {
		return err
	}
	view := kit.ViewCodes(v.Speaker, v.Tenant.Name, v.Checked.User.Email, codes)
	return p.Show(v, http.StatusOK, "two_factor_codes", view.Title, view)
}

// backupCodesSaved takes the word of somebody that they have saved them.
func (p *Pages) backupCodesSaved(v *kit.Visit) error {
	if err := p.Factors.CodesSaved(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	return p.PastCodes(v)
}
