package kit

// Paths that more than one room speaks of.
const (
	HomePath     = "/profile/security"
	PasswordPath = HomePath + "/password"
	DevicesPath  = HomePath + "/devices"
	SignInPath   = "/sign-in"
	StepUpPath   = "/step-up"

	TwoFactorPath    = HomePath + "/two-factor"
	AddFactorPath    = TwoFactorPath + "/add"
	NewCodesPath     = TwoFactorPath + "/backup-codes"
	CodesSavedPath   = NewCodesPath + "/saved"
	TwoFactorSection = HomePath + "#two-factor"
)
