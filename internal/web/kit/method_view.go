package kit

import (
	"cmp"
	"html/template"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// MethodLook is how a method is drawn and spoken of. Texts are message ids; the name
// of a method is "method." with it.
type MethodLook struct {
	Icon    string
	Pitch   string   // what speaks for it where it is offered
	Weak    string   // what is weak about it
	Removal string   // what its owner has to do besides removing it
	Wrong   []string // why its code may not work
	Phone   bool     // a number is asked for before it begins
	Address bool     // the address of the account has to be confirmed before it begins

	Detail func(Speaker, sallyport.Factor) string // nil for where a code goes
	SetUp  func(Speaker, *EnrolView, mfa.Begun, setUpFields)
	Ask    func(Speaker, *FactorView, mfa.Choice, time.Time) // with until when a code works that was sent
}

// MethodLooks has a row for each of [sallyport.Methods].
var MethodLooks = map[string]MethodLook{
	sallyport.MethodWebAuthn: {
		Icon: "fingerprint", Pitch: "enrol.passkeyPitch", Removal: "twoFactor.removePasskey",
		Detail: whereKept, SetUp: setUpPasskey, Ask: askPasskey,
	},
	sallyport.MethodTOTP: {
		Icon: "device-mobile", Pitch: "enrol.appPitch", Wrong: []string{"factor.wrongNext", "factor.wrongClock"}, SetUp: setUpApp, Ask: askApp,
	},
	sallyport.MethodSMS: {
		Icon: "message", Pitch: "enrol.smsPitch", Weak: "twoFactor.smsWeak", Wrong: []string{"factor.wrongNewest"}, Phone: true,
		SetUp: setUpText, Ask: askSent("factor.smsHelp", "factor.smsSend"),
	},
	sallyport.MethodEmail: {
		Icon: "mail", Pitch: "enrol.emailPitch", Weak: "twoFactor.emailWeak", Wrong: []string{"factor.wrongNewest"}, Address: true,
		SetUp: setUpMail, Ask: askSent("factor.emailHelp", "factor.emailSend"),
	},
	sallyport.MethodPush: {
		Icon: "devices", Pitch: "enrol.pushPitch", SetUp: setUpPush, Ask: askPush,
	},
	sallyport.MethodBackupCodes: {Icon: "list-numbers", Wrong: []string{"factor.wrongUsed"}, Ask: askBackupCode},
}

// MethodName names a method in words.
func (s Speaker) MethodName(method string) string {
	if id := "method." + method; s.Has(id) {
		return s.T(id)
	}
	return method
}

// FactorName is what a factor is called: as its owner did, or by its method.
func (s Speaker) FactorName(f sallyport.Factor) string {
	return cmp.Or(f.Name, s.MethodName(f.Method))
}

// DetailOf says where a code goes, or where a passkey is kept.
func (l MethodLook) DetailOf(s Speaker, f sallyport.Factor) string {
	if l.Detail == nil {
		return mfa.Hint(f)
	}
	return l.Detail(s, f)
}

func whereKept(s Speaker, f sallyport.Factor) string {
	if f.BackupEligible || f.BackedUp {
		return s.T("twoFactor.synced")
	}
	return s.T("twoFactor.bound")
}

// setUpFields are the fields that a method can use where it is set up.
type setUpFields struct{ code, name Field }

func setUpApp(s Speaker, v *EnrolView, begun mfa.Begun, f setUpFields) {
	v.Title, v.Lead = s.T("enrol.appHeading"), s.T("enrol.appLead")
	f.name.Hint, f.code.Hint = s.T("enrol.appNameHint"), s.T("enrol.appCodeHint")
	v.App = &appView{
		QR: template.HTML(begun.QRSVG), URI: template.URL(begun.URI), //nolint:gosec // both are made by package factor, of escaped text
		Groups: begun.Groups, Secret: begun.Secret, Until: s.ClockAt(begun.Factor.ExpiresAt.Sub(s.Now)), Code: f.code, Name: f.name,
	}
}

func setUpPasskey(s Speaker, v *EnrolView, begun mfa.Begun, f setUpFields) {
	v.Title, v.Lead = s.T("enrol.passkeyHeading"), s.T("enrol.passkeyLead")
	f.name.Hint = s.T("enrol.passkeyNameHint")
	v.Passkey = &passkeyView{Options: string(begun.Options), Name: f.name}
}

func setUpText(s Speaker, v *EnrolView, begun mfa.Begun, f setUpFields) {
	v.waitForCode(s, begun, s.T("enrol.smsCodeHeading"), f)
	v.Code.Other = &Anchor{Text: s.T("enrol.otherNumber"), Path: WithNext(v.PhonePath, v.Next)}
}

func setUpMail(s Speaker, v *EnrolView, begun mfa.Begun, f setUpFields) {
	v.waitForCode(s, begun, s.T("enrol.emailHeading"), f)
}

func setUpPush(s Speaker, v *EnrolView, begun mfa.Begun, f setUpFields) {
	v.waitForCode(s, begun, s.T("enrol.pushHeading"), f)
	v.Lead = s.T("enrol.pushLead", "Time", s.ClockAt(begun.CodeUntil.Sub(s.Now)))
}

func (v *EnrolView) waitForCode(s Speaker, begun mfa.Begun, title string, f setUpFields) {
	v.Title, v.Code = title, &sentView{Code: f.code}
	v.Lead = s.T("enrol.sent", "To", begun.SentTo, "Time", s.ClockAt(begun.CodeUntil.Sub(s.Now)))
}

func askApp(s Speaker, v *FactorView, choice mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.totpHelp")
	if choice.Name != "" {
		v.Help = s.T("factor.totpHelpOf", "Name", choice.Name)
	}
	v.focusCode(CodeField("code", s.T("factor.code")))
}

func askPasskey(s Speaker, v *FactorView, _ mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.passkeyHelp")
	v.Passkey = &PasskeyForm{
		Path: v.Path, Options: v.SendPath, Keep: v.Keep, Text: s.T("factor.passkeyAct"), Primary: true, Focus: true,
	}
}

// askSent asks for a code that is sent: first there is the button, then the field.
func askSent(help, send string) func(Speaker, *FactorView, mfa.Choice, time.Time) {
	return func(s Speaker, v *FactorView, choice mfa.Choice, until time.Time) {
		v.Help, v.Send = s.T(help), s.T(send, "To", choice.Hint)
		if !until.IsZero() {
			v.wasSent(s, choice.Hint, until)
		}
	}
}

// askPush offers to ask other devices. What they were asked is shown by [FactorView.Await].
func askPush(s Speaker, v *FactorView, _ mfa.Choice, _ time.Time) {
	v.Help, v.Send = s.T("factor.pushHelp"), s.T("factor.pushSend")
}

func askBackupCode(s Speaker, v *FactorView, _ mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.backupHelp")
	v.focusCode(backupCodeField("code", s.T("factor.backupCode")))
}
