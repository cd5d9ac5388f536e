package profile

import (
	"iter"
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// devicesList is Profile > Security > Devices: all of them, with removed ones.
func (p *Pages) devicesList(v *kit.Visit) error {
	l := kit.Listed(v.R, kit.DevicesPath, list.OwnDevices, list.OwnDevices.Limit)
	found, err := p.Devices.ListOwn(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	all, err := p.judged(v, found.Rows)
	if err != nil {
		return err
	}
	all.pages, all.organisation = l.Pages(found.Next), v.Tenant.Name
	all.missing = p.missing(v, policy.ManageDevices, policy.EndDevice)
	if all.pages != (kit.PagesView{}) && all.current == sallyport.TrustNone { // the one in use may be on another page
		everything, err := p.ownDevices(v)
		if err != nil {
			return err
		}
		all.current = everything.current
	}
	return p.Show(v, http.StatusOK, "devices_list", v.T("devices.heading"), viewDevices(v.Speaker, all))
}

// ownDevices gathers all devices of the user.
func (p *Pages) ownDevices(v *kit.Visit) (owned, error) {
	var devices []device.Device
	for d, err := range p.eachDevice(v) {
		if err != nil {
			return owned{}, err
		}
		devices = append(devices, d)
	}
	return p.judged(v, devices)
}

// ownedDevices are somebody's devices by their id.
type ownedDevices map[string]device.Device

// nameOf is what the device of a session is called.
func (all ownedDevices) nameOf(s kit.Speaker, session sallyport.Session) string {
	if d, ok := all[session.DeviceID]; ok {
		return s.DeviceName(d)
	}
	return s.Device(session.DeviceInfo)
}

// devicesByID gathers all devices of the user, for the sessions on them.
func (p *Pages) devicesByID(v *kit.Visit) (ownedDevices, error) {
	all := ownedDevices{}
	for d, err := range p.eachDevice(v) {
		if err != nil {
			return nil, err
		}
		all[d.ID] = d
	}
	return all, nil
}

// eachDevice reads the user's devices page by page.
func (p *Pages) eachDevice(v *kit.Visit) iter.Seq2[device.Device, error] {
	return list.All(list.OwnDevices.First(), func(q list.Query) (list.Page[device.Device], error) {
		return p.Devices.ListOwn(v.R.Context(), p.Actor(v), q)
	})
}

// judged gathers what some of the user's devices are judged by.
func (p *Pages) judged(v *kit.Visit, devices []device.Device) (owned, error) {
	all := owned{devices: devices}
	var err error
	if all.policy, err = p.Tenants.PolicyOf(v.R.Context(), v.Tenant.ID, p.Actor(v).UserID); err != nil {
		return all, err
	}
	factors, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return all, err
	}
	all.factor = factors.Enabled
	if i := slices.IndexFunc(all.devices, func(d device.Device) bool { return d.Current }); i >= 0 {
		all.current = all.devices[i].Trust
	}
	return all, nil
}
