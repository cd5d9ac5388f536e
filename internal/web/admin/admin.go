// Package admin is the pages for those who look after an organisation: Settings > Team.
package admin

import (
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Pages are the pages of this room.
type Pages struct {
	*kit.Shell
	Accounts *account.Service
	Sessions *session.Service
	Devices  *device.Service
	Factors  *mfa.Service
	Tenants  *tenant.Service
	Audit    *audit.Log
}
