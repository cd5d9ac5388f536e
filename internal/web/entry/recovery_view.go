package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// recoveryView asks for the address that a link for a new password goes to.
type recoveryView struct {
	Email        kit.Field
	ErrorSummary *kit.ErrorSummary
}

func newRecoveryView(s kit.Speaker, address string) *recoveryView {
	v := &recoveryView{Email: kit.EmailField(s.Printer, "email", address)}
	v.Email.Focus = true
	return v
}

// again says why nothing was sent, and puts the focus there.
func (v *recoveryView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	switch {
	case err == nil:
		return
	case err.Code == sallyport.CodeRateLimited:
		v.ErrorSummary = recoveryLimited(s, err)
	default:
		v.ErrorSummary = kit.Problems(s.Printer, err, &v.Email)
	}
	v.Email.Focus = false
}

// recoveryLimited says that a network asks too often, and when to come back.
func recoveryLimited(s kit.Speaker, err *sallyport.Error) *kit.ErrorSummary {
	return &kit.ErrorSummary{Title: s.T("recovery.limitedTitle"), Text: s.T("recovery.limitedText"), Wait: s.WaitFor(err)}
}

// recoverySentView reads the same whether or not anybody has the address.
type recoverySentView struct {
	Email string
	Again string // when it was sent once more, "" the first time
}

func viewRecoverySent(s kit.Speaker, address string, again bool) recoverySentView {
	v := recoverySentView{Email: address}
	if again {
		v.Again = s.T("recovery.sentAgain", "Time", s.ClockAt(0))
	}
	return v
}
