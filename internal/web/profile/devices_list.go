package profile

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// devicesList is Profile > Security > Devices: all of them, with removed ones.
func (p *Pages) devicesList(v *kit.Visit) error {
	all, err := p.ownDevices(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "devices_list", v.T("devices.heading"), viewDevices(v.Speaker, all))
}

// deviceSection is the short list on Profile > Security.
func (p *Pages) deviceSection(v *kit.Visit) (*devicesView, error) {
	all, err := p.ownDevices(v)
	if err != nil {
		return nil, err
	}
	all.sessions = "#sessions"
	return viewDeviceSection(v.Speaker, all), nil
}

// ownDevices gathers what is shown of the user's devices.
func (p *Pages) ownDevices(v *kit.Visit) (owned, error) {
	all := owned{sessions: kit.HomePath + "#sessions"}
	var err error
	if all.policy, err = p.Tenants.Policy(v.R.Context(), v.Tenant.ID); err != nil {
		return all, err
	}
	if all.devices, err = p.Devices.ListOwn(v.R.Context(), p.Actor(v)); err != nil {
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
	hasPasskey := slices.ContainsFunc(factors.Choices, func(c mfa.Choice) bool { return sallyport.MethodOf(c.Method).Alone })
	if hasPasskey {
		// A step-up is the only way to the highest level, and nothing begins one
		// while the last proof is fresh.
		all.toHigh = kit.StepUpAct(p.MayAct(v, policy.ManageDevices)) != ""
	}
	return all, nil
}
