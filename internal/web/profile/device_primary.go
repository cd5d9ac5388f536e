package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// devicePrimaryAsk asks before a device becomes the primary one.
func (p *Pages) devicePrimaryAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, all, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	if d.Primary {
		v.Redirect(kit.DevicesPath)
		return nil, nil
	}
	if err := p.MayAct(v, policy.ManageDevices); err != nil {
		return nil, err
	}
	view := askPrimary(v.Speaker, d, all)
	if view.Again = p.SentBack(v); view.Again.Refused() != nil {
		view.ErrorSummary = &kit.ErrorSummary{Title: v.T("device.primaryRefused")}
	}
	return view, nil
}

// devicePrimary makes it that.
func (p *Pages) devicePrimary(v *kit.Visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	err = p.Devices.SetPrimary(v.R.Context(), p.Actor(v), d.ID)
	if errors.Is(err, sallyport.ErrConflict) {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return err
	}
	return deviceDone(v, "flash.devicePrimary")
}

func askPrimary(s kit.Speaker, d device.Device, all owned) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID: "primary-" + d.ID, Calm: true, Path: devicePath(d.ID, "primary"), Back: kit.DevicesPath,
		Title: s.T("device.primaryTitle", "Name", s.DeviceName(d)), Act: s.T("device.primaryAct"),
		Lines: []string{s.T("device.primaryText")},
	}
	for _, other := range all.devices {
		if other.Primary && other.ID != d.ID {
			v.Lines = append(v.Lines, s.T("device.primaryBefore", "Name", s.DeviceName(other)))
		}
	}
	return v
}
