package web

import "github.com/sallyport/sallyport/internal/device"

// deviceLostAsk asks before a device is reported as lost or stolen.
func (p *Pages) deviceLostAsk(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if d.Compromised() { // it is blocked already
		redirect(v, devicesPath)
		return nil
	}
	return p.showConfirm(v, confirmLost(v.speaker, d, v.tenant.Name))
}

// deviceLost reports it.
func (p *Pages) deviceLost(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if err := p.Devices.ReportLost(v.r.Context(), p.actor(v), d.ID); err != nil {
		return err
	}
	if d.Current {
		return signedOutHere(v, "flash.deviceLost")
	}
	return deviceDone(v, "flash.deviceLost")
}

func confirmLost(s speaker, d device.Device, organisation string) *confirmView {
	v := &confirmView{
		ID: "lost-" + d.ID, Path: devicePath(d.ID, "lost"), Back: devicesPath,
		Title: s.T("device.lostTitle", "Name", s.deviceName(d)), Act: s.T("device.lostAct"),
		Lines: s.signsOut(d),
	}
	v.Lines = append(v.Lines, s.T("device.lostText", "Organisation", organisation), s.T("device.lostFound"))
	return v
}
