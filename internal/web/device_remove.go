package web

import (
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/request"
)

// deviceRemoveAsk asks before a device is removed.
func (p *Pages) deviceRemoveAsk(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	return p.showConfirm(v, confirmRemoveDevice(v.speaker, d))
}

// deviceRemove removes a device. The one in use goes with its session and its
// credential, so that a sign-in on it begins anew and is not refused.
func (p *Pages) deviceRemove(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if err := p.Devices.Revoke(v.r.Context(), p.actor(v), d.ID); err != nil {
		return err
	}
	if !d.Current {
		return deviceDone(v, "flash.deviceRemoved")
	}
	request.ClearDevices(v.w)
	return signedOutHere(v, "flash.deviceRemoved")
}

// signedOutHere leads whose own session ended to the sign-in.
func signedOutHere(v *visit, said string) error {
	request.ClearSession(v.w)
	flash(v, said, 0)
	redirect(v, signInPath)
	return nil
}

func confirmRemoveDevice(s speaker, d device.Device) *confirmView {
	v := &confirmView{
		ID: "remove-" + d.ID, Path: devicePath(d.ID, "remove"), Back: devicesPath,
		Title: s.T("device.removeTitle", "Name", s.deviceName(d)), Act: s.T("device.removeAct"),
		Lines: s.signsOut(d),
	}
	v.Lines = append(v.Lines, s.T("device.removeText"))
	return v
}

// signsOut says whom an act on a device signs out.
func (s speaker) signsOut(d device.Device) []string {
	switch n := len(d.Sessions); {
	case d.Current && n > 1:
		return []string{s.N("device.signsOutHere", n)}
	case d.Current:
		return []string{s.T("device.signsOutThis")}
	case n > 0:
		return []string{s.N("device.signsOut", n)}
	}
	return []string{s.T("device.signsOutNone")}
}
