package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
)

// deviceConfirmAsk offers a mailed link that verifies the device in use.
func (p *Pages) deviceConfirmAsk(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if !d.Current {
		return sallyport.ErrNotFound
	}
	if !device.MayStart(d.Device) || d.Trust >= policy.LevelOf(policy.ConfirmedByMail) {
		return deviceRaised(v)
	}
	return p.askDevice(v, http.StatusOK, askMail(v.speaker, d))
}

// deviceConfirm mails the link. It goes to the device in use, whichever was shown.
func (p *Pages) deviceConfirm(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if !d.Current {
		return sallyport.ErrNotFound
	}
	err = p.Devices.Confirm(v.r.Context(), p.actor(v))
	if errors.Is(err, sallyport.ErrConflict) {
		return deviceDone(v, "flash.deviceBlocked")
	}
	if err != nil {
		return err
	}
	return deviceDone(v, "flash.deviceMailed")
}

func askMail(s speaker, d device.Device) *deviceAskView {
	return &deviceAskView{
		Path: devicePath(d.ID, "confirm"), Back: devicesPath,
		Title: s.T("device.verifyTitle", "Name", s.deviceName(d)), Act: s.T("device.mailAct"),
		Lines: []string{s.T("device.mailText"), s.T("device.mailEffect")},
	}
}
