package profile

import (
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceRemoveAsk asks before a device is removed.
func (p *Pages) deviceRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	if err := p.MayAct(v, policy.EndDevice); err != nil {
		return nil, err
	}
	return confirmRemoveDevice(v.Speaker, d), nil
}

// deviceRemove removes a device. The one in use goes with its session and its
// credential, so that a sign-in on it begins anew and is not refused.
func (p *Pages) deviceRemove(v *kit.Visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if err := p.Devices.Revoke(v.R.Context(), p.Actor(v), d.ID); err != nil {
		return err
	}
	if !d.Current {
		return deviceDone(v, "flash.deviceRemoved")
	}
	request.ClearDevices(v.W)
	return signedOutHere(v, "flash.deviceRemoved")
}

// signedOutHere leads whose own session ended to the sign-in.
func signedOutHere(v *kit.Visit, said string) error {
	request.EndSession(v.W)
	v.Flash(said, 0)
	v.Redirect(kit.SignInPath)
	return nil
}

func confirmRemoveDevice(s kit.Speaker, d device.Device) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID: "remove-" + d.ID, Path: devicePath(d.ID, "remove"), Back: kit.DevicesPath,
		Title: s.T("device.removeTitle", "Name", s.DeviceName(d)), Act: s.T("device.removeAct"),
		Lines: signsOut(s, d),
	}
	v.Lines = append(v.Lines, s.T("device.removeText"))
	return v
}

// signsOut says whom an act on a device signs out.
func signsOut(s kit.Speaker, d device.Device) []string {
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
