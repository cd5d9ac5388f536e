package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// usedBackupCode reports whether a backup code was what somebody passed with.
func usedBackupCode(used *mfa.Used) bool {
	return used != nil && used.Method == sallyport.MethodBackupCodes
}

// noteBackupCode leaves word of how many backup codes are left after one was used.
func noteBackupCode(v *visit, used *mfa.Used) {
	if usedBackupCode(used) {
		flash(v, "flash.backupCodeUsed", used.Left)
	}
}

// afterBackupCode returns where to go after a sign-in or a step-up: past a page that
// offers new codes when few are left.
func afterBackupCode(v *visit, used *mfa.Used, next string) string {
	if usedBackupCode(used) && used.Left <= fewCodes {
		return withNext(codesLeftPath, next)
	}
	noteBackupCode(v, used)
	return next
}

// codesLeftView warns that few backup codes are left.
type codesLeftView struct {
	Title, Lead string
	Make, Later anchor
}

// codesLeft is the page after one of the last backup codes was used.
func (p *Pages) codesLeft(v *visit) error {
	next := localPath(v.r.FormValue("next"))
	own, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	if !own.Codes || own.CodesLeft > fewCodes {
		redirect(v, next)
		return nil
	}
	view := viewCodesLeft(v.speaker, own.CodesLeft, next)
	return p.show(v, http.StatusOK, "factor_codes_left", view.Title, view)
}

func viewCodesLeft(s speaker, left int, next string) *codesLeftView {
	v := &codesLeftView{
		Title: s.N("codesLeft.heading", left), Lead: s.T("codesLeft.lead"),
		Make: anchor{Text: s.T("codesLeft.make"), Path: newCodesPath}, Later: anchor{Text: s.T("codesLeft.later"), Path: next},
	}
	if left == 0 {
		v.Title, v.Lead = s.T("codesLeft.none"), s.T("codesLeft.noneLead")
	}
	return v
}
