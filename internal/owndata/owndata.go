// Package owndata holds what people may demand of the service about their own data: a copy of it, and
// that it goes. holdings.go is THE table of where the database holds something of a person.
//
//	account.RequestDeletion ─ the grace of policy ─ Work: begin ─ rows, in steps ─ the account itself
//
// Who may ask for the deletion of an account, and who takes that back, is in package account.
package owndata

import (
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedCopy is the need for a copy of one's own data.
var NeedCopy = act.Need{StepUp: policy.ExportOwnData}

// Service handles the data of the people of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }
