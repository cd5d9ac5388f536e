package web

import (
	"cmp"
	"html/template"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// methodLook is how a method is drawn and spoken of. Texts are message ids; the name
// of a method is "method." with it.
type methodLook struct {
	icon    string
	pitch   string // what speaks for it where it is offered
	weak    string // what is weak about it
	removal string // what its owner has to do besides removing it
	phone   bool   // a number is asked for before it begins
	address bool   // the address of the account has to be confirmed before it begins

	detail func(speaker, sallyport.Factor) string // nil for where a code goes
	setUp  func(speaker, *enrolView, mfa.Begun, setUpFields)
	ask    func(speaker, *factorView, mfa.Choice, time.Time) // with until when a code works that was sent
}

// methodLooks has a row for each of [sallyport.Methods].
var methodLooks = map[string]methodLook{
	sallyport.MethodWebAuthn: {
		icon: "fingerprint", pitch: "enrol.passkeyPitch", removal: "twoFactor.removePasskey",
		detail: whereKept, setUp: setUpPasskey, ask: askPasskey,
	},
	sallyport.MethodTOTP: {icon: "device-mobile", pitch: "enrol.appPitch", setUp: setUpApp, ask: askApp},
	sallyport.MethodSMS: {
		icon: "message", pitch: "enrol.smsPitch", weak: "twoFactor.smsWeak", phone: true,
		setUp: setUpText, ask: askSent("factor.smsHelp", "factor.smsSend"),
	},
	sallyport.MethodEmail: {
		icon: "mail", pitch: "enrol.emailPitch", weak: "twoFactor.emailWeak", address: true,
		setUp: setUpMail, ask: askSent("factor.emailHelp", "factor.emailSend"),
	},
	sallyport.MethodBackupCodes: {icon: "list-numbers", ask: askBackupCode},
}

// methodName names a method in words.
func (s speaker) methodName(method string) string {
	if id := "method." + method; s.Has(id) {
		return s.T(id)
	}
	return method
}

// factorName is what a factor is called: as its owner did, or by its method.
func (s speaker) factorName(f sallyport.Factor) string {
	return cmp.Or(f.Name, s.methodName(f.Method))
}

// detailOf says where a code goes, or where a passkey is kept.
func (l methodLook) detailOf(s speaker, f sallyport.Factor) string {
	if l.detail == nil {
		return mfa.Hint(f)
	}
	return l.detail(s, f)
}

func whereKept(s speaker, f sallyport.Factor) string {
	if f.BackupEligible || f.BackedUp {
		return s.T("twoFactor.synced")
	}
	return s.T("twoFactor.bound")
}

// setUpFields are the fields that a method can use where it is set up.
type setUpFields struct{ code, name field }

func setUpApp(s speaker, v *enrolView, begun mfa.Begun, f setUpFields) {
	v.Title, v.Lead = s.T("enrol.appHeading"), s.T("enrol.appLead")
	f.name.Hint, f.code.Hint = s.T("enrol.appNameHint"), s.T("enrol.appCodeHint")
	v.App = &appView{
		QR: template.HTML(begun.QRSVG), URI: template.URL(begun.URI), //nolint:gosec // both are made by package factor, of escaped text
		Groups: begun.Groups, Secret: begun.Secret, Until: s.clockAt(begun.Factor.ExpiresAt.Sub(s.now)), Code: f.code, Name: f.name,
	}
}

func setUpPasskey(s speaker, v *enrolView, begun mfa.Begun, f setUpFields) {
	v.Title, v.Lead = s.T("enrol.passkeyHeading"), s.T("enrol.passkeyLead")
	f.name.Hint = s.T("enrol.passkeyNameHint")
	v.Passkey = &passkeyView{Options: string(begun.Options), Name: f.name}
}

func setUpText(s speaker, v *enrolView, begun mfa.Begun, f setUpFields) {
	v.waitForCode(s, begun, s.T("enrol.smsCodeHeading"), f)
	v.Code.Other = &anchor{Text: s.T("enrol.otherNumber"), Path: withNext(v.PhonePath, v.Next)}
}

func setUpMail(s speaker, v *enrolView, begun mfa.Begun, f setUpFields) {
	v.waitForCode(s, begun, s.T("enrol.emailHeading"), f)
}

func (v *enrolView) waitForCode(s speaker, begun mfa.Begun, title string, f setUpFields) {
	v.Title, v.Code = title, &sentView{Code: f.code}
	v.Lead = s.T("enrol.sent", "To", begun.SentTo, "Time", s.clockAt(begun.CodeUntil.Sub(s.now)))
}

func askApp(s speaker, v *factorView, choice mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.totpHelp")
	if choice.Name != "" {
		v.Help = s.T("factor.totpHelpOf", "Name", choice.Name)
	}
	v.focusCode(codeField("code", s.T("factor.code")))
}

func askPasskey(s speaker, v *factorView, _ mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.passkeyHelp")
	v.Passkey = &passkeyForm{
		Path: v.Path, Options: v.SendPath, Keep: v.Keep, Text: s.T("factor.passkeyAct"), Primary: true, Focus: true,
	}
}

// askSent asks for a code that is sent: first there is the button, then the field.
func askSent(help, send string) func(speaker, *factorView, mfa.Choice, time.Time) {
	return func(s speaker, v *factorView, choice mfa.Choice, until time.Time) {
		v.Help, v.Send = s.T(help), s.T(send, "To", choice.Hint)
		if !until.IsZero() {
			v.wasSent(s, choice.Hint, until)
		}
	}
}

func askBackupCode(s speaker, v *factorView, _ mfa.Choice, _ time.Time) {
	v.Help = s.T("factor.backupHelp")
	v.focusCode(backupCodeField("code", s.T("factor.backupCode")))
}
