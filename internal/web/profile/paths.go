package profile

import (
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Paths below Profile > Security. What changes something has a page of the same path
// that asks: there somebody comes back to who had to prove more first.
const (
	activityPath       = kit.HomePath + "/activity"
	sessionsPath       = kit.HomePath + "/sessions"
	lockdownPath       = kit.HomePath + "/lockdown"
	verificationPath   = kit.HomePath + "/verification"
	avatarPath         = "/profile/general/avatar"
	addPhonePath       = kit.AddFactorPath + "/sms"
	factorsPath        = kit.TwoFactorPath + "/methods"
	disableFactorsPath = kit.TwoFactorPath + "/disable"
)
