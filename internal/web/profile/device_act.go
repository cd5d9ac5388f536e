package profile

import (
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func devicePath(id, act string) string { return kit.DevicesPath + "/" + id + "/" + act }

// ownDevice finds one of the user's devices that is not removed, with the others.
func (p *Pages) ownDevice(v *kit.Visit) (device.Device, owned, error) {
	all, err := p.ownDevices(v)
	if err != nil {
		return device.Device{}, all, err
	}
	i := slices.IndexFunc(all.devices, func(d device.Device) bool { return d.ID == v.R.PathValue("id") && !former(d) })
	if i < 0 {
		return device.Device{}, all, sallyport.ErrNotFound
	}
	return all.devices[i], all, nil
}

// deviceDone goes back to the devices with a message.
func deviceDone(v *kit.Visit, said string) error {
	v.Flash(said, 0)
	v.Redirect(kit.DevicesPath)
	return nil
}
