package entry

import (
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// forgetDevice makes a stranger of this browser, for whoever removed it from their
// devices and wants it back: as a new one, which everything is asked of.
func (p *Pages) forgetDevice(v *kit.Visit) error {
	request.ClearDevices(v.W)
	request.ClearFlow(v.W)
	v.Flash("flash.deviceForgotten", 0)
	v.Redirect(kit.SignInWith(v.Value("next")))
	return nil
}
