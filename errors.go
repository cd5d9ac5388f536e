package sallyport

import (
	"errors"
	"time"
)

// Code is a stable snake_case reason. The same code stands in the problem
// document of the API, in the audit event and in the message catalogue of the
// pages; it never changes its meaning once released.
type Code string

// Codes of refusals. The first group can be the failure reason of an [Attempt].
const (
	CodeInvalidCredentials Code = "invalid_credentials"
	CodeAccountLocked      Code = "account_locked"
	CodeAccountDisabled    Code = "account_disabled"
	CodeAccountClosed      Code = "account_closed" // in danger; see UserClosed
	CodeMFAFailed          Code = "mfa_failed"
	CodeSessionExpired     Code = "session_expired"
	CodeDeviceNotTrusted   Code = "device_not_trusted"
	CodeFactorUnavailable  Code = "factor_unavailable" // the account has a second factor, but none that can be proven
	CodeApprovalDenied     Code = "approval_denied"    // somebody said on another device that it was not them
	CodeSSORequired        Code = "sso_required"       // people sign in at the organisation's identity provider, and in no other way
	CodeSSOFailed          Code = "sso_failed"         // the answer of an identity provider does not hold; Fields says why
	CodeSSOUnknown         Code = "sso_unknown"        // nobody here has the identity, and no account may be made for it
	CodeSSORefused         Code = "sso_refused"        // no rule of the organisation admits who signed in there
	CodeNetworkBlocked     Code = "network_blocked"    // an admin blocked the network for a while, for whoever has no session

	CodeNotSignedIn       Code = "not_signed_in"
	CodeSessionRevoked    Code = "session_revoked"
	CodeSessionTerminated Code = "session_terminated"
	CodeSessionSuspended  Code = "session_suspended"
	CodeTokenExpired      Code = "token_expired" // the access token; the session goes on, and a refresh token gets the next
	CodeKeyEnded          Code = "key_ended"     // the API key was revoked, replaced or has expired
	CodeKeyNetwork        Code = "key_network"   // the API key does not work from this address
	CodeNotByKey          Code = "not_by_key"    // an API key cannot do this: it takes a person who proves who they are

	CodeFlowExpired  Code = "flow_expired"  // the flow is unknown, already used or too old
	CodeFlowMismatch Code = "flow_mismatch" // the step is not the flow's next one
	CodeRateLimited  Code = "rate_limited"  // too many tries; RetryAfter says when
	CodeForbidden    Code = "forbidden"
	CodeStepUp       Code = "step_up_required" // Error.StepUp says what has to be proven
	CodeMFAEnforced  Code = "mfa_enforced"     // the second factor cannot be turned off
	CodeNotFound     Code = "not_found"
	CodeConflict     Code = "conflict"
	CodeLastOwner    Code = "last_owner"        // the organisation would be left without an owner
	CodeCountDiffers Code = "count_differs"     // Error.Count says how many there are now
	CodeOwnNetwork   Code = "own_network"       // the admin would block their own network; Fields names an address
	CodeInvalid      Code = "validation_failed" // Fields says what
	CodeOverloaded   Code = "overloaded"        // a bounded resource is full
	CodeUnavailable  Code = "unavailable"       // the database cannot answer
	CodeInternal     Code = "internal"
	CodeLinkExpired  Code = "link_expired" // the mailed link is unknown, used or too old
	CodeSetUpClosed  Code = "setup_closed" // the installation has an owner already, or the link is wrong
	CodeNotSetUp     Code = "not_set_up"   // the installation has no owner yet
	CodeCrossOrigin  Code = "cross_origin"
	CodeTooLarge     Code = "too_large"
)

// FieldError is one rule that one input field breaks. It never carries the
// value: a rejected password must not come back in an answer or a log.
type FieldError struct {
	Field string            // name as the API spells it, for example "newPassword"
	Code  string            // stable snake_case rule, for example "too_short"
	Args  map[string]string // what the message needs, for example {"min": "12"}
}

// Error is a refusal with a stable code. Detail is for operators and logs and
// holds no secret; people are shown the catalogue text of the code.
type Error struct {
	Code       Code
	Detail     string
	Fields     []FieldError
	RetryAfter time.Duration // zero when waiting does not help
	StepUp     *StepUp       // with CodeStepUp
	Permission string        // with CodeForbidden: the missing permission, if any
	Obstacle   Obstacle      // with CodeConflict: what stands in the way
	Count      int64         // with CodeCountDiffers
	Err        error         // cause, for errors.Is; never shown
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	for i, f := range e.Fields {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		s += sep + f.Field + " " + f.Code
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target has the same code, so that
// errors.Is(err, sallyport.ErrNotFound) works whatever the detail.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Detail == "" && len(t.Fields) == 0
}

// StepUp is what a signed-in user has to prove again before an act.
type StepUp struct {
	Act      string        // a row of the table in package policy, for example "add_factor"
	Password bool          // the password, or a passkey instead
	Factor   bool          // a second factor
	Within   time.Duration // how fresh the proof has to be
	Trust    TrustLevel    // the trust that the device needs; TrustNone when it has enough
}

// Refuse returns an error with the code. Detail is for operators and logs.
func Refuse(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Obstacle is what stands in the way of an act that is refused with [CodeConflict].
type Obstacle string

// The obstacles. Somebody who finds things as they want them meets none.
const (
	ChangedMeanwhile     Obstacle = "changed_meanwhile"
	SessionEnded         Obstacle = "session_ended"
	DeviceRemoved        Obstacle = "device_removed"
	DeviceIsSuspended    Obstacle = "device_suspended"
	DeviceFlagged        Obstacle = "device_flagged"
	DeviceHasNoTrust     Obstacle = "device_not_trusted"
	DeviceInUseUnproven  Obstacle = "device_in_use_not_verified"
	UserIsDisabled       Obstacle = "user_disabled"
	NoSecondFactor       Obstacle = "no_second_factor"
	BackupCodesForbidden Obstacle = "backup_codes_not_allowed"
	NothingBegun         Obstacle = "nothing_begun"
	AddressVerified      Obstacle = "address_verified"
	NoFormerAddress      Obstacle = "no_former_address"
	DeletionForbidden    Obstacle = "deletion_not_allowed"
	AnsweredOtherwise    Obstacle = "answered_otherwise"
	RoleInUse            Obstacle = "role_in_use"
	HasJoined            Obstacle = "has_joined"
	FactorIsRemoved      Obstacle = "factor_removed"
	PasskeyIsCopied      Obstacle = "passkey_copied"
	HasStrongFactor      Obstacle = "has_strong_factor"
	NoPassword           Obstacle = "no_password"
	NotActive            Obstacle = "not_active"
	JobsUnderWay         Obstacle = "jobs_under_way"
	NetworkIsBlocked     Obstacle = "network_already_blocked"
	TooManyBlocks        Obstacle = "too_many_blocks"
	PreviewsUnderWay     Obstacle = "previews_under_way"
	WouldLockOut         Obstacle = "would_lock_out"
	TooManyKeys          Obstacle = "too_many_keys"
	TooManyProviders     Obstacle = "too_many_providers"
	IdentityTaken        Obstacle = "identity_taken"
	OnlyWayIn            Obstacle = "only_way_in"
	NoProvider           Obstacle = "no_tested_provider"
	NoBreakGlass         Obstacle = "no_owner_with_passkey"
	KeyIsOver            Obstacle = "key_over"
	ApprovalByAsker      Obstacle = "approval_by_asker"
	ApprovalIsOver       Obstacle = "approval_over"
)

// Blocked returns an error with CodeConflict and what stands in the way.
func Blocked(by Obstacle) *Error {
	return &Error{Code: CodeConflict, Detail: string(by), Obstacle: by}
}

// Invalid returns an error with CodeInvalid for these fields.
func Invalid(fields ...FieldError) *Error { return &Error{Code: CodeInvalid, Fields: fields} }

// CodeOf returns the code of err: [CodeInternal] when err has no code, "" when
// err is nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Errors to compare with errors.Is.
var (
	ErrNotFound    = &Error{Code: CodeNotFound}
	ErrForbidden   = &Error{Code: CodeForbidden}
	ErrNotByKey    = &Error{Code: CodeNotByKey}
	ErrConflict    = &Error{Code: CodeConflict}
	ErrNotSignedIn = &Error{Code: CodeNotSignedIn}
	ErrUnavailable = &Error{Code: CodeUnavailable}
)
