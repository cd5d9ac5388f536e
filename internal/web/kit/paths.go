package kit

// Paths that more than one room speaks of.
const (
	HomePath     = "/profile/security"
	GeneralPath  = "/profile/general"
	PasswordPath = HomePath + "/password"
	DevicesPath  = HomePath + "/devices"
	SignInPath   = "/sign-in"
	StepUpPath   = "/step-up"
	TeamPath     = "/settings/team"
	AvatarsPath  = "/avatars"

	// NoticesPath is what the bell leads to, and NotificationsPath where people say what they want to be told of.
	NoticesPath       = "/notifications"
	NotificationsPath = "/profile/notifications"

	APIKeysPath  = HomePath + "/api-keys"
	ServicesPath = "/settings/api-keys/services"

	// LinkedPath lists one's accounts at identity providers.
	LinkedPath = HomePath + "/linked"

	TwoFactorPath    = HomePath + "/two-factor"
	AddFactorPath    = TwoFactorPath + "/add"
	NewCodesPath     = TwoFactorPath + "/backup-codes"
	CodesSavedPath   = NewCodesPath + "/saved"
	TwoFactorSection = HomePath + "#two-factor"
)

// PersonPath is the page of somebody for those who look after them, or that of an act on them.
func PersonPath(id string, act ...string) string {
	path := TeamPath + "/" + id
	for _, a := range act {
		path += "/" + a
	}
	return path
}
