package web

import "github.com/sallyport/sallyport/internal/request"

// forgetDevice makes a stranger of this browser, for whoever removed it from their
// devices and wants it back: as a new one, which everything is asked of.
func (p *Pages) forgetDevice(v *visit) error {
	request.ClearDevices(v.w)
	request.ClearFlow(v.w)
	flash(v, "flash.deviceForgotten", 0)
	redirect(v, signInWith(formOf(v, "next")))
	return nil
}
