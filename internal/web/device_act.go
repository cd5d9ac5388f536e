package web

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
)

func devicePath(id, act string) string { return devicesPath + "/" + id + "/" + act }

// ownDevice finds one of the user's devices that is not removed, with the others.
func (p *Pages) ownDevice(v *visit) (device.Device, owned, error) {
	all, err := p.ownDevices(v)
	if err != nil {
		return device.Device{}, all, err
	}
	i := slices.IndexFunc(all.devices, func(d device.Device) bool { return d.ID == v.r.PathValue("id") && !former(d) })
	if i < 0 {
		return device.Device{}, all, sallyport.ErrNotFound
	}
	return all.devices[i], all, nil
}

// deviceDone goes back to the devices with a message.
func deviceDone(v *visit, said string) error {
	flash(v, said, 0)
	redirect(v, devicesPath)
	return nil
}

// deviceAskView asks before an act that harms nothing.
type deviceAskView struct {
	Path, Back   string
	Title        string
	Lines        []string // what it means
	Act          string   // of the button
	Notice       *notice
	ErrorSummary *errorSummary
	Other        *anchor // another way
	Instead      *anchor // where to go first; there is no button then
}

func (p *Pages) askDevice(v *visit, status int, view *deviceAskView) error {
	return p.show(v, status, "device_ask", view.Title, view)
}

// tooManyDevices says that there are as many trusted devices as policy allows, or is nil when
// err is about something else.
func tooManyDevices(s speaker, err error) *errorSummary {
	invalid := asInvalid(err)
	if invalid == nil {
		return nil
	}
	for _, f := range invalid.Fields {
		if f.Code == "too_many_devices" {
			return &errorSummary{
				Title: s.T("device.tooManyTitle", "Max", f.Args["max"]), Text: s.T("device.tooManyText"),
				Act: &anchor{Text: s.T("devices.see"), Path: devicesPath},
			}
		}
	}
	return nil
}

// conflicting is the status of an act that the state of a device does not allow.
const conflicting = http.StatusConflict
