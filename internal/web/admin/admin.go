// Package admin is the pages for those who look after an organisation: Settings > Team.
package admin

import (
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Pages are the pages of this room.
type Pages struct {
	*kit.Shell
	Accounts *account.Service
}
