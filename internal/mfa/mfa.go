// Package mfa is second factors at work: setting them up, asking for them,
// accepting each proof once, and taking them away, for their owners (own.go), for
// admins (admin.go), and for package signin, where a factor is asked for. NIST SP 800-63B calls what is proven here
// "authenticators".
//
//	enrol:  NewEnrolment ─ Store (pending) ─ person ─ CheckEnrolment ─ Activate
//	prove:  Ask ─ Send (code or passkey options) ─ person ─ Check ─ Use
//
// Each method is one file that implements the interface method: totp.go,
// passkey.go, sent.go, backupcode.go. What can be said of a method in data is its
// row of [sallyport.Methods].
//
// What compares a secret writes nothing, and what uses it up is a statement in the
// transaction of the act, guarded so that of any number of parallel tries one wins.
// The caller spends a try ([throttle.Counters.Spend]) before it compares.
//
// Seeds of codes and codes under way are sealed with a key outside the database and
// bound to their row.
package mfa

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
)

// Config is what a service stands on.
type Config struct {
	Acts   *act.Runner
	Keys   *seal.Keys
	Outbox *notify.Outbox
	Base   link.Base
}

// Service works on the second factors of all tenants.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Subject is whose factors are at work, and under which policy.
type Subject struct {
	User     sallyport.User
	Policy   sallyport.Policy
	Standing Standing // to ask and to check; not needed to set up
}

func refuse(field, code string) error {
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: code})
}

// wrong is the refusal of an answer, with the reason as a rule of its field.
func wrong(code string, args map[string]string) error {
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: code, Args: args}}}
}
