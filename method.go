package sallyport

import "slices"

// Method types of second factors, as policy, the API and events name them.
const (
	MethodTOTP        = "totp"
	MethodWebAuthn    = "webauthn"
	MethodSMS         = "sms"
	MethodEmail       = "email"
	MethodBackupCodes = "backup_codes"
)

// Method is one way to pass the second factor. What people read of it has the ids
// "method." and "mail.method." with its name; what it does is in package mfa.
type Method struct {
	Name    string
	Rank    int  // 1 is the strongest, which is offered first
	Alone   bool // stands for the password as well where it verified its user
	Asked   bool // an answer takes a request first: something is sent, or the options of a passkey are made
	Sent    bool // what is sent is a code, which can be read on the way: weaker than the others
	Shared  bool // any one that an account has answers for all of them: they are one choice
	StandIn bool // stands in for another method: alone it makes no sign-in two-factor
}

// Methods is THE table of methods, in the order that policy lists them. The ranks
// are those of NIST SP 800-63B-4: what resists phishing (section 3.2.5) before
// what can be typed into a wrong page, and that before what a network carries
// (section 3.1.3).
var Methods = []Method{
	{Name: MethodTOTP, Rank: 2, Shared: true},
	{Name: MethodWebAuthn, Rank: 1, Alone: true, Asked: true, Shared: true},
	{Name: MethodSMS, Rank: 3, Asked: true, Sent: true},
	{Name: MethodEmail, Rank: 4, Asked: true, Sent: true},
	{Name: MethodBackupCodes, Rank: 5, Shared: true, StandIn: true},
}

// MethodOf returns the row of a method, and one with only its name for a method
// that this version does not know: such a factor proves nothing, and the account
// that has it is not one with a password only.
func MethodOf(name string) Method {
	if i := slices.IndexFunc(Methods, func(m Method) bool { return m.Name == name }); i >= 0 {
		return Methods[i]
	}
	return Method{Name: name}
}

// MethodNames returns the names of the methods that are as asked, in the order of
// the table.
func MethodNames(are func(Method) bool) []string {
	var names []string
	for _, m := range Methods {
		if are(m) {
			names = append(names, m.Name)
		}
	}
	return names
}

// SecondFactor reports whether a method can be what makes an account's sign-in
// two-factor. Backup codes stand in for another method and are none alone.
func SecondFactor(method string) bool { return !MethodOf(method).StandIn }
