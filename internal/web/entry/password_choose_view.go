package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// choosePasswordView is the card on which somebody chooses a new password without
// being asked for the current one: a link or the sign-in has proven who they are.
type choosePasswordView struct {
	Path         string
	Next         string // local path to go on to, "" when there is a rule for it
	Account      string // whose password it is
	Lead         string
	Notice       *kit.Notice // why, when nobody asked for it
	New          kit.Field
	Confirm      kit.Field
	Act          string
	ErrorSummary *kit.ErrorSummary
}

func newChoosePasswordView(s kit.Speaker, path, account string, policy sallyport.Policy) *choosePasswordView {
	v := &choosePasswordView{
		Path:    path,
		Account: account,
		New:     kit.PasswordField("newPassword", s.T("field.newPassword"), "new-password"),
		Confirm: kit.PasswordField("confirmPassword", s.T("field.confirmPassword"), "new-password"),
	}
	v.New.Demand(s.Printer, policy)
	v.New.Focus = true
	v.Confirm.Confirms = v.New.Name
	return v
}

// viewReset is the page of a link for a new password.
func viewReset(s kit.Speaker, path, account string, policy sallyport.Policy) *choosePasswordView {
	v := newChoosePasswordView(s, path, account, policy)
	v.Lead, v.Act = s.T("passwordNew.resetLead"), s.T("passwordNew.resetAct")
	return v
}

// viewMustChange is the step of a sign-in whose password has to go first.
func viewMustChange(s kit.Speaker, account, next string, policy sallyport.Policy) *choosePasswordView {
	v := newChoosePasswordView(s, newPasswordPath, account, policy)
	v.Next, v.Lead, v.Act = next, s.T("passwordNew.mustLead"), s.T("passwordNew.mustAct")
	v.Notice = &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: s.T("passwordNew.mustTitle"), Text: s.T("passwordNew.mustText")}
	return v
}

// again marks what was wrong and puts the focus on it.
func (v *choosePasswordView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	if err == nil {
		return
	}
	v.ErrorSummary = kit.Problems(s.Printer, err, &v.New, &v.Confirm)
	v.New.Focus = false
}
