package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// deviceTrustAsk asks before a device is trusted, or trusted more. Whoever comes back
// from a step-up finds that it did it.
func (p *Pages) deviceTrustAsk(v *visit) error {
	d, all, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if v.raise(d, all) == nil || !device.MayStart(d.Device) {
		return deviceRaised(v)
	}
	return p.askDevice(v, http.StatusOK, askTrust(v.speaker, d, all))
}

// deviceTrust trusts a device: the one in use by what its session has proven, another
// one by the word of this one.
func (p *Pages) deviceTrust(v *visit) error {
	before, all, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	err = p.Devices.Trust(v.r.Context(), p.actor(v), before.ID)
	if full := tooManyDevices(v.speaker, err); full != nil {
		view := askTrust(v.speaker, before, all)
		view.ErrorSummary = full
		return p.askDevice(v, request.Status(err), view)
	}
	if errors.Is(err, sallyport.ErrConflict) || sallyport.CodeOf(err) == sallyport.CodeConflict {
		if !device.MayStart(before.Device) {
			return deviceDone(v, "flash.deviceBlocked")
		}
		return p.askDevice(v, conflicting, askTrust(v.speaker, before, all))
	}
	if err != nil {
		return err
	}
	after, all, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if after.Current && before.Trust == after.Trust && after.Trust < policy.LevelOf(policy.FactorPassed) {
		// The factor of this session proves nothing of a device: a backup code.
		view := askTrust(v.speaker, after, all)
		view.Notice = unproven(v.speaker)
		return p.askDevice(v, http.StatusOK, view)
	}
	said := "flash.deviceTrusted"
	if after.Trust >= policy.LevelOf(policy.FactorPassed) {
		said = "flash.deviceVerified"
	}
	return deviceDone(v, said)
}

func unproven(s speaker) *notice {
	return &notice{Tone: "warning", Icon: "info-circle", Title: s.T("device.unprovenTitle"), Text: s.T("device.unprovenText")}
}

// deviceRaised goes back to the devices, and says that the step-up on the way verified
// one.
func deviceRaised(v *visit) error {
	if id, _ := takeFlash(v); id == "flash.confirmed" {
		return deviceDone(v, "flash.deviceVerified")
	}
	redirect(v, devicesPath)
	return nil
}

// askTrust says what trusting a device more takes and does.
func askTrust(s speaker, d device.Device, all owned) *deviceAskView {
	name := s.deviceName(d)
	v := &deviceAskView{Path: devicePath(d.ID, "trust"), Back: devicesPath}
	switch {
	case !d.Current && all.current < policy.LevelOf(policy.ConfirmedElsewhere):
		v.Title = s.T("device.firstTitle")
		v.Lines = []string{s.T("device.firstText", "Name", name)}
		v.Instead = &anchor{Text: s.T("devices.see"), Path: devicesPath}
		for _, own := range all.devices {
			if own.Current {
				v.Instead = &anchor{Text: s.T("device.firstAct"), Path: devicePath(own.ID, "trust")}
			}
		}
	case !d.Current:
		v.Title, v.Act = s.T("device.confirmTitle", "Name", name), s.T("device.confirmAct")
		v.Lines = []string{s.T("device.confirmText"), s.T("device.confirmEffect")}
	case d.Trust == sallyport.TrustNone:
		v.Title, v.Act = s.T("device.trustTitle"), s.T("device.trustAct")
		v.Lines = []string{s.trustMeans(all.policy), s.T("device.shared")}
	case all.factor:
		v.Title, v.Act = s.T("device.verifyTitle", "Name", name), s.T("device.verifyAct")
		v.Lines = []string{s.T("device.verifyText"), s.T("device.verifyEffect")}
		if d.Trust >= policy.LevelOf(policy.FactorPassed) {
			v.Lines[1] = s.T("device.verifyHigh")
		} else {
			v.Other = &anchor{Text: s.T("device.mailInstead"), Path: devicePath(d.ID, "confirm")}
		}
	default:
		return askMail(s, d)
	}
	return v
}

// trustMeans says what is different on a trusted device, by what policy makes of it.
func (s speaker) trustMeans(p sallyport.Policy) string {
	switch {
	case p.DeviceRequireTrusted:
		return s.T("device.meansRequired")
	case p.DeviceSkipMFA:
		return s.T("device.meansSkip")
	}
	return s.T("device.means")
}
