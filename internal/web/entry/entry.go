// Package entry is how people come in and out: sign-in with its steps, step-up, the links of
// mails, and the set-up of a new installation. What comes next in a sign-in is decided by
// package signin; the pages go where it says.
package entry

import "github.com/sallyport/sallyport/internal/web/kit"

// Pages are the pages of this room.
type Pages struct{ *kit.Shell }
