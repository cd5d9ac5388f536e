package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
)

// devicePrimaryAsk asks before a device becomes the primary one.
func (p *Pages) devicePrimaryAsk(v *visit) error {
	d, all, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if d.Primary {
		redirect(v, devicesPath)
		return nil
	}
	return p.askDevice(v, http.StatusOK, askPrimary(v.speaker, d, all))
}

// devicePrimary makes it that.
func (p *Pages) devicePrimary(v *visit) error {
	d, all, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	err = p.Devices.SetPrimary(v.r.Context(), p.actor(v), d.ID)
	if errors.Is(err, sallyport.ErrConflict) {
		view := askPrimary(v.speaker, d, all)
		view.ErrorSummary = &errorSummary{Title: v.T("device.primaryRefused")}
		return p.askDevice(v, conflicting, view)
	}
	if err != nil {
		return err
	}
	return deviceDone(v, "flash.devicePrimary")
}

func askPrimary(s speaker, d device.Device, all owned) *deviceAskView {
	v := &deviceAskView{
		Path: devicePath(d.ID, "primary"), Back: devicesPath,
		Title: s.T("device.primaryTitle", "Name", s.deviceName(d)), Act: s.T("device.primaryAct"),
		Lines: []string{s.T("device.primaryText")},
	}
	for _, other := range all.devices {
		if other.Primary && other.ID != d.ID {
			v.Lines = append(v.Lines, s.T("device.primaryBefore", "Name", s.deviceName(other)))
		}
	}
	return v
}
