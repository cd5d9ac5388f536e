package profile

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// passkeyEndpoints tells password managers where people add and look after their
// passkeys.
func (p *Pages) passkeyEndpoints(v *kit.Visit) error {
	base := link.Base(p.PublicURL)
	return v.JSON(http.StatusOK, struct {
		Enroll string `json:"enroll"`
		Manage string `json:"manage"`
	}{base.URL(v.Tenant, kit.AddFactorPath), base.URL(v.Tenant, kit.HomePath)})
}
