package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// usedBackupCode reports whether a backup code was what somebody passed with.
func usedBackupCode(used *mfa.Used) bool {
	return used != nil && used.Method == sallyport.MethodBackupCodes
}

// noteBackupCode leaves word of how many backup codes are left after one was used.
func noteBackupCode(v *kit.Visit, used *mfa.Used) {
	if usedBackupCode(used) {
		v.Flash("flash.backupCodeUsed", used.Left)
	}
}

// afterBackupCode returns where to go after a sign-in or a step-up: past a page that
// offers new codes when few are left.
func afterBackupCode(v *kit.Visit, used *mfa.Used, next string) string {
	if usedBackupCode(used) && used.Left <= kit.FewCodes {
		return kit.WithNext(codesLeftPath, next)
	}
	noteBackupCode(v, used)
	return next
}

// codesLeftView warns that few backup codes are left, or that nobody has saved them.
type codesLeftView struct {
	Title, Lead string
	Make, Later kit.Anchor
	Saved       *kit.Anchor // says that they are saved; nil where that is known
	Next        string
}

// codesLeft is the page after one of the last backup codes was used, and after a sign-in to an
// account whose codes nobody has saved.
func (p *Pages) codesLeft(v *kit.Visit) error {
	next := kit.LocalPath(v.R.FormValue("next"))
	own, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	var view *codesLeftView
	switch {
	case own.Codes && own.Unsaved:
		view = viewCodesUnsaved(v.Speaker, next)
	case own.Codes && own.CodesLeft <= kit.FewCodes:
		view = viewCodesLeft(v.Speaker, own.CodesLeft, next)
	default:
		v.Redirect(next)
		return nil
	}
	return p.Show(v, http.StatusOK, "factor_codes_left", view.Title, view)
}

func viewCodesLeft(s kit.Speaker, left int, next string) *codesLeftView {
	v := &codesLeftView{
		Title: s.N("codesLeft.heading", left), Lead: s.T("codesLeft.lead"),
		Make: kit.Anchor{Text: s.T("codesLeft.make"), Path: kit.NewCodesPath}, Later: kit.Anchor{Text: s.T("codesLeft.later"), Path: next},
	}
	if left == 0 {
		v.Title, v.Lead = s.T("codesLeft.none"), s.T("codesLeft.noneLead")
	}
	return v
}

func viewCodesUnsaved(s kit.Speaker, next string) *codesLeftView {
	v := viewCodesLeft(s, kit.FewCodes, next)
	v.Title, v.Lead = s.T("verdict.unsavedTitle"), s.T("verdict.unsavedText")
	v.Saved, v.Next = &kit.Anchor{Text: s.T("verdict.unsavedSaved"), Path: kit.CodesSavedPath}, next
	return v
}
