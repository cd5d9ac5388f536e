// Package api is the JSON API: everything below /api/v1/. It serves the OpenAPI
// document that describes it.
//
//	request ─ route ─ size, type ─ session ─ huma: decode, validate ─ a use ─ JSON
//	             └──────┴─────────────┴──────────────┴───────────────────┴─── problem
//
// It translates and never decides. The uses decide what comes next in a sign-in, who
// may do what, and which sessions end. Every error is sent as a problem document
// (RFC 9457). No answer repeats what a client sent: a refused value may be a password
// in the wrong field.
//
// GET /api/v1/session does not pass through huma, see [SessionCheck]. Package server
// refuses cross-origin requests before they reach this package.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/uses"
)

// prefix is the path of the API. An incompatible version would have another prefix.
const prefix = "/api/v1"

// Deps holds what the API needs.
type Deps struct {
	uses.All
	Read    *request.Reader
	Now     func() time.Time
	Version string // of the program, for the OpenAPI document
	Address string // of the installation, and
	Contact string // that its mails come from: whom users of the document can ask; "" for none
	Log     *slog.Logger
	Feed    Feed
}

// edge builds the API and holds what its handlers need.
type edge struct {
	Deps
	huma       huma.API
	part       string          // whose operations are being registered
	operations []operation     // in the order of registration
	byKey      map[string]bool // the ids of those that an API key can call; whether it may is for the use to decide
	feeds      feeds
}

// New returns the handler of everything below /api/v1/.
func New(d Deps) http.Handler {
	mux := http.NewServeMux()
	register(d, mux)
	return entryHandler(mux, d.Read)
}

// part is a part of the API, a tag in the document.
type part struct {
	name, means string
	add         []func()
}

// parts returns the table of the parts of the API.
func (e *edge) parts() []part {
	return []part{
		{"Session check", "For services: who is asking.", []func(){e.describeSessionCheck, e.addSessionChanges}},
		{"Sign-in", "A flow that takes the steps its answers name in next.", []func(){e.addSignIn, e.addSignInFactor, e.addSignInPasskey, e.addSignInProvider, e.addSignInDevice}},
		{"Step-up", "A flow that proves again what an act asks for.", []func(){e.addStepUp}},
		{"Account", "The account of whoever is signed in.", []func(){e.addMe, e.addMyContacts, e.addIdentities, e.addAvatars}},
		{"Second factors", "What people prove besides the password, their own and those of others.", []func(){e.addFactors, e.addBackupCodes, e.addApprovals, e.addAdminFactors, e.addAdminMethods, e.addAdoption}},
		{"Sessions", "Where people are signed in.", []func(){e.addMySessions, e.addSessions, e.addBulk}},
		{"Devices", "What people sign in on, how much it is trusted, and the sign-ins themselves.", []func(){e.addMyDevices, e.addDevices}},
		{"Attempts", "Who is being guessed, from where, and what is done about it.", []func(){e.addAttempts}},
		{"Dashboard", "What administrators watch, and what needs them.", []func(){e.addDashboard}},
		{"Users", "The users of the organisation.", []func(){e.addUsers, e.addInvitations, e.addUserActs}},
		{"Audit log", "What happened in the organisation, and what proves it.", []func(){e.addEvents, e.addExports}},
		{"Search", "What an admin has in hand, and what happened around it.", []func(){e.addSearch}},
		{"Roles", "What people may do beyond their own account.", []func(){e.addRoles}},
		{"Groups", "Named sets of users. A group allows nothing by itself.", []func(){e.addGroups}},
		{"API keys", "What programs act with, for people and for service accounts.", []func(){e.addAPIKeys, e.addServiceAccounts}},
		{"Notifications", "What people are told of, where, and what their bell says.", []func(){e.addNotices}},
		{"Push", "Browsers that people let be told what happens on their accounts.", []func(){e.addPush}},
		{"Apps", "Programs that others wrote: who gets in, and the way of browsers there.", []func(){e.addApps}},
		{"Services", "Those that ask who holds a token, by the protocols of OAuth.", []func(){e.addOAuthClients}},
		{"Webhooks", "Programs that are sent what happens in the organisation, signed as Standard Webhooks say.", []func(){e.addWebhooks}},
		{"Alerts", "Chats and tools that are told what happens in the organisation.", []func(){e.addAlertChannels}},
		{"Single sign-on", "Identity providers where people sign in, and the domains that lead there.", []func(){e.addIdentityProviders, e.addSSODomains}},
		{"Mailed links", "What the link in a mail does, for people who are not signed in.", []func(){e.addLinks}},
		{"Lockdown", "Closing an account that is in danger, and opening it again.", []func(){e.addLockdown}},
		{"Your data", "A copy of what is held on you, and the end of your account.", []func(){e.addOwnData}},
		{"Policy", "What the organisation decided.", []func(){e.addPolicy, e.addPolicyVersions, e.addGroupPolicies, e.addPreviews}},
		{"Organisation", "What the organisation is called, and what its pages and mails look like.", []func(){e.addOrganisation}},
		{"Problems", "What the codes of errors mean.", []func(){e.addProblems}},
	}
}

// register adds every route to mux, and returns the operations.
func register(d Deps, mux humago.Mux) []operation {
	e := &edge{Deps: d, huma: humago.NewWithPrefix(mux, prefix, config(d)), byKey: map[string]bool{}}
	for _, p := range e.parts() {
		e.part = p.name
		for _, add := range p.add {
			add()
		}
	}
	mux.HandleFunc(checkPattern, SessionCheck(d.Read, d.Now, request.NoteRefusal).ServeHTTP)
	e.addDocument(mux)
	return e.operations
}
