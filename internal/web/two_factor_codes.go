package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
)

// backupCodesAsk asks before new backup codes take the place of the old ones.
func (p *Pages) backupCodesAsk(v *visit) error {
	all, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	if !all.Enabled || !all.Codes {
		redirect(v, twoFactorSection)
		return nil
	}
	if err := p.mayAct(v, policy.BackupCodes); err != nil {
		return err
	}
	view := askCodes(v.speaker, all)
	return p.show(v, http.StatusOK, "two_factor_codes_ask", view.Title, view)
}

// codesAskView asks before backup codes are made.
type codesAskView struct {
	Path, Back string
	Title      string
	Lines      []string
	Act        string
}

func askCodes(s speaker, all mfa.Factors) codesAskView {
	v := codesAskView{
		Path: newCodesPath, Back: twoFactorSection,
		Title: s.T("codes.askTitle"), Act: s.T("codes.askAct"), Lines: []string{s.T("codes.askText")},
	}
	if all.CodesLeft > 0 {
		v.Lines = append(v.Lines, s.N("codes.askEnd", all.CodesLeft))
	}
	return v
}

// backupCodesMake makes them. They are part of the answer, because they are shown
// this once.
func (p *Pages) backupCodesMake(v *visit) error {
	codes, err := p.Factors.NewBackupCodes(v.r.Context(), p.actor(v))
	if errors.Is(err, sallyport.ErrConflict) { // turned off meanwhile
		redirect(v, twoFactorSection)
		return nil
	}
	if err != nil {
		return err
	}
	view := viewCodes(v.speaker, v.tenant.Name, v.checked.User.Email, codes)
	return p.show(v, http.StatusOK, "two_factor_codes", view.Title, view)
}

// codesSaved goes on after somebody said that they have saved their codes.
func (p *Pages) codesSaved(v *visit) error {
	next := localPath(formOf(v, "next"))
	flash(v, "flash.codesSaved", 0)
	if next == homePath {
		next = twoFactorSection
	}
	redirect(v, next)
	return nil
}

// codesView shows backup codes, once.
type codesView struct {
	Title        string
	Lead         string
	Done         string // what was done besides, "" for nothing
	Codes        []string
	Organisation string
	Email        string
	Made         string
	File         string // name of the file to keep them in
	Path         string // where the tick is sent
	Next         string
}

func viewCodes(s speaker, organisation, email string, codes []string) *codesView {
	return &codesView{
		Title: s.T("codes.heading"), Lead: s.T("codes.lead"), Codes: codes,
		Organisation: organisation, Email: email, Made: s.T("codes.made", "Date", s.Date(s.now, s.zone)),
		File: "backup-codes.txt", Path: codesSavedPath, Next: homePath,
	}
}
