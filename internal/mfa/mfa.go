// Package mfa implements second factors ("authenticators" in NIST SP 800-63B): setting
// them up, asking for them, accepting each proof once, and removing them. It serves
// their owners (own.go), admins (admin.go) and package signin.
//
//	enrol:  NewEnrolment ─ Store (pending) ─ person ─ CheckEnrolment ─ Activate
//	prove:  Ask ─ Send (code or passkey options) ─ person ─ Check ─ Use
//
// Each method is one file that implements the interface method: totp.go, passkey.go,
// sent.go, backupcode.go. Its properties are its row of [sallyport.Methods].
//
// Comparing a secret writes nothing. Using it up is a guarded statement in the
// transaction of the act, so that one of several parallel tries wins. The caller spends
// a try ([throttle.Counters.Spend]) before it compares.
//
// Seeds and codes that were sent are sealed with a key outside the database, and bound
// to their row. The same seal authenticates what stands in the row in plain, such as the
// public key of a passkey (secret.go).
package mfa

import (
	"log/slog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Config is what a service needs.
type Config struct {
	Acts   *act.Runner
	Keys   *seal.Keys
	Outbox *notify.Outbox
	Base   link.Base
	Log    *slog.Logger // nil for no log
}

// Service handles the second factors of all tenants.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Subject is a user with the policy and the factors that apply to them.
type Subject struct {
	User     sallyport.User
	Policy   sallyport.Policy
	Standing Standing       // needed to ask and to check, not to set up
	Party    throttle.Party // who has codes sent
	Session  string         // in which it is asked or set up; of a sign-in, that of the same browser; "" for none
	Device   string         // on which it is asked; "" for an unknown one
}

func refuse(field, code string) error {
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: code})
}

// wrong returns the refusal of an answer, with the reason as a rule of its field.
func wrong(code string, args map[string]string) error {
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: code, Args: args}}}
}
