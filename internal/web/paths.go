package web

// Paths that more than one room speaks of.
const (
	homePath     = "/profile/security"
	passwordPath = homePath + "/password"
	devicesPath  = homePath + "/devices"
	signInPath   = "/sign-in"
	stepUpPath   = "/step-up"

	twoFactorPath    = homePath + "/two-factor"
	addFactorPath    = twoFactorPath + "/add"
	newCodesPath     = twoFactorPath + "/backup-codes"
	codesSavedPath   = newCodesPath + "/saved"
	twoFactorSection = homePath + "#two-factor"
)
