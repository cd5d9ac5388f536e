package entry

import (
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Paths of the ways in. What follows the step-up is bound to a session, the others to a
// flow or to the secret of a mailed link.
const (
	factorPath       = kit.SignInPath + "/factor"
	passkeyPath      = kit.SignInPath + "/passkey"
	passkeyOfferPath = passkeyPath + "/offer"
	codesLeftPath    = kit.SignInPath + "/codes-left"
	newPasswordPath  = kit.SignInPath + "/new-password"
	deviceStepPath   = kit.SignInPath + "/device"
	forgetDevicePath = kit.SignInPath + "/forget-device"
	welcomePath      = "/welcome"
	enterAppPath     = "/apps/enter"
	linkPath         = kit.SignInPath + "/link"
	providerPath     = kit.SignInPath + "/provider"
	stepUpProvider   = kit.StepUpPath + "/provider"
	stepUpFactorPath = kit.StepUpPath + "/factor"

	// Where mailed links lead, followed by their secret.
	recoveryPath     = "/recovery"
	recoverySentPath = recoveryPath + "/sent"
	verifyPath       = "/verify-email"
	invitationPath   = "/invitation"
	unlockPath       = "/unlock"
	notMePath        = "/not-me"
	reopenPath       = "/reopen"
	undoEmailPath    = "/undo-email"

	// Where identity providers send browsers, and where those go on from there.
	providerBase   = sso.CallbackPath + "{provider}"
	callbackPath   = providerBase + "/callback"
	finishPath     = sso.CallbackPath + "finish"
	thereEndedPath = providerBase + "/logout"
	backChannel    = providerBase + "/backchannel"
	metadataPath   = providerBase + "/metadata"

	// Where the console leads once, also followed by a secret.
	setUpPath = "/setup"
)
