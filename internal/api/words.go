package api

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// Codes of errors that only a client of this API can make.
const (
	codeMalformed sallyport.Code = "malformed"
	codeMediaType sallyport.Code = "unsupported_media_type"
	codeMethod    sallyport.Code = "method_not_allowed"
	codeStale     sallyport.Code = "precondition_failed"
	codeNoMatch   sallyport.Code = "precondition_required"
)

// problems has the text of every code: the title names the error, the detail says what
// to do. A row has a status only when package request does not know the code.
var problems = map[sallyport.Code]struct {
	title, detail string
	status        int
}{
	sallyport.CodeInvalidCredentials: {title: "E-mail or password is wrong", detail: "Check both and try again."},
	sallyport.CodeAccountLocked:      {title: "Account temporarily locked", detail: "There were too many attempts. Wait as long as Retry-After says, or use a device that signed in before. Without Retry-After waiting does not help: choose a new password through the mailed link, use a backup code, or ask an administrator."},
	sallyport.CodeAccountDisabled:    {title: "Account disabled", detail: "Ask an administrator of the organisation."},
	sallyport.CodeAccountClosed:      {title: "Account closed", detail: "It is in danger. The link mailed to its owner opens it, together with an older proof; or an administrator does."},
	sallyport.CodeFactorUnavailable:  {title: "Second factor cannot be used", detail: "The account has one, but none that can be proven. Ask an administrator of the organisation to reset it."},
	sallyport.CodeApprovalDenied:     {title: "Denied on another device", detail: "Somebody who was asked to approve this said that it was not them. It cannot go on. Start a new one, and pass another way."},
	sallyport.CodeSSORequired:        {title: "Single sign-on required", detail: "People of this organisation sign in at its identity provider, and no password opens or changes anything."},
	sallyport.CodeSSOFailed:          {title: "Identity provider's answer refused", detail: "See errors for why. Sign in there again; if it happens again, an administrator finds the cause with the test of the provider."},
	sallyport.CodeSSOUnknown:         {title: "Nobody has this identity", detail: "No account here is linked with it, and none may be made for it. Sign in as you usually do and link it, or ask an administrator."},
	sallyport.CodeSSORefused:         {title: "Not admitted", detail: "The organisation's rules admit nobody by what its identity provider says of you. Ask an administrator."},
	sallyport.CodeNetworkBlocked:     {title: "Network blocked", detail: "An administrator of the organisation blocked this network for a while, for everybody who is not signed in. Use another network."},
	sallyport.CodeOwnNetwork:         {title: "Own network", detail: "See errors for an address that you use yourself, or that is the machine's own. Send includingMine to block it all the same."},
	sallyport.CodeMFAFailed:          {title: "Second factor is wrong", detail: "See errors for why, and try again."},
	sallyport.CodeSessionExpired:     {title: "Session expired", detail: "Sign in again."},
	sallyport.CodeDeviceNotTrusted:   {title: "Device not trusted", detail: "This device is blocked or not trusted. Use another one, or ask an administrator."},
	sallyport.CodeNotSignedIn:        {title: "Not signed in", detail: "Send a session as cookie, or a session, access token or API key as bearer token."},
	sallyport.CodeSessionRevoked:     {title: "Session revoked", detail: "Sign in again."},
	sallyport.CodeSessionTerminated:  {title: "Session ended", detail: "Sign in again."},
	sallyport.CodeSessionSuspended:   {title: "Session suspended", detail: "Ask an administrator, or sign in again."},
	sallyport.CodeTokenExpired:       {title: "Access token expired", detail: "Get the next one for the refresh token, at POST /oauth2/token."},
	sallyport.CodeKeyEnded:           {title: "API key is over", detail: "It was revoked, replaced, or has expired. Make another one."},
	sallyport.CodeKeyNetwork:         {title: "Not from this address", detail: "The API key works only from the networks that it is bound to."},
	sallyport.CodeNotByKey:           {title: "Not by an API key", detail: "An API key cannot do this: it takes a person who is signed in. Of the acts that ask for proof, the policy can let keys do some (apiKeyActs)."},
	sallyport.CodeLinkExpired:        {title: "Link expired", detail: "It was used, replaced by a newer one, or is too old. Ask for a new one."},
	sallyport.CodeFlowExpired:        {title: "Sign-in expired", detail: "This sign-in is over, was continued elsewhere, or took too long. Start a new one."},
	sallyport.CodeFlowMismatch:       {title: "Not the next step", detail: "Take the step that the last answer named."},
	sallyport.CodeRateLimited:        {title: "Too many attempts", detail: "Wait as long as Retry-After says."},
	sallyport.CodeStepUp:             {title: "More proof needed", detail: "Prove at /step-up what stepUp names, then do this again. With trustLevel, first trust the device, or use one that is."},
	sallyport.CodeMFAEnforced:        {title: "Second factor needed", detail: "The organisation demands one, so the last one stays. Add another first."},
	sallyport.CodeForbidden:          {title: "Not allowed", detail: "Your role does not allow this."},
	sallyport.CodeNotFound:           {title: "Not found", detail: "There is no such thing, or it is not yours."},
	sallyport.CodeLastOwner:          {title: "Last owner", detail: "The organisation needs an owner who can sign in. Make somebody else an owner first."},
	sallyport.CodeCountDiffers:       {title: "Count differs", detail: "There are more or fewer by now than expectedCount says: count has how many. Look again, and then decide."},
	sallyport.CodeConflict:           {title: "Conflict", detail: "See obstacle for what stands in the way."},
	sallyport.CodeInvalid:            {title: "Validation failed", detail: "See errors for each field."},
	sallyport.CodeOverloaded:         {title: "Overloaded", detail: "Try again after as long as Retry-After says."},
	sallyport.CodeUnavailable:        {title: "Unavailable", detail: "The server cannot answer right now. Try again after as long as Retry-After says."},
	sallyport.CodeInternal:           {title: "Internal error", detail: "This is a mistake of the server, whose log says more."},
	sallyport.CodeSetUpClosed:        {title: "Not found", detail: "The set-up link is wrong or was used."},
	sallyport.CodeNotSetUp:           {title: "Not set up", detail: "This installation has no owner yet. Open the set-up link the server printed."},
	sallyport.CodeCrossOrigin:        {title: "Cross-origin request", detail: "A page of another site made this request."},
	sallyport.CodeTooLarge:           {title: "Body too large", detail: "A request body has at most 65536 bytes."},

	codeMalformed: {title: "Malformed body", detail: "Send one JSON value in UTF-8, in which no object has a key twice.", status: http.StatusBadRequest},
	codeMediaType: {title: "Unsupported media type", detail: "Send JSON, with Content-Type: application/json.", status: http.StatusUnsupportedMediaType},
	codeStale:     {title: "Changed meanwhile", detail: "If-Match names another version than the current one. Read it again, and then decide.", status: http.StatusPreconditionFailed},
	codeNoMatch:   {title: "Condition needed", detail: "Send If-Match with the ETag of what you read.", status: http.StatusPreconditionRequired},
	codeMethod:    {title: "Method not allowed", detail: "See the Allow header.", status: http.StatusMethodNotAllowed},
}

// Details of not_signed_in for a request with the header Authorization, instead of that of
// the code.
const (
	malformedToken = "The Authorization header has no token of this service. Send 'Authorization: Bearer' and a session, access token or API key, which begin with sps_, spa_ and spk_."
	unknownToken   = "Nobody has this token here: it was replaced by a refresh or a step-up, it is another organisation's, it ended long ago, or it never was one."
)

// obstacles has the text of everything that can stand in the way of an act: what to do about
// it, in the place of the detail of the code.
var obstacles = map[sallyport.Obstacle]string{
	sallyport.ChangedMeanwhile:     "It was changed meanwhile. Read it again, and then decide.",
	sallyport.SessionEnded:         "The session has ended, and nothing brings it back.",
	sallyport.DeviceRemoved:        "The device was removed. It can sign in as a new one.",
	sallyport.DeviceIsSuspended:    "The device is suspended. Resume it first.",
	sallyport.DeviceFlagged:        "The device is marked as compromised. An administrator has to clear it first.",
	sallyport.DeviceHasNoTrust:     "The device is not trusted. Trust it first.",
	sallyport.DeviceInUseUnproven:  "The device in use is not verified itself. Do this from one that is, or verify this one first.",
	sallyport.UserIsDisabled:       "The user is disabled.",
	sallyport.RoleInUse:            "Somebody has this role. Give them another one first.",
	sallyport.HasJoined:            "They have an account by now. Disable it instead.",
	sallyport.ApprovalByAsker:      "The browser that asks cannot approve. Answer on another device.",
	sallyport.ApprovalIsOver:       "It was answered, or its two minutes are over.",
	sallyport.FactorIsRemoved:      "The second factor was removed, and nothing brings it back.",
	sallyport.PasskeyIsCopied:      "There is a copy of the passkey: it stays suspended. Revoke it, and let its owner set another one up.",
	sallyport.HasStrongFactor:      "They have an authenticator app or a passkey already.",
	sallyport.NoPassword:           "They have no password.",
	sallyport.NotActive:            "The account is not active: they cannot sign in.",
	sallyport.PreviewsUnderWay:     "Three previews of this organisation are under way. Wait for one.",
	sallyport.WouldLockOut:         "This would lock out an owner, or you. A preview says whom. To save it anyway, say so.",
	sallyport.JobsUnderWay:         "Three of your bulk jobs are under way. Wait for one, or cancel it.",
	sallyport.NetworkIsBlocked:     "This very network is blocked already. Lift that block first.",
	sallyport.TooManyBlocks:        "There are 500 blocks already. Lift those that are not needed.",
	sallyport.NoSecondFactor:       "There is no second factor. Set one up first.",
	sallyport.BackupCodesForbidden: "The policy allows no backup codes.",
	sallyport.NothingBegun:         "Nothing was begun, or it took too long. Begin again.",
	sallyport.AddressVerified:      "The address is verified already: no mail is needed.",
	sallyport.TooManyKeys:          "There are 50 keys already. Revoke those that are not needed.",
	sallyport.KeyIsOver:            "The key has expired. Make another one.",
	sallyport.NoFormerAddress:      "No former address is reserved for this account any more.",
	sallyport.DeletionForbidden:    "The policy does not let its owner delete this account. An admin can disable it.",
	sallyport.TooManyProviders:     "There are as many already as an organisation can have. Remove those that are not needed.",
	sallyport.IdentityTaken:        "Somebody else of this organisation has linked this account.",
	sallyport.OnlyWayIn:            "Without it there would be no way to sign in. Set a password, or add a passkey, first.",
	sallyport.NoProvider:           "No identity provider of the organisation is on and tested with its present settings.",
	sallyport.NoBreakGlass:         "No owner has a passkey, with which to sign in on a day on which the provider is away.",
	sallyport.AnsweredOtherwise:    "It was answered before, and the answer was another one.",
}

// words returns the texts of broken rules. Problem documents are in English for every
// client: they are for developers.
var words = message.For("")

// Rules that this package itself checks. Their texts are in the message catalogue.
const (
	ruleInvalid      = "invalid"
	ruleInvalidEmail = "invalid_email"
	ruleTooLong      = "too_long"
	ruleOutOfRange   = "out_of_range"
	ruleRequired     = "required"
	ruleUnknownField = "unknown_field"
	ruleUnknownValue = "unknown_value"
	ruleWrongType    = "wrong_type"
)
