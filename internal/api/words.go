package api

import (
	"net/http"

	"github.com/sallyport/sallyport"
)

// Codes of mistakes that only a client of this API can make.
const (
	codeMalformed sallyport.Code = "malformed"
	codeMediaType sallyport.Code = "unsupported_media_type"
	codeMethod    sallyport.Code = "method_not_allowed"
)

// problems is what every code means: the title names it, the detail says what to
// do. A status stands here only where package request does not know the code.
var problems = map[sallyport.Code]struct {
	title, detail string
	status        int
}{
	sallyport.CodeInvalidCredentials: {title: "E-mail or password is wrong", detail: "Check both and try again."},
	sallyport.CodeAccountLocked:      {title: "Account temporarily locked", detail: "There were too many attempts. Wait as long as Retry-After says, or use a device that signed in before."},
	sallyport.CodeAccountDisabled:    {title: "Account disabled", detail: "Ask an administrator of the organisation."},
	sallyport.CodeMFAFailed:          {title: "Second factor is wrong", detail: "See errors for why, and try again."},
	sallyport.CodeSessionExpired:     {title: "Session expired", detail: "Sign in again."},
	sallyport.CodeDeviceNotTrusted:   {title: "Device not trusted", detail: "This device is blocked or not trusted. Use another one, or ask an administrator."},
	sallyport.CodeNotSignedIn:        {title: "Not signed in", detail: "Send a session as cookie or as bearer token."},
	sallyport.CodeSessionRevoked:     {title: "Session revoked", detail: "Sign in again."},
	sallyport.CodeSessionTerminated:  {title: "Session ended", detail: "Sign in again."},
	sallyport.CodeSessionSuspended:   {title: "Session suspended", detail: "Ask an administrator, or sign in again."},
	sallyport.CodeLinkExpired:        {title: "Link expired", detail: "It was used, replaced by a newer one, or is too old. Ask for a new one."},
	sallyport.CodeFlowExpired:        {title: "Sign-in expired", detail: "This sign-in is over, was continued elsewhere, or took too long. Start a new one."},
	sallyport.CodeFlowMismatch:       {title: "Not the next step", detail: "Take the step that the last answer named."},
	sallyport.CodeRateLimited:        {title: "Too many attempts", detail: "Wait as long as Retry-After says."},
	sallyport.CodeStepUp:             {title: "More proof needed", detail: "Prove at /step-up what stepUp names, then do this again. With trustLevel, first trust the device, or use one that is."},
	sallyport.CodeMFAEnforced:        {title: "Second factor needed", detail: "The organisation demands one, so the last one stays. Add another first."},
	sallyport.CodeForbidden:          {title: "Not allowed", detail: "Your role does not allow this."},
	sallyport.CodeNotFound:           {title: "Not found", detail: "There is no such thing, or it is not yours."},
	sallyport.CodeLastOwner:          {title: "Last owner", detail: "The organisation needs an owner who can sign in. Make somebody else an owner first."},
	sallyport.CodeConflict:           {title: "Conflict", detail: "It is not in a state that allows this, or was changed meanwhile."},
	sallyport.CodeInvalid:            {title: "Validation failed", detail: "See errors for each field."},
	sallyport.CodeOverloaded:         {title: "Overloaded", detail: "Try again after as long as Retry-After says."},
	sallyport.CodeUnavailable:        {title: "Unavailable", detail: "The server cannot answer right now. Try again after as long as Retry-After says."},
	sallyport.CodeInternal:           {title: "Internal error", detail: "This is a mistake of the server, whose log says more."},
	sallyport.CodeSetUpClosed:        {title: "Not found", detail: "The set-up link is wrong or was used."},
	sallyport.CodeNotSetUp:           {title: "Not set up", detail: "This installation has no owner yet. Open the set-up link the server printed."},
	sallyport.CodeCrossOrigin:        {title: "Cross-origin request", detail: "A page of another site made this request."},
	sallyport.CodeTooLarge:           {title: "Body too large", detail: "A request body has at most 65536 bytes."},

	codeMalformed: {title: "Malformed body", detail: "Send one JSON value in UTF-8.", status: http.StatusBadRequest},
	codeMediaType: {title: "Unsupported media type", detail: "Send JSON, with Content-Type: application/json.", status: http.StatusUnsupportedMediaType},
	codeMethod:    {title: "Method not allowed", detail: "See the Allow header.", status: http.StatusMethodNotAllowed},
}

// Rules this package finds broken itself.
const (
	ruleInvalid       = "invalid"
	ruleInvalidCursor = "invalid_cursor"
	ruleOutOfRange    = "out_of_range"
	ruleOutOfBounds   = "out_of_range, with both ends"
	ruleRequired      = "required"
	ruleUnknownField  = "unknown_field"
	ruleUnknownValue  = "unknown_value"
	ruleWrongType     = "wrong_type"
)

// rules is every rule in words. {min} and the like are filled in from the error.
var rules = map[string]string{
	ruleInvalid:       "This is not valid.",
	ruleInvalidCursor: "Pass nextCursor of the page before, unchanged.",
	ruleOutOfRange:    "This is out of range.",
	ruleOutOfBounds:   "From {min} to {max}.",
	ruleRequired:      "This is required.",
	ruleUnknownField:  "There is no such field.",
	ruleUnknownValue:  "This is none of the possible values.",
	ruleWrongType:     "This has the wrong type.",

	"already_configured": "This is set up already.",
	"breached":           "This password is known from a data breach.",
	"clock_drift":        "The clock of your phone is about {drift} {direction}. Let it set the time by itself, and try again.",
	"code_expired":       "This code is too old. Ask for a new one.",
	"common":             "This password is on lists that attackers try first.",
	"context":            "Leave out your name, your e-mail and the name of the organisation.",
	"email_not_verified": "Prove first that you read mail at your address.",
	"invalid_characters": "Control characters cannot be used.",
	"invalid_email":      "This is not an e-mail address.",
	"method_not_allowed": "The organisation does not allow this method.",
	"method_not_sent":    "There is nothing to send: the app shows its code.",
	"method_unavailable": "This method cannot be used here.",
	"mismatch":           "The two passwords differ.",
	"more_than":          "This cannot be more than {field}.",
	"needs":              "This needs {field}, which is 0.",
	"needs_number":       "At least one number.",
	"needs_symbol":       "At least one symbol.",
	"needs_upper":        "At least one upper-case letter.",
	"no_method_left":     "{field} leaves nothing that could be asked for.",
	"not_a_number":       "This is a whole number.",
	"not_a_switch":       "This is true or false.",
	"not_an_option":      "Possible are {options}.",
	"passkey_suspended":  "This passkey looks copied and was suspended. Use another method, and set up a new one.",
	"phone_country":      "Begin with + and the country code, such as +41.",
	"phone_invalid":      "This does not look like a phone number.",
	"phone_not_mobile":   "Text messages do not reach this number. Enter that of a mobile phone.",
	"phone_too_long":     "This number is too long.",
	"phone_too_short":    "This number is too short.",
	"reused":             "This is one of your last {count} passwords.",
	"taken":              "This is in use already.",
	"too_long":           "At most {max} characters.",
	"too_many":           "There are {max} already. Remove one first.",
	"too_many_devices":   "You trust {max} devices already. Name one to give up.",
	"too_short":          "At least {min} characters.",
	"unknown_role":       "Roles are owner, admin and member.",
	"used_code":          "This code was used already. Wait for the next one.",
	"wrong_code":         "This code is not right.",
	"wrong_passkey":      "This passkey is not one of this account, or did not answer what was asked.",
	"wrong_password":     "This is not the current password.",
}
