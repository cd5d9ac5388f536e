package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceConfirmAsk offers a mailed link that verifies the device in use.
func (p *Pages) deviceConfirmAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	if !d.Current {
		return nil, sallyport.ErrNotFound
	}
	if !device.MayStart(d.Device) || d.Trust >= policy.LevelOf(policy.ConfirmedByMail) {
		return nil, deviceRaised(v)
	}
	return askMail(v.Speaker, d), nil
}

// deviceConfirm mails the link. It goes to the device in use, whichever was shown.
func (p *Pages) deviceConfirm(v *kit.Visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if !d.Current {
		return sallyport.ErrNotFound
	}
	err = p.Devices.Confirm(v.R.Context(), p.Actor(v))
	switch sallyport.CodeOf(err) {
	case "":
		return deviceDone(v, "flash.deviceMailed")
	case sallyport.CodeConflict:
		return deviceDone(v, "flash.deviceBlocked")
	case sallyport.CodeRateLimited:
		return deviceDone(v, "flash.tooManyMails")
	}
	return err
}

func askMail(s kit.Speaker, d device.Device) *kit.ConfirmView {
	return &kit.ConfirmView{
		Calm: true, Path: devicePath(d.ID, "confirm"), Back: kit.DevicesPath,
		Title: s.T("device.trustOf", "Name", s.DeviceName(d)), Act: s.T("device.mailAct"),
		Lines: []string{s.T("device.mailText"), s.T("device.mailEffect")},
	}
}
