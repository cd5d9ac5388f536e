package web

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/request"
)

// deviceRenameAsk is the form.
func (p *Pages) deviceRenameAsk(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	return p.showDeviceName(v, http.StatusOK, newDeviceName(v.speaker, d, d.Name))
}

// deviceRename gives one of the user's devices another name.
func (p *Pages) deviceRename(v *visit) error {
	d, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	name := formOf(v, "name")
	err = p.Devices.Rename(v.r.Context(), p.actor(v), d.ID, name)
	if invalid := asInvalid(err); invalid != nil {
		view := newDeviceName(v.speaker, d, name)
		view.Name.Focus = false
		view.ErrorSummary = refuse(v.Printer, invalid, &view.Name)
		return p.showDeviceName(v, request.Status(err), view)
	}
	if err != nil {
		return err
	}
	return deviceDone(v, "flash.deviceRenamed")
}

func newDeviceName(s speaker, d device.Device, typed string) *renameView {
	what := s.Device(d.Info)
	v := &renameView{
		Path: devicePath(d.ID, "rename"), Back: devicesPath,
		Icon: deviceIcon(d.Info.Type), Title: s.T("device.renameTitle"), Lead: what,
		Name: textField("name", s.T("device.name"), typed, "off"),
	}
	v.Name.Hint, v.Name.MaxLength, v.Name.Focus, v.Name.Optional = s.T("device.nameHint", "Device", what), line.MaxLength, true, true
	return v
}

func (p *Pages) showDeviceName(v *visit, status int, view *renameView) error {
	return p.show(v, status, "two_factor_rename", view.Title, view)
}
