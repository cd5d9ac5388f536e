package device_test

import "github.com/sallyport/sallyport/internal/apptest"

const (
	mia     = "mia@corp.test"
	another = "Eleven-low arches 17" // password
)

// phone is a client that is signed in nowhere.
var phone = apptest.Client("203.0.113.77", apptest.SafariOnIPhone)
