package profile

import (
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Paths below Profile > Security. What changes something has a page of the same path
// that asks: there somebody comes back to who had to prove more first.
const (
	activityPath       = kit.HomePath + "/activity"
	sessionsPath       = kit.HomePath + "/sessions"
	sessionsSection    = kit.HomePath + "#sessions"
	lockdownPath       = kit.HomePath + "/lockdown"
	verificationPath   = kit.HomePath + "/verification"
	addPhonePath       = kit.AddFactorPath + "/sms"
	factorsPath        = kit.TwoFactorPath + "/methods"
	disableFactorsPath = kit.TwoFactorPath + "/disable"
)

// Paths below Profile > General.
const (
	generalSessionsPath = kit.GeneralPath + "/sessions"
	emailPath           = kit.GeneralPath + "/email"
	emailCodePath       = emailPath + "/code"
	phonePath           = kit.GeneralPath + "/phone"
	phoneCodePath       = phonePath + "/code"
	phoneRemovePath     = phonePath + "/remove"
)
