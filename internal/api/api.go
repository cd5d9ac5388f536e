// Package api is the JSON API: everything below /api/v1/, described by the
// OpenAPI document it serves.
//
//	request ─ route ─ size, type ─ who? ─ huma: decode, validate ─ a use ─ JSON
//	             └──────┴───────────┴──────────────┴─────────────────┴─── problem
//
// It translates and never decides: what comes next in a sign-in, who may do what,
// and what ends with what stands in the uses. Every refusal leaves as one shape of
// problem document (RFC 9457), and nothing a client sent comes back in one: what
// was refused may be a password in the wrong field.
//
// GET /api/v1/session does not pass through huma, see [SessionCheck]. Requests that
// a page of another site makes are refused before they come here.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/tenant"
)

// prefix is where the API begins. Another version of it would be another one.
const prefix = "/api/v1"

// Deps is what the API stands on.
type Deps struct {
	SignIn   *signin.Machine
	Accounts *account.Service
	Sessions *session.Service
	Devices  *device.Service
	Factors  *mfa.Service
	Tenants  *tenant.Service
	Acts     *act.Runner
	Audit    *audit.Log
	Read     *request.Reader
	Now      func() time.Time
	Version  string // of the program, for the OpenAPI document
	Log      *slog.Logger
}

// edge is the API under construction and at work.
type edge struct {
	Deps
	huma       huma.API
	operations []operation // all of them, in the order they are added
}

// New returns the handler of everything below /api/v1/.
func New(d Deps) http.Handler {
	mux := http.NewServeMux()
	register(d, mux)
	return outermost(mux)
}

// register adds every route to mux, and returns the operations.
func register(d Deps, mux humago.Mux) []operation {
	e := &edge{Deps: d, huma: humago.NewWithPrefix(mux, prefix, config(d.Version))}
	e.addSignIn()
	e.addSignInFactor()
	e.addSignInPasskey()
	e.addSignInDevice()
	e.addStepUp()
	e.addMe()
	e.addFactors()
	e.addBackupCodes()
	e.addMySessions()
	e.addMyDevices()
	e.addSessions()
	e.addUsers()
	e.addAdminFactors()
	e.addDevices()
	e.addLinks()
	e.addPolicy()
	e.addProblems()
	mux.HandleFunc("GET "+prefix+"/session", SessionCheck(d.Read, d.Now).ServeHTTP)
	e.describeSessionCheck()
	e.addDocument(mux)
	return e.operations
}
