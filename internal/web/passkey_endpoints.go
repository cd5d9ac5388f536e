package web

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/link"
)

// passkeyEndpoints tells password managers where people add and look after their
// passkeys.
func (p *Pages) passkeyEndpoints(v *visit) error {
	base := link.Base(p.PublicURL)
	return writeJSON(v, http.StatusOK, struct {
		Enroll string `json:"enroll"`
		Manage string `json:"manage"`
	}{base.URL(v.tenant, addFactorPath), base.URL(v.tenant, homePath)})
}
