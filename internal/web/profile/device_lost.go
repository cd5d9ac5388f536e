package profile

import (
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceLostAsk asks before a device is reported as lost or stolen.
func (p *Pages) deviceLostAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	if d.Compromised() { // it is blocked already
		v.Redirect(kit.DevicesPath)
		return nil, nil
	}
	if err := p.MayAct(v, policy.EndDevice); err != nil {
		return nil, err
	}
	return confirmLost(v.Speaker, d, v.Tenant.Name), nil
}

// deviceLost reports it.
func (p *Pages) deviceLost(v *kit.Visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if err := p.Devices.ReportLost(v.R.Context(), p.Actor(v), d.ID); err != nil {
		return err
	}
	if d.Current {
		return signedOutHere(v, "flash.deviceLost")
	}
	return deviceDone(v, "flash.deviceLost")
}

func confirmLost(s kit.Speaker, d device.Device, organisation string) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID: "lost-" + d.ID, Path: devicePath(d.ID, "lost"), Back: kit.DevicesPath,
		Title: s.T("device.lostTitle", "Name", s.DeviceName(d)), Act: s.T("device.lostAct"),
		Lines: signsOut(s, d),
	}
	v.Lines = append(v.Lines, s.T("device.lostText", "Organisation", organisation), s.T("device.lostFound"))
	return v
}
