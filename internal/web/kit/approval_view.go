package kit

import (
	"strconv"

	"github.com/sallyport/sallyport/internal/mfa"
)

// ApprovalView waits until another device has approved: approve.js asks, and a button does without scripts.
type ApprovalView struct {
	Number   string
	Look     string // what to do with it
	Until    string
	Nothing  string // what to do where no notification comes
	State    string // address that says how it stands
	Approved bool   // it goes on by itself
	Said     string // nobody has yet
}

// Await shows what the other devices were asked for, and how that stands. state is where to ask for it.
func (v *FactorView) Await(s Speaker, w mfa.Waiting, state, address string) {
	v.Send = s.T("factor.pushAgain")
	switch w.State {
	case mfa.ApprovalWaiting, mfa.ApprovalApproved:
		v.Help = ""
		v.Approval = &ApprovalView{
			Number: strconv.Itoa(w.Number), Look: s.T("factor.pushLook"), Until: s.T("factor.pushUntil", "Time", s.ClockAt(w.Until.Sub(s.Now))),
			Nothing: s.T("factor.pushNothing", "Address", address), State: state, Approved: w.State == mfa.ApprovalApproved,
		}
	case mfa.ApprovalWrong:
		v.ErrorSummary = &ErrorSummary{Title: s.T("approve.wrongTitle"), Text: s.T("factor.pushWrong")}
	default:
		v.ErrorSummary = &ErrorSummary{Title: s.T("approve.expiredTitle"), Text: s.T("factor.pushExpired")}
	}
}
