package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceTrustAsk asks before a device is trusted, or trusted more. Whoever comes back
// from a step-up finds that it did it.
func (p *Pages) deviceTrustAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, all, err := p.ownDevice(v)
	if err != nil {
		return nil, err
	}
	if d.Raise == policy.RaiseNot {
		return nil, deviceRaised(v)
	}
	view := askTrust(v.Speaker, d, all)
	view.Again = p.SentBack(v)
	switch {
	case view.Again.Noted(noteUnproven):
		view.Notice = unproven(v.Speaker)
	case view.Again.Refused() != nil:
		view.ErrorSummary = kit.TooManyDevices(v.Speaker, view.Again.Err)
	}
	return view, nil
}

// noteUnproven says that the factor of a session proves nothing of a device: a backup code.
const noteUnproven = "unproven"

// deviceTrust trusts a device: the one in use by what its session has proven, another
// one by the word of this one.
func (p *Pages) deviceTrust(v *kit.Visit) error {
	before, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	err = p.Devices.Trust(v.R.Context(), p.Actor(v), before.ID)
	if kit.TooManyDevices(v.Speaker, err) != nil {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if errors.Is(err, sallyport.ErrConflict) || sallyport.CodeOf(err) == sallyport.CodeConflict {
		if !device.MayStart(before.Device) {
			return deviceDone(v, "flash.deviceBlocked")
		}
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return err
	}
	after, _, err := p.ownDevice(v)
	if err != nil {
		return err
	}
	if after.Current && before.Trust == after.Trust && after.Trust < policy.LevelOf(policy.FactorPassed) {
		return p.SendBackNote(v, v.R.URL.Path, noteUnproven)
	}
	said := "flash.deviceTrusted"
	if after.Trust >= policy.LevelOf(policy.FactorPassed) {
		said = "flash.deviceVerified"
	}
	return deviceDone(v, said)
}

func unproven(s kit.Speaker) *kit.Notice {
	return &kit.Notice{Tone: "warning", Icon: "info-circle", Title: s.T("device.unprovenTitle"), Text: s.T("device.unprovenText")}
}

// deviceRaised goes back to the devices, and says that the step-up on the way verified
// one.
func deviceRaised(v *kit.Visit) error {
	if id, _ := v.TakeFlash(); id == "flash.confirmed" {
		return deviceDone(v, "flash.deviceVerified")
	}
	v.Redirect(kit.DevicesPath)
	return nil
}

// askTrust says what trusting a device more takes and does.
func askTrust(s kit.Speaker, d device.Device, all owned) *kit.ConfirmView {
	name := s.DeviceName(d)
	v := &kit.ConfirmView{Calm: true, Path: devicePath(d.ID, "trust"), Back: kit.DevicesPath}
	switch {
	case !d.Current && all.current < policy.LevelOf(policy.ConfirmedElsewhere):
		v.Title = s.T("device.firstTitle")
		v.Lines = []string{s.T("device.firstText", "Name", name)}
		v.Instead = &kit.Anchor{Text: s.T("devices.see"), Path: kit.DevicesPath}
		for _, own := range all.devices {
			if own.Current {
				v.Instead = &kit.Anchor{Text: s.T("device.firstAct"), Path: devicePath(own.ID, "trust")}
			}
		}
	case !d.Current:
		v.Title, v.Act = s.T("device.trustOf", "Name", name), s.T("device.trustAct")
		v.Lines = []string{s.T("device.confirmText"), s.T("device.confirmEffect")}
	case d.Trust == sallyport.TrustNone:
		v.Title, v.Act = s.T("device.trustTitle"), s.T("device.trustAct")
		v.Lines = []string{s.TrustMeans(all.policy), s.T("device.shared")}
	case all.factor:
		v.Title, v.Act = s.T("device.trustOf", "Name", name), s.T("device.trustAct")
		v.Lines = []string{s.T("device.verifyText"), s.T("device.verifyEffect")}
		if d.Trust >= policy.LevelOf(policy.FactorPassed) {
			v.Act, v.Lines[1] = s.T("device.trustMore"), s.T("device.verifyHigh")
		} else {
			v.Other = &kit.Anchor{Text: s.T("device.mailInstead"), Path: devicePath(d.ID, "confirm")}
		}
	default:
		return askMail(s, d)
	}
	return v
}
