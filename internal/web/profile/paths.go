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
	avatarPath         = "/profile/general/avatar"
	addPhonePath       = kit.AddFactorPath + "/sms"
	factorsPath        = kit.TwoFactorPath + "/methods"
	disableFactorsPath = kit.TwoFactorPath + "/disable"
)

// pushPath is that of the browsers that are told by push.
const pushPath = kit.NotificationsPath + "/browsers"

// sessionPath is where somebody comes to who is told of a session.
func sessionPath(id string) string { return sessionsPath + "/" + id }

// Paths below Profile > General.
const (
	generalSessionsPath = kit.GeneralPath + "/sessions"
	emailPath           = kit.GeneralPath + "/email"
	emailCodePath       = emailPath + "/code"
	phonePath           = kit.GeneralPath + "/phone"
	phoneCodePath       = phonePath + "/code"
	phoneRemovePath     = phonePath + "/remove"
	dataPath            = kit.GeneralPath + "/data" // as account.KeptPath, which mails lead to
	dataHTMLPath        = dataPath + "/html"
	dataJSONPath        = dataPath + "/json"
	dataDeletePath      = dataPath + "/delete"
	dataKeepPath        = dataPath + "/keep"
)
