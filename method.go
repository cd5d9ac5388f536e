package sallyport

import "slices"

// Method types of second factors, as policy, the API and events name them.
const (
	MethodTOTP     = "totp"
	MethodWebAuthn = "webauthn"
	MethodSMS      = "sms"
	MethodEmail    = "email"
	MethodPush     = "push"
	// MethodProvider is what an identity provider saw, which the organisation trusts in that. It is no factor
	// of an account, and has no row in Methods.
	MethodProvider    = "identity_provider"
	MethodBackupCodes = "backup_codes"
)

// Method is one second-factor method. The ids of its texts are "method." and
// "mail.method." with its name; package mfa implements it.
type Method struct {
	Name    string
	Rank    int  // 1 is the strongest, which is offered first
	Alone   bool // can replace the password as well, when it verified its user
	Asked   bool // needs a request first: a code is sent, or passkey options are made
	Sent    bool // sends a code, which can be intercepted: weaker than the others
	Shared  bool // all factors of this method are one choice: any of them answers
	Mailbox bool // whoever reads the account's mail can pass it
	StandIn bool // only replaces another method: alone it makes no sign-in two-factor

	// Beside: it can vanish by itself, so it only stands beside another method. It makes no account
	// two-factor, raises no device, opens no closed account, and goes with the last of the others.
	Beside    bool
	Elsewhere bool // answered on another device: nothing is compared here, so asking for the answer is no try
}

// Methods is THE table of methods, in the order that policy lists them. Ranks
// follow NIST SP 800-63B-4: first what resists phishing (section 3.2.5), then what
// can be typed into a phishing page or approved for one, last what is sent over a telephone
// or mail network (section 3.1.3).
var Methods = []Method{
	{Name: MethodTOTP, Rank: 2, Shared: true},
	{Name: MethodWebAuthn, Rank: 1, Alone: true, Asked: true, Shared: true},
	{Name: MethodPush, Rank: 3, Asked: true, Shared: true, Beside: true, Elsewhere: true},
	{Name: MethodSMS, Rank: 4, Asked: true, Sent: true},
	{Name: MethodEmail, Rank: 5, Asked: true, Sent: true, Mailbox: true},
	{Name: MethodBackupCodes, Rank: 6, Shared: true, StandIn: true},
}

// MethodOf returns the row of a method. For a method that this version does not
// know it returns a row with the name only: such a factor proves nothing, but its
// account still counts as having a second factor.
func MethodOf(name string) Method {
	if i := slices.IndexFunc(Methods, func(m Method) bool { return m.Name == name }); i >= 0 {
		return Methods[i]
	}
	return Method{Name: name}
}

// MethodNames returns the names of the methods for which are returns true, in the
// order of the table.
func MethodNames(are func(Method) bool) []string {
	var names []string
	for _, m := range Methods {
		if are(m) {
			names = append(names, m.Name)
		}
	}
	return names
}

// SecondFactor reports whether a method makes an account's sign-in two-factor.
// Backup codes do not: they only replace another method. Nor does what only stands beside one.
func SecondFactor(method string) bool {
	m := MethodOf(method)
	return !m.StandIn && !m.Beside
}
