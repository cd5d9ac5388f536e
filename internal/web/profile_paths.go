package web

// Paths below Profile > Security. What changes something has a page of the same path
// that asks: there somebody comes back to who had to prove more first.
const (
	activityPath       = homePath + "/activity"
	sessionsPath       = homePath + "/sessions"
	verificationPath   = homePath + "/verification"
	addPhonePath       = addFactorPath + "/sms"
	factorsPath        = twoFactorPath + "/methods"
	disableFactorsPath = twoFactorPath + "/disable"
)
