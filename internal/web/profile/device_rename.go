package profile

import (
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceNameForm is the form that names one of the user's devices.
func (p *Pages) deviceNameForm(v *kit.Visit) (*kit.FormView, error) {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	return viewDeviceName(v.Speaker, d), nil
}

// deviceRename gives it another name.
func (p *Pages) deviceRename(v *kit.Visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if err := p.Devices.Rename(v.R.Context(), p.Actor(v), d.ID, v.Value("name")); err != nil {
		return err
	}
	return deviceDone(v, "flash.deviceRenamed")
}

func viewDeviceName(s kit.Speaker, d device.Device) *kit.FormView {
	what := s.Device(d.Info)
	name := kit.TextField("name", s.T("device.name"), d.Name, "off")
	name.Hint, name.MaxLength, name.Focus, name.Optional = s.T("device.nameHint", "Device", what), line.MaxLength, true, true
	return &kit.FormView{
		Path: devicePath(d.ID, "rename"), Back: kit.DevicesPath,
		Icon: kit.DeviceIcon(d.Info.Type), Title: s.T("device.renameTitle"), Lead: what,
		Fields: []*kit.Field{&name}, Act: s.T("twoFactor.renameAct"),
	}
}
