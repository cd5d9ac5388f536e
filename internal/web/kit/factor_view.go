package kit

import (
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
)

// FactorView asks for a second factor.
type FactorView struct {
	Title, Lead  string
	Email        string // whose account it is
	Path         string
	SendPath     string
	Keep         []Kept
	ErrorSummary *ErrorSummary
	Notice       *Notice
	Method       string
	Icon, Name   string   // of the method
	Help         string   // what to do
	Code         *Field   // nil for a passkey, and where a code has to be sent first
	Send         string   // text of the button that sends a code, "" for other methods
	Sent         string   // where a code went and until when it works
	Advice       []string // why a code may not work, once one did not
	Passkey      *PasskeyForm
	Approval     *ApprovalView // what other devices were asked for
	Others       []FactorLink
	Back         Anchor
}

// FactorLink is another way to pass.
type FactorLink struct{ Method, Icon, Text, Note, Path string }

// PasskeyForm is a form that passkey.js sends with the answer of a passkey.
type PasskeyForm struct {
	Path    string // where the answer goes
	Options string // where what it is to sign comes from
	Keep    []Kept
	Text    string // of the button
	Primary bool   // the button is the main one of the page
	Fill    string // id of the field that offers passkeys as one types, "" for none
	Focus   bool
	Error   string // why the last one was refused
}

// wasSent is the page once a code went to where it is read.
func (v *FactorView) wasSent(s Speaker, to string, until time.Time) {
	v.Help, v.Send = s.T("factor.sentHelp"), s.T("factor.sendAgain")
	v.Sent = s.T("factor.sent", "To", to, "Time", s.ClockAt(until.Sub(s.Now)))
	v.focusCode(CodeField("code", s.T("factor.code")))
	v.Keep = append(v.Keep, Kept{"until", strconv.FormatInt(until.Unix(), 10)})
}

func (v *FactorView) focusCode(code Field) {
	code.Focus = true
	v.Code = &code
}

// Refuse says what was wrong: beside the field where it is about what was typed, at
// the top where it is not.
func (v *FactorView) Refuse(s Speaker, err *sallyport.Error) {
	switch err.Code {
	case sallyport.CodeAccountLocked:
		v.fail(s.Waiting(err, "factor.lockedTitle", "factor.suspendedText"))
		return
	case sallyport.CodeRateLimited:
		v.fail(s.Waiting(err, "factor.limitedTitle", "factor.suspendedText"))
		if sallyport.MethodOf(v.Method).Elsewhere {
			v.Help, v.Send, v.Approval = s.T("factor.pushLimited"), "", nil
		}
		return
	}
	if v.Approval != nil && len(err.Fields) > 0 && err.Fields[0].Code == "approval_waiting" {
		v.Approval.Said = s.Rule(err.Fields[0])
		return
	}
	text, suspended := s.T("rule.invalid"), false
	if len(err.Fields) > 0 {
		text = s.Rule(err.Fields[0])
		suspended = err.Fields[0].Code == "passkey_suspended" || err.Fields[0].Code == "factor_tampered"
	}
	switch {
	case suspended && v.Passkey == nil: // the page is that of another way by now
		v.fail(&ErrorSummary{Title: s.T("factor.failedTitle"), Text: text})
	case v.Code != nil && err.Code == sallyport.CodeMFAFailed:
		v.Code.Errors = append(v.Code.Errors, text)
		v.Advice = v.advise(s, err.Fields)
	case v.Passkey != nil:
		v.Passkey.Error = text
	default:
		v.fail(&ErrorSummary{Title: s.T("factor.failedTitle"), Text: text})
	}
}

// advise says why a code may not work. A rule that says it itself is not explained.
func (v *FactorView) advise(s Speaker, about []sallyport.FieldError) []string {
	if len(about) > 0 && about[0].Code != "wrong_code" {
		return nil
	}
	var out []string
	for _, id := range MethodLooks[v.Method].Wrong {
		out = append(out, s.T(id))
	}
	if slices.ContainsFunc(v.Others, func(l FactorLink) bool { return l.Method == sallyport.MethodBackupCodes }) {
		out = append(out, s.T("factor.wrongBackup"))
	}
	return append(out, s.T("factor.wrongAdmin"))
}

// fail puts a problem on the card and the focus on the problem.
func (v *FactorView) fail(p *ErrorSummary) {
	v.ErrorSummary = p
	if v.Code != nil {
		v.Code.Focus = false
	}
	if v.Passkey != nil {
		v.Passkey.Focus = false
	}
}
