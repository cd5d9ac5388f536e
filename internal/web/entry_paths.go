package web

// Paths of the ways in. What follows the step-up is bound to a session, the others to a
// flow or to the secret of a mailed link.
const (
	factorPath       = signInPath + "/factor"
	passkeyPath      = signInPath + "/passkey"
	codesLeftPath    = signInPath + "/codes-left"
	newPasswordPath  = signInPath + "/new-password"
	deviceStepPath   = signInPath + "/device"
	forgetDevicePath = signInPath + "/forget-device"
	stepUpFactorPath = stepUpPath + "/factor"

	// Where mailed links lead, followed by their secret.
	recoveryPath   = "/recovery"
	verifyPath     = "/verify-email"
	invitationPath = "/invitation"
	unlockPath     = "/unlock"
	notMePath      = "/not-me"
)
