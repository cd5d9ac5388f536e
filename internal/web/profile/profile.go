// Package profile is what people see of their own account: Profile > Security with its
// password, second factors, sessions, devices and activity.
package profile

import "github.com/sallyport/sallyport/internal/web/kit"

// Pages are the pages of this room.
type Pages struct{ *kit.Shell }
