package web

import (
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// factorView asks for a second factor.
type factorView struct {
	Title, Lead  string
	Email        string // whose account it is
	Path         string
	SendPath     string
	Keep         []kept
	ErrorSummary *errorSummary
	Notice       *notice
	Icon, Name   string // of the method
	Help         string // what to do
	Code         *field // nil for a passkey, and where a code has to be sent first
	Send         string // text of the button that sends a code, "" for other methods
	Sent         string // where a code went and until when it works
	Passkey      *passkeyForm
	Others       []factorLink
	Back         anchor
}

// factorLink is another way to pass.
type factorLink struct{ Icon, Text, Note, Path string }

// passkeyForm is a form that passkey.js sends with the answer of a passkey.
type passkeyForm struct {
	Path    string // where the answer goes
	Options string // where what it is to sign comes from
	Keep    []kept
	Text    string // of the button
	Primary bool   // the button is the main one of the page
	Fill    string // id of the field that offers passkeys as one types, "" for none
	Focus   bool
	Error   string // why the last one was refused
}

func viewFactor(s speaker, at challenge, email string, choices []mfa.Choice, c chosen) *factorView {
	choice, others := c.choose(choices)
	v := &factorView{
		Title: s.T("factor.heading"), Lead: at.lead, Email: email, Path: at.path, SendPath: at.path + "/send", Back: at.back,
		Keep: append([]kept{{"method", choice.Method}, {"factor", choice.FactorID}}, at.keep...),
		Icon: methodLooks[choice.Method].icon, Name: s.methodName(choice.Method),
	}
	methodLooks[choice.Method].ask(s, v, choice, c.until)
	for _, o := range others {
		v.Others = append(v.Others, viewFactorLink(s, at, o))
	}
	return v
}

// wasSent is the page once a code went to where it is read.
func (v *factorView) wasSent(s speaker, to string, until time.Time) {
	v.Help, v.Send = s.T("factor.sentHelp"), s.T("factor.sendAgain")
	v.Sent = s.T("factor.sent", "To", to, "Time", s.clockAt(until.Sub(s.now)))
	v.focusCode(codeField("code", s.T("factor.code")))
	v.Keep = append(v.Keep, kept{"until", strconv.FormatInt(until.Unix(), 10)})
}

func (v *factorView) focusCode(code field) {
	code.Focus = true
	v.Code = &code
}

func viewFactorLink(s speaker, at challenge, c mfa.Choice) factorLink {
	l := factorLink{
		Icon: methodLooks[c.Method].icon, Text: s.methodName(c.Method), Note: c.Hint,
		Path: at.address(at.path, "method", c.Method, "factor", c.FactorID),
	}
	switch {
	case c.Method == sallyport.MethodBackupCodes:
		l.Text, l.Note = s.T("factor.useBackup"), s.N("factor.left", c.Left)
	case l.Note == "":
		l.Note = c.Name
	}
	return l
}

// refuse says what was wrong: beside the field where it is about what was typed, at
// the top where it is not.
func (v *factorView) refuse(s speaker, err *sallyport.Error) {
	switch err.Code {
	case sallyport.CodeAccountLocked:
		v.fail(&errorSummary{Title: s.T("factor.lockedTitle"), Text: s.T("factor.lockedText", "Time", s.clockAt(err.RetryAfter))})
		return
	case sallyport.CodeRateLimited:
		v.fail(&errorSummary{Title: s.T("factor.limitedTitle"), Text: s.T("factor.limitedText", "Time", s.clockAt(err.RetryAfter))})
		return
	}
	text, suspended := s.T("rule.invalid"), false
	if len(err.Fields) > 0 {
		text = s.Rule(err.Fields[0])
		suspended = err.Fields[0].Code == "passkey_suspended"
	}
	switch {
	case suspended && v.Passkey == nil: // the page is that of another way by now
		v.fail(&errorSummary{Title: s.T("factor.failedTitle"), Text: text})
	case v.Code != nil && err.Code == sallyport.CodeMFAFailed:
		v.Code.Errors = append(v.Code.Errors, text)
	case v.Passkey != nil:
		v.Passkey.Error = text
	default:
		v.fail(&errorSummary{Title: s.T("factor.failedTitle"), Text: text})
	}
}

// fail puts a problem on the card and the focus on the problem.
func (v *factorView) fail(p *errorSummary) {
	v.ErrorSummary = p
	if v.Code != nil {
		v.Code.Focus = false
	}
	if v.Passkey != nil {
		v.Passkey.Focus = false
	}
}

// passkeyProblem says why a passkey was refused, in one sentence.
func passkeyProblem(s speaker, err error) string {
	var refused *sallyport.Error
	if !errors.As(err, &refused) {
		return s.T("signIn.failedText")
	}
	switch {
	case refused.Code == sallyport.CodeRateLimited || refused.Code == sallyport.CodeAccountLocked:
		return s.T("factor.limitedText", "Time", s.clockAt(refused.RetryAfter))
	case len(refused.Fields) > 0:
		return s.Rule(refused.Fields[0])
	}
	return s.T("signIn.failedText")
}
